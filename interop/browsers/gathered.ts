/** Signalling without trickling. */
import type { RTCPeerConnection, RTCSessionDescriptionInit } from "purertc";

/** The local description once it has all candidates. */
export async function gathered(pc: RTCPeerConnection): Promise<RTCSessionDescriptionInit> {
  while (pc.iceGatheringState !== "complete") {
    await new Promise((resolve) => pc.addEventListener("icegatheringstatechange", resolve, { once: true }));
  }
  const { type, sdp } = pc.localDescription!;
  return { type, sdp };
}
