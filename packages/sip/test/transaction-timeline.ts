/** A transaction layer in virtual time that writes down what it sends and tells, as `"500 send INVITE"`: tests compare the lines with the RFC's. */
import { type RandomSource, transportAddress } from "@purertc/core";
import { seededRandom } from "@purertc/simulator";
import { createRequest, createResponse, type SipMessage, type SipRequest, type SipResponse } from "@purertc/sip-parser";
import type { Flow, SipTransportName } from "../src/flow.ts";
import type { TransactionEvent } from "../src/transaction/transaction.ts";
import { TransactionLayer, type TransactionLayerOptions } from "../src/transaction/transaction-layer.ts";

/** A flow without a network. */
export function testFlow(transport: SipTransportName = "UDP", remote = "192.0.2.4", port = 5060): Flow {
  lastFlowId += 1;
  const protocol = transport === "UDP" ? "udp" : "tcp";
  return {
    id: lastFlowId,
    transport,
    reliable: transport !== "UDP",
    secure: transport === "TLS" || transport === "WSS",
    local: transportAddress("192.0.2.1", 5060, protocol)!,
    remote: transportAddress(remote, port, protocol)!,
    peerIdentities: [],
    open: true,
  };
}

/** A request as a peer sends it; without Via when `via` is undefined. */
export function testRequest(method: string, options: { via?: string; toTag?: string; cseq?: number; uri?: string } = {}): SipRequest {
  return createRequest({
    method,
    uri: options.uri ?? "sip:bob@biloxi.example.com",
    headers: {
      Via: options.via,
      From: "Alice <sip:alice@atlanta.example.com>;tag=9fxced76sl",
      To: `Bob <sip:bob@biloxi.example.com>${options.toTag === undefined ? "" : `;tag=${options.toTag}`}`,
      "Call-ID": "3848276298220188511@atlanta.example.com",
      CSeq: options.cseq ?? 1,
      Contact: "<sip:alice@client.atlanta.example.com>",
    },
  });
}

/** A peer's Via with the cookie. */
export function peerVia(branch = "z9hG4bK74bf9", sentBy = "client.atlanta.example.com:5060", transport = "UDP"): string {
  return `SIP/2.0/${transport} ${sentBy};branch=${branch};received=192.0.2.4`;
}

/** See the file's comment. */
export class Timeline {
  now = 0;
  readonly layer: TransactionLayer;
  readonly flow: Flow;
  /** `"<ms> send <method or status>"` and `"<ms> <event> ..."`. */
  readonly log: string[] = [];
  readonly events: TransactionEvent[] = [];
  readonly sent: { readonly at: number; readonly message: SipMessage; readonly bytes: Uint8Array; readonly flow: Flow }[] = [];

  constructor(transport: SipTransportName = "UDP", options: Partial<TransactionLayerOptions> = {}) {
    this.flow = testFlow(transport);
    this.layer = new TransactionLayer({ random: testRandom(), sentBy: () => ({ host: "pc33.example.com" }), ...options });
  }

  /** Does something at a time not before now, having let all timers fire that come first. */
  at<Result>(time: number, action: () => Result): Result {
    this.run(time);
    const result = action();
    this.#drain();
    return result;
  }

  /** Lets time pass. */
  run(until: number): this {
    for (let next = this.layer.pollTimeout(); next !== undefined && next <= until; next = this.layer.pollTimeout()) {
      if (next <= this.now && this.now > 0) throw new Error(`a deadline at ${next} that is not after ${this.now}`);
      this.now = next;
      this.layer.handleTimeout(next);
      this.#drain();
    }
    this.now = until;
    return this;
  }

  /** A message comes from the peer now. */
  receive(message: SipMessage, flow: Flow = this.flow): void {
    this.layer.receive(this.now, message, flow);
    this.#drain();
  }

  /** A response from the peer to the request sent last. */
  reply(statusCode: number, toTag = "a6c85cf"): SipResponse {
    const request = this.sent.findLast(({ message }) => message.kind === "request" && message.method !== "ACK")?.message;
    if (request?.kind !== "request") throw new Error("nothing was sent");
    const response = createResponse(request, statusCode, { toTag });
    this.receive(response);
    return response;
  }

  #drain(): void {
    for (let out = this.layer.pollTransmit(); out !== undefined; out = this.layer.pollTransmit()) {
      const { message, bytes, flow } = out;
      this.sent.push({ at: this.now, message, bytes, flow });
      this.log.push(`${this.now} send ${message.kind === "request" ? message.method : message.statusCode}`);
    }
    for (let event = this.layer.pollEvent(); event !== undefined; event = this.layer.pollEvent()) {
      this.events.push(event);
      this.log.push(`${this.now} ${describe(event)}`);
    }
  }
}

/** The same randomness every time. */
export function testRandom(): RandomSource {
  return seededRandom(1);
}

function describe(event: TransactionEvent): string {
  if (event.type === "response" || event.type === "stray-response") return `${event.type} ${event.response.statusCode}`;
  if (event.type === "request") return `request ${event.request.method}`;
  return event.type;
}

let lastFlowId = 0;
