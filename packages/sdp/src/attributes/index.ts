/** Every attribute that has a type here, by its name on the wire. All others live on as text. */
import type { AttributeGrammar } from "../grammar.ts";
import { type CryptoAttribute, crypto } from "./crypto.ts";
import { type ExtMap, extMap } from "./extmap.ts";
import { type Fingerprint, fingerprint } from "./fingerprint.ts";
import { flag } from "./flag.ts";
import { type Fmtp, fmtp } from "./fmtp.ts";
import { type Group, group } from "./group.ts";
import { candidate, iceOptions, icePwd, iceUfrag, type RemoteCandidate, remoteCandidates } from "./ice.ts";
import { type Identity, identity } from "./identity.ts";
import { type ImageAttribute, imageAttribute } from "./imageattr.ts";
import { type Msid, type MsidSemantic, msid, msidSemantic } from "./msid.ts";
import { type Rid, rid } from "./rid.ts";
import { type Rtcp, type RtcpFeedback, rtcp, rtcpFeedback, rtcpXr } from "./rtcp.ts";
import { type RtpMap, rtpMap } from "./rtpmap.ts";
import { maxMessageSize, type SctpMap, sctpInit, sctpMap, sctpPort } from "./sctp.ts";
import { connection, type Setup, setup, tlsId } from "./setup.ts";
import { type Simulcast, simulcast } from "./simulcast.ts";
import { type SsrcAttribute, type SsrcGroup, ssrc, ssrcGroup } from "./ssrc.ts";
import { freeText, integer, positiveReal, token } from "./text.ts";

/** What each typed attribute's value is. */
export interface AttributeValues {
  "bundle-only": true;
  candidate: string;
  connection: "new" | "existing";
  crypto: CryptoAttribute;
  "end-of-candidates": true;
  extmap: ExtMap;
  "extmap-allow-mixed": true;
  fingerprint: Fingerprint;
  fmtp: Fmtp;
  framerate: number;
  group: Group;
  "ice-lite": true;
  "ice-mismatch": true;
  "ice-options": readonly string[];
  /** Milliseconds (RFC 8839 §5.7). */
  "ice-pacing": number;
  "ice-pwd": string;
  "ice-ufrag": string;
  identity: Identity;
  imageattr: ImageAttribute;
  inactive: true;
  label: string;
  "max-message-size": number;
  /** Milliseconds. */
  maxptime: number;
  mid: string;
  msid: Msid;
  "msid-semantic": MsidSemantic;
  /** Milliseconds. */
  ptime: number;
  recvonly: true;
  "remote-candidates": readonly RemoteCandidate[];
  rid: Rid;
  rtcp: Rtcp;
  "rtcp-fb": RtcpFeedback;
  "rtcp-mux": true;
  "rtcp-mux-only": true;
  "rtcp-rsize": true;
  "rtcp-xr": readonly string[];
  rtpmap: RtpMap;
  "sctp-init": string;
  "sctp-port": number;
  sctpmap: SctpMap;
  sendonly: true;
  sendrecv: true;
  setup: Setup;
  simulcast: Simulcast;
  ssrc: SsrcAttribute;
  "ssrc-group": SsrcGroup;
  "tls-id": string;
  tool: string;
}

/** The name of a typed attribute. */
export type AttributeName = keyof AttributeValues;

/** The grammar of each typed attribute. */
export const ATTRIBUTE_GRAMMARS: { readonly [Name in AttributeName]: AttributeGrammar<AttributeValues[Name]> } = {
  "bundle-only": flag,
  candidate,
  connection,
  crypto,
  "end-of-candidates": flag,
  extmap: extMap,
  "extmap-allow-mixed": flag,
  fingerprint,
  fmtp,
  framerate: positiveReal,
  group,
  "ice-lite": flag,
  "ice-mismatch": flag,
  "ice-options": iceOptions,
  "ice-pacing": integer(0, 9_999_999_999),
  "ice-pwd": icePwd,
  "ice-ufrag": iceUfrag,
  identity,
  imageattr: imageAttribute,
  inactive: flag,
  label: token,
  "max-message-size": maxMessageSize,
  maxptime: positiveReal,
  mid: token,
  msid,
  "msid-semantic": msidSemantic,
  ptime: positiveReal,
  recvonly: flag,
  "remote-candidates": remoteCandidates,
  rid,
  rtcp,
  "rtcp-fb": rtcpFeedback,
  "rtcp-mux": flag,
  "rtcp-mux-only": flag,
  "rtcp-rsize": flag,
  "rtcp-xr": rtcpXr,
  rtpmap: rtpMap,
  "sctp-init": sctpInit,
  "sctp-port": sctpPort,
  sctpmap: sctpMap,
  sendonly: flag,
  sendrecv: flag,
  setup,
  simulcast,
  ssrc,
  "ssrc-group": ssrcGroup,
  "tls-id": tlsId,
  tool: freeText,
};

/** Whether an attribute's name is one of the typed ones. */
export function isAttributeName(name: string): name is AttributeName {
  return Object.hasOwn(ATTRIBUTE_GRAMMARS, name);
}
