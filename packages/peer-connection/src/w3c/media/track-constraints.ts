/** https://www.w3.org/TR/mediacapture-streams/#constrainable-interface, for sources that cannot be configured: encoded media is what it is. */
import { exposeInterface } from "../interface.ts";
import { isObject, requireArguments, toDictionary, toDOMString } from "../webidl.ts";
import type { MediaTrackSettings } from "./track-source.ts";

/** https://www.w3.org/TR/mediacapture-streams/#dom-mediatrackconstraints. Members are kept as given. */
export interface MediaTrackConstraints {
  advanced?: Record<string, unknown>[];
  [constraint: string]: unknown;
}

/** https://www.w3.org/TR/mediacapture-streams/#dom-mediatrackcapabilities: what could be chosen, which is what there is. */
export interface MediaTrackCapabilities {
  deviceId?: string;
  groupId?: string;
}

/** https://www.w3.org/TR/mediacapture-streams/#dom-overconstrainederror */
export class OverconstrainedError extends DOMException {
  readonly #constraint: string;

  constructor(...args: [constraint: string, message?: string]) {
    requireArguments(args, 1, "OverconstrainedError");
    super(args[1] === undefined ? "" : toDOMString(args[1]), "OverconstrainedError");
    this.#constraint = toDOMString(args[0]);
  }

  /** The constraint that cannot be met. */
  get constraint(): string {
    return this.#constraint;
  }
}

exposeInterface(OverconstrainedError, "OverconstrainedError", { constructor: 1 });

/** Converts, and copies so that getConstraints gives back what was given. */
export function toConstraints(value: unknown): MediaTrackConstraints {
  return structuredClone({ ...toDictionary(value, "MediaTrackConstraints") });
}

/** https://www.w3.org/TR/mediacapture-streams/#dfn-selectsettings, steps 2 to 4: the first required constraint that what there is does not meet. */
export function unmetConstraint(constraints: MediaTrackConstraints, settings: MediaTrackSettings): string | undefined {
  for (const name of CONSTRAINABLE) {
    const constraint = constraints[name];
    // A bare value is only an ideal one.
    if (!isObject(constraint)) continue;
    const actual = settings[name];
    const { exact, min, max } = constraint;
    const differs = exact !== undefined && !(Array.isArray(exact) ? exact : [exact]).includes(actual);
    const outside = (typeof min === "number" && !(Number(actual) >= min)) || (typeof max === "number" && !(Number(actual) <= max));
    if (differs || outside) return name;
  }
  return undefined;
}

const CONSTRAINABLE = ["width", "height", "frameRate", "sampleRate", "channelCount", "deviceId", "groupId"] as const;
