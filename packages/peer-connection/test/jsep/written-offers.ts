/** Offers written line by line, and our side with one to answer. */
import { MediaNegotiator } from "./media-negotiator.ts";
import { FINGERPRINT } from "./negotiator.ts";

/** Lines of a transport. */
export const TRANSPORT = ["a=ice-ufrag:abcd", `a=ice-pwd:${"p".repeat(24)}`, `a=fingerprint:sha-256 ${FINGERPRINT}`, "a=setup:actpass"];

/** An offer with these sections; a transport's lines are added to each that has none of them, a=rtcp-mux to each that does not begin with "-mux". */
export function offerOf(sections: readonly (readonly string[])[], session: readonly string[] = []): string {
  const lines = ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", ...session];
  for (const [media, ...rest] of sections) lines.push(media!, "c=IN IP4 0.0.0.0", ...TRANSPORT, "a=rtcp-mux", ...rest);
  return `${lines.join("\r\n")}\r\n`;
}

/** A section of G.711. */
export const AUDIO = ["m=audio 9 UDP/TLS/RTP/SAVPF 0", "a=mid:a"];
/** A section of VP8 with RTX. */
export const VIDEO = ["m=video 9 UDP/TLS/RTP/SAVPF 96 97", "a=mid:v", "a=rtpmap:96 VP8/90000", "a=rtpmap:97 rtx/90000", "a=fmtp:97 apt=96"];

/** Our side, with that offer to answer. */
export function answering(offer: string, change: ConstructorParameters<typeof MediaNegotiator>[1] = {}): MediaNegotiator {
  const side = new MediaNegotiator(1, change);
  side.set("remote", "offer", offer);
  return side;
}

/** The port of each section of an answer. */
export function ports(answer: string): readonly string[] {
  return [...answer.matchAll(/m=\w+ (\d+)/g)].map(([, port]) => port!);
}
