/** What a {@link SipStack} needs of its transports: `SipTransports`, or a network made up by a test. */
import type { SipMessage } from "@purertc/sip-parser";
import type { Flow, SipTarget } from "../flow.ts";

/** Ways to send, and callbacks for what comes; the stack sets the two callbacks. */
export interface StackTransports {
  /** An open flow to the target, or a new one; rejects when there is none to be had. */
  flowTo(target: SipTarget, options?: { readonly signal?: AbortSignal }): Promise<Flow>;
  /** As {@link flowTo}, over TCP instead of UDP for a request of so many octets that it needs it (§18.1.1); {@link flowTo} when absent. */
  flowForRequest?(length: number, target: SipTarget, options?: { readonly signal?: AbortSignal }): Promise<Flow>;
  /** RFC 5626 keep-alives every so many milliseconds; 0 stops them. */
  keepAlive?(flow: Flow, intervalMs: number): void;
  /** Queues bytes; what is given for a flow that has closed is dropped. */
  send(flow: Flow, bytes: Uint8Array): void;
  /** What our Via says for requests on this flow; the flow's local address when absent. */
  sentBy?(flow: Flow): { readonly host: string; readonly port?: number | undefined };
  onMessage: ((message: SipMessage, flow: Flow) => void) | undefined;
  onFlowClosed: ((flow: Flow, reason: string) => void) | undefined;
  close(): Promise<void>;
}
