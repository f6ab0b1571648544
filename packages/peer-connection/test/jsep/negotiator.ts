/** One side of a negotiation for tests: keeps the state as the engine does, and fails loudly where a test expects success. */
import { seededRandom } from "@purertc/simulator";
import {
  type CreatedDescription,
  checkDescription,
  createAnswer,
  createOffer,
  JsepFailure,
  type LocalSessionParameters,
  type Negotiated,
  type NegotiationState,
  newNegotiation,
  type SdpType,
  type Side,
} from "../../src/jsep/index.ts";

export const FINGERPRINT = `${"AB:".repeat(31)}AB`;

/** A section of G.711 with a transport of its own, without a=rtcp-mux. */
export const AUDIO = `m=audio 9 UDP/TLS/RTP/SAVPF 0\r\nc=IN IP4 0.0.0.0\r\na=mid:a\r\na=ice-ufrag:abcd\r\na=ice-pwd:${"p".repeat(24)}\r\na=fingerprint:sha-256 ${FINGERPRINT}\r\na=setup:actpass\r\n`;

export class Negotiator {
  state: NegotiationState;
  local: LocalSessionParameters;

  constructor(seed: number, change: Partial<LocalSessionParameters> = {}) {
    const random = seededRandom(seed);
    this.local = {
      random,
      bundlePolicy: "balanced",
      fingerprints: [{ hash: "sha-256", value: FINGERPRINT }],
      dataChannels: true,
      ...change,
    };
    this.state = newNegotiation(random);
  }

  /** createOffer, remembered. */
  offer(options: { readonly iceRestart?: boolean } = {}): string {
    return this.#created(createOffer(this.state, this.local, options));
  }

  /** createAnswer, remembered. */
  answer(): string {
    return this.#created(createAnswer(this.state, this.local));
  }

  /** Applies a description that must be acceptable. */
  set(side: Side, type: SdpType, sdp = ""): Negotiated {
    const result = this.check(side, type, sdp);
    if (result instanceof JsepFailure) throw new Error(`${result.name}: ${result.message}\n${sdp}`);
    this.state = result.next;
    return result;
  }

  /** Judges a description without applying it. */
  check(side: Side, type: SdpType, sdp = ""): Negotiated | JsepFailure {
    return checkDescription(this.state, this.local, side, type, sdp);
  }

  /** The name of the failure a description must give. */
  failure(side: Side, type: SdpType, sdp = ""): string {
    const before = structuredCloneOf(this.state);
    const result = this.check(side, type, sdp);
    if (structuredCloneOf(this.state) !== before) throw new Error("a failed check changed the state");
    return result instanceof JsepFailure ? result.name : `no failure: ${result.next.signalingState}`;
  }

  #created(result: CreatedDescription | JsepFailure): string {
    if (result instanceof JsepFailure) throw new Error(`${result.name}: ${result.message}`);
    this.state = result.next;
    return result.sdp;
  }
}

/** A whole exchange with `offerer` offering. Gives what the final answer meant to each. */
export function exchange(
  offerer: Negotiator,
  answerer: Negotiator,
  options: { readonly iceRestart?: boolean } = {},
): { offerer: Negotiated; answerer: Negotiated } {
  const offer = offerer.offer(options);
  offerer.set("local", "offer", offer);
  answerer.set("remote", "offer", offer);
  const answer = answerer.answer();
  const atAnswerer = answerer.set("local", "answer", answer);
  return { offerer: offerer.set("remote", "answer", answer), answerer: atAnswerer };
}

/** The text with each line that matches replaced, or removed when there is no replacement. Throws when no line matched. */
export function editLines(sdp: string, line: RegExp, replacement?: string): string {
  const lines = sdp.split("\r\n");
  if (!lines.some((one) => line.test(one))) throw new Error(`no line matches ${line}`);
  return lines.flatMap((one) => (line.test(one) ? (replacement === undefined ? [] : replacement.split("\n")) : [one])).join("\r\n");
}

/** The value of the first line that starts so. */
export function lineValue(sdp: string, start: string): string | undefined {
  return sdp
    .split("\r\n")
    .find((line) => line.startsWith(start))
    ?.slice(start.length);
}

function structuredCloneOf(state: NegotiationState): string {
  return JSON.stringify(state, (_key, value: unknown) => (value instanceof Map ? [...value] : value));
}
