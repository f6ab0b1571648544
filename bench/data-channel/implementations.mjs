/** The implementations under measurement, each as a function that makes a connection with the W3C API. */
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** name -> async () => { create(): RTCPeerConnection, version } */
export const implementations = {
  async purertc() {
    const { RTCPeerConnection } = await import("purertc");
    return { create: () => new RTCPeerConnection(), version: "workspace" };
  },
  /** As over a network: packets inside the machine no longer than those that leave it (ADR 0003). */
  async "purertc, 1200-byte packets"() {
    const { RTCPeerConnection } = await import("purertc");
    return { create: () => new RTCPeerConnection(undefined, { localMtu: 1200 }), version: "workspace" };
  },
  async werift() {
    const { RTCPeerConnection } = await import("werift");
    return { create: () => new RTCPeerConnection({ iceServers: [] }), version: versionOf("werift") };
  },
  async libwebrtc() {
    const { RTCPeerConnection } = require("@roamhq/wrtc");
    return { create: () => new RTCPeerConnection({ iceServers: [] }), version: `@roamhq/wrtc ${versionOf("@roamhq/wrtc")}` };
  },
};

/** The version that this workspace's package.json pins. */
function versionOf(name) {
  return require("../package.json").devDependencies[name];
}
