/** Transports whose events are written down, and messages to send through them. */
import type { SipMessage, SipRequest, SipResponse } from "@purertc/sip-parser";
import { createResponse, writeSipMessage } from "@purertc/sip-parser";
import { onTestFinished } from "vitest";
import type { Flow, SipTransportName } from "../../src/flow.ts";
import type { MalformedReport, SipTransportsOptions } from "../../src/transport/options.ts";
import { SipTransports } from "../../src/transport/transports.ts";

export interface Received {
  readonly message: SipMessage;
  readonly flow: Flow;
}

/** Waits for things instead of sleeping. */
export class Recorder {
  readonly transports: SipTransports;
  readonly received: Received[] = [];
  readonly malformed: MalformedReport[] = [];
  readonly opened: Flow[] = [];
  readonly closed: { readonly flow: Flow; readonly reason: string }[] = [];
  #changed: (() => void)[] = [];

  constructor(options: SipTransportsOptions = {}) {
    const transports = new SipTransports(options);
    this.transports = transports;
    transports.onMessage = (message, flow) => this.#note(this.received, { message, flow });
    transports.onMalformed = (report) => this.#note(this.malformed, report);
    transports.onFlowOpened = (flow) => this.#note(this.opened, flow);
    transports.onFlowClosed = (flow, reason) => this.#note(this.closed, { flow, reason });
    onTestFinished(() => transports.close());
  }

  /** Answers every request with 200 as well. */
  answering(): this {
    const note = this.transports.onMessage;
    this.transports.onMessage = (message, flow) => {
      note?.(message, flow);
      if (message.kind === "request") this.transports.send(flow, writeSipMessage(createResponse(message, 200, { toTag: "t" })));
    };
    return this;
  }

  /** Resolves once `value` gives something; a test that waits in vain runs into its own time limit. */
  async until<T>(value: () => T | undefined | false): Promise<T> {
    for (;;) {
      const found = value();
      if (found !== undefined && found !== false) return found;
      await new Promise<void>((resolve) => this.#changed.push(resolve));
    }
  }

  async nextRequest(index = 0): Promise<{ readonly request: SipRequest; readonly flow: Flow }> {
    const { message, flow } = await this.until(() => this.received[index]);
    if (message.kind !== "request") throw new Error(`a response: ${message.statusCode}`);
    return { request: message, flow };
  }

  async nextResponse(index = 0): Promise<{ readonly response: SipResponse; readonly flow: Flow }> {
    const { message, flow } = await this.until(() => this.received[index]);
    if (message.kind !== "response") throw new Error(`a request: ${message.method}`);
    return { response: message, flow };
  }

  /** Sends an OPTIONS with this element's own Via. */
  sendOptions(flow: Flow, extra: OptionsExtra = {}): void {
    const { host, port } = this.transports.sentBy(flow);
    this.transports.send(flow, optionsRequest(flow.transport, port === undefined ? host : `${host}:${port}`, extra));
  }

  #note<T>(list: T[], item: T): void {
    list.push(item);
    const waiting = this.#changed;
    this.#changed = [];
    for (const resolve of waiting) resolve();
  }
}

export interface OptionsExtra {
  /** After `branch` in Via, semicolon included. */
  readonly via?: string;
  readonly callId?: string;
  readonly body?: string;
  readonly headers?: string;
}

export function optionsRequest(transport: SipTransportName, sentBy: string, extra: OptionsExtra = {}): Buffer {
  const body = extra.body ?? "";
  return Buffer.from(
    `OPTIONS sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/${transport} ${sentBy};branch=z9hG4bK1${extra.via ?? ";rport"}\r\nMax-Forwards: 70\r\n` +
      `From: <sip:alice@example.com>;tag=1\r\nTo: <sip:bob@example.com>\r\nCall-ID: ${extra.callId ?? "c1"}\r\nCSeq: 1 OPTIONS\r\n` +
      `${extra.headers ?? ""}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
