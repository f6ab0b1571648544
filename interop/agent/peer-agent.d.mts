/** Types of the agent; see `peer-agent.mjs`. */

/** `length` bytes that depend on `seed` alone. */
export function pattern(length: number, seed: number): Uint8Array;

export interface Description {
  readonly type: "offer" | "answer";
  readonly sdp: string;
}

export interface MessageReport {
  readonly kind: "text" | "binary";
  readonly length: number;
  readonly text?: string;
  readonly sha256: string;
}

export interface ChannelProperties {
  readonly id: number | null;
  readonly ordered: boolean;
  readonly maxPacketLifeTime: number | null;
  readonly maxRetransmits: number | null;
  readonly protocol: string;
  readonly negotiated: boolean;
  readonly readyState: string;
  readonly bufferedAmount: number;
}

export interface ChannelOptions {
  readonly ordered?: boolean;
  readonly maxPacketLifeTime?: number;
  readonly maxRetransmits?: number;
  readonly protocol?: string;
  readonly negotiated?: boolean;
  readonly id?: number;
}

export type Signal = { readonly candidate: object } | { readonly end: true };

export interface PairEnd {
  readonly address: string | null;
  readonly port: number | null;
  readonly candidateType?: string;
}

/** What an agent can be told. `id` names a peer connection, `label` a channel of it. */
export interface AgentMethods {
  create(id: string, configuration?: object, settings?: object): void;
  open(id: string, label: string, init?: ChannelOptions): void;
  offer(id: string, trickle: boolean, explicit?: boolean): Description;
  answer(id: string, offer: Description, trickle: boolean, explicit?: boolean): Description;
  accept(id: string, answer: Description): void;
  signals(id: string): readonly Signal[] | null;
  candidate(id: string, signal: Signal): void;
  restart(id: string): void;
  connected(id: string): void;
  opened(id: string, label: string): void;
  closed(id: string, label: string): { readonly readyState: string; readonly events: readonly string[] };
  low(id: string, label: string): void;
  properties(id: string, label: string): ChannelProperties;
  setLowThreshold(id: string, label: string, bytes: number): void;
  sendText(id: string, label: string, text: string): void;
  sendBytes(id: string, label: string, length: number, seed: number): void;
  sendNumbers(id: string, label: string, count: number): void;
  sendBulk(id: string, label: string, total: number, size: number, seed: number): string;
  messages(id: string, label: string, count: number): readonly MessageReport[];
  messageCount(id: string, label: string): number;
  bulk(id: string, label: string, total: number, patience?: number): string;
  closeChannel(id: string, label: string): void;
  close(id: string): void;
  drop(id: string): void;
  states(id: string): { readonly connection: string; readonly ice: string; readonly signaling: string; readonly gathering: string };
  description(id: string, side: "local" | "remote"): string | null;
  log(id: string): readonly string[];
  pair(id: string): { readonly local: PairEnd; readonly remote: PairEnd } | null;
}

export interface Agent {
  call(method: string, args: readonly unknown[]): Promise<unknown>;
}

export interface AgentOptions {
  readonly toPayload?: (bytes: Uint8Array) => unknown;
  readonly settings?: object;
  readonly alwaysExplicit?: boolean;
}

export function createAgent(webrtc: object, options?: AgentOptions): Agent;
