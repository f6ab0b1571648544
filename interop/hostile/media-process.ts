/** Handles on `media-process.mjs`, and two of them in a call through a relay. */
import type { RTCInboundRtpStreamStats, RTCOutboundRtpStreamStats } from "purertc";
import { childAgent } from "../agent/child-peer.ts";
import type { Description } from "../agent/peer-agent.mjs";
import { openRelay, type Relay, type Side } from "./relay.ts";

/** SHA-256 of frames, in order. */
export interface FrameHashes {
  readonly audio: readonly string[];
  readonly video: readonly string[];
}

/** What one end knows of itself. */
export interface MediaProcessStats {
  readonly state: string;
  readonly log: readonly string[];
  /** RTP and RTCP datagrams that it dropped, by reason. */
  readonly refused: Readonly<Record<string, number>>;
  readonly packetsReceived: number;
  readonly dtlsRole: "client" | "server";
  readonly srtpCipher: string;
  readonly inbound: readonly RTCInboundRtpStreamStats[];
  readonly outbound: readonly RTCOutboundRtpStreamStats[];
  readonly availableOutgoingBitrate: number | null;
  readonly keyframeRequests: number;
  readonly refusedToPlay: number;
}

interface Methods {
  create(settings: object): void;
  offer(): Description;
  answer(offer: Description): Description;
  accept(answer: Description): void;
  play(): void;
  stop(): void;
  played(): FrameHashes;
  heard(): FrameHashes & { readonly lure: readonly string[] };
  heardCount(): { readonly audio: number; readonly video: number; readonly lure: number };
  stats(): MediaProcessStats;
  /** `stats().refused`. */
  refused(): Readonly<Record<string, number>>;
  /** After a collection: bytes of the heap and of buffers outside it, ms of processor time since the beginning, and the most memory that the process ever had. */
  usage(): { readonly bytes: number; readonly cpuMs: number; readonly peakBytes: number };
  /** NSS key log lines. */
  keyLog(): readonly string[];
}

/** One end. */
export interface MediaProcess {
  call<M extends keyof Methods>(method: M, ...args: Parameters<Methods[M]>): Promise<ReturnType<Methods[M]>>;
  close(): Promise<void>;
}

async function mediaProcess(name: string): Promise<MediaProcess> {
  const { call, close } = await childAgent(name, new URL("./media-process.mjs", import.meta.url), [], ["--expose-gc"]);
  return { call: async (method, ...args) => (await call(method, args)) as ReturnType<Methods[typeof method]>, close };
}

/** Two processes that play to each other. */
export interface Call {
  readonly relay: Relay;
  readonly ends: Readonly<Record<Side, MediaProcess>>;
  /** The offer, which names MIDs, payload types and extensions. */
  readonly sdp: string;
  close(): Promise<void>;
}

/** Connects two processes through a relay and waits until each hears and sees the other. */
export async function openCall(settings: object = {}): Promise<Call> {
  const [offerer, answerer, relay] = await Promise.all([mediaProcess("offerer"), mediaProcess("answerer"), openRelay()]);
  const ends = { offerer, answerer };
  for (const end of [offerer, answerer]) await end.call("create", settings);
  const offer = await offerer.call("offer");
  const answer = await answerer.call("answer", { type: "offer", sdp: relay.pointed(offer.sdp, "offerer") });
  await offerer.call("accept", { type: "answer", sdp: relay.pointed(answer.sdp, "answerer") });
  for (const end of [offerer, answerer]) while ((await end.call("stats")).state !== "connected");
  for (const end of [offerer, answerer]) await end.call("play");
  for (const end of [offerer, answerer]) {
    for (let count = await end.call("heardCount"); count.audio < 5 || count.video < 5; ) count = await end.call("heardCount");
  }
  return {
    relay,
    ends,
    sdp: answer.sdp,
    close: async () => {
      await Promise.all([offerer.close(), answerer.close()]);
      relay.close();
    },
  };
}
