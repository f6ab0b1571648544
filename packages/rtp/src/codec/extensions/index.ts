/** Values of RTP header extensions: a parse function and a function that makes the value, for each. */
export * from "./audio-level.ts";
export * from "./dependency-descriptor.ts";
export * from "./playout-delay.ts";
export * from "./sdes-item.ts";
export type {
  DecodeTargetIndication,
  FrameDependencyTemplate,
  RenderResolution,
  TemplateDependencyStructure,
  TemplateStructureFault,
} from "./template-structure.ts";
export * from "./timing.ts";
export * from "./transport-wide-cc.ts";
export * from "./uris.ts";
export * from "./video-layers-allocation.ts";
export * from "./video-orientation.ts";
