/** A side with transceivers, which follow descriptions as webrtc-pc §4.4.1.5 says the engine's do. */
import type {
  LocalEncoding,
  LocalSessionParameters,
  LocalTransceiver,
  MediaCapabilities,
  MediaKind,
  Negotiated,
  NegotiatedMedia,
  RtpCodec,
  SdpType,
  Side,
} from "../../src/jsep/index.ts";
import { Negotiator } from "./negotiator.ts";

type Codec = MediaCapabilities["codecs"][number];
type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

const VIDEO_FEEDBACK = ["goog-remb", "transport-cc", "ccm fir", "nack", "nack pli"];
const audio = (name: string, clockRate: number, channels: number, sdpFmtpLine?: string): Codec => ({
  mimeType: `audio/${name}`,
  clockRate,
  channels,
  ...(sdpFmtpLine !== undefined && { sdpFmtpLine }),
  rtcpFeedback: name === "opus" ? ["transport-cc"] : [],
});
export const video = (name: string, sdpFmtpLine?: string): Codec => ({
  mimeType: `video/${name}`,
  clockRate: 90_000,
  ...(sdpFmtpLine !== undefined && { sdpFmtpLine }),
  rtcpFeedback: name === "rtx" ? [] : VIDEO_FEEDBACK,
});
const h264 = (id: string, mode: number): Codec =>
  video("H264", `level-asymmetry-allowed=1;packetization-mode=${mode};profile-level-id=${id}`);

export const OPUS = audio("opus", 48_000, 2, "minptime=10;useinbandfec=1");
export const PCMU = audio("PCMU", 8000, 1);
export const TONES = audio("telephone-event", 8000, 1, "0-15");
export const VP8 = video("VP8");
export const VP9 = video("VP9", "profile-id=0");
export const H264 = h264("42e01f", 1);
export const RTX = video("rtx");

export const MID = "urn:ietf:params:rtp-hdrext:sdes:mid";
export const RID = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";
export const REPAIRED_RID = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id";
export const LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
export const ABS_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";
const both = (uri: string): MediaCapabilities["headerExtensions"][number] => ({ uri, direction: "sendrecv" });

export const CAPABILITIES = {
  audio: {
    codecs: [
      OPUS,
      audio("red", 48_000, 2),
      audio("G722", 8000, 1),
      PCMU,
      audio("PCMA", 8000, 1),
      audio("CN", 8000, 1),
      audio("telephone-event", 48_000, 1, "0-15"),
      TONES,
    ],
    headerExtensions: [both(LEVEL), both(ABS_SEND_TIME), both(MID)],
  },
  video: {
    codecs: [VP8, VP9, video("VP9", "profile-id=2"), H264, h264("42001f", 1), h264("42001f", 0), video("AV1", "profile=0"), RTX],
    headerExtensions: [both(ABS_SEND_TIME), both(MID), both(RID), both(REPAIRED_RID)],
  },
} satisfies NonNullable<LocalSessionParameters["capabilities"]>;

/** See the file's header. */
export class MediaNegotiator extends Negotiator {
  #next = 0;
  #stable: ReadonlyMap<number, Pick<LocalTransceiver, "mid" | "index">> | undefined;
  readonly #made = new Set<number>();
  readonly current = new Map<number, string>();

  constructor(seed: number, change: Partial<LocalSessionParameters> = {}) {
    super(seed, { dataChannels: false, capabilities: CAPABILITIES, transceivers: [], ...change });
  }

  get transceivers(): readonly Writable<LocalTransceiver>[] {
    return this.local.transceivers as readonly Writable<LocalTransceiver>[];
  }

  add(kind: MediaKind, change: Partial<LocalTransceiver> & { readonly rids?: readonly string[] } = {}): Writable<LocalTransceiver> {
    const { rids, ...rest } = change;
    const id = this.#next++;
    const transceiver: Writable<LocalTransceiver> = {
      id,
      kind,
      mid: undefined,
      index: undefined,
      direction: "sendrecv",
      stopping: false,
      stopped: false,
      addedByTrack: false,
      codecPreferences: [] as readonly RtpCodec[],
      streamIds: ["stream"],
      trackId: `track-${id}`,
      cname: "cname",
      encodings: encodings(id, rids ?? [undefined]),
      ...rest,
    };
    this.local = { ...this.local, transceivers: [...this.transceivers, transceiver] };
    return transceiver;
  }

  stop(transceiver: Writable<LocalTransceiver>): void {
    transceiver.stopping = true;
    transceiver.direction = "inactive";
  }

  override set(side: Side, type: SdpType, sdp = ""): Negotiated {
    const negotiated = super.set(side, type, sdp);
    if (type === "rollback") this.#rollBack();
    if (type === "offer") this.#stable ??= new Map(this.transceivers.map(({ id, mid, index }) => [id, { mid, index }]));
    for (const section of negotiated.media ?? []) this.#follow(side, type, section);
    if (type === "answer") {
      const gone = this.transceivers.filter(({ stopped, stopping, mid }) => stopped || (stopping && mid === undefined));
      this.local = { ...this.local, transceivers: this.transceivers.filter((one) => !gone.includes(one)) };
      this.#stable = undefined;
      this.#made.clear();
    }
    return negotiated;
  }

  #follow(side: Side, type: SdpType, section: NegotiatedMedia): void {
    let transceiver = this.transceivers.find(({ id }) => id === section.transceiver);
    if (transceiver === undefined) {
      transceiver = this.add(section.kind, { direction: "recvonly", streamIds: [] });
      this.#made.add(transceiver.id);
    }
    transceiver.mid = section.mid;
    transceiver.index = section.index;
    if (section.requestedEncodings !== undefined && transceiver.encodings.length === 1) {
      transceiver.encodings = encodings(
        transceiver.id,
        section.requestedEncodings.map(({ rid }) => rid),
      );
    }
    if (type !== "offer") this.current.set(transceiver.id, section.agreed!.direction);
    if (section.rejected && (side === "remote" || type !== "offer")) {
      this.stop(transceiver);
      transceiver.stopped = true;
    }
  }

  #rollBack(): void {
    this.local = { ...this.local, transceivers: this.transceivers.filter(({ id }) => !this.#made.has(id)) };
    for (const transceiver of this.transceivers) {
      const before = this.#stable?.get(transceiver.id);
      transceiver.mid = before?.mid;
      transceiver.index = before?.index;
    }
    this.#stable = undefined;
    this.#made.clear();
  }
}

function encodings(id: number, rids: readonly (string | undefined)[]): readonly LocalEncoding[] {
  return rids.map((rid, at) => ({
    ...(rid !== undefined && { rid }),
    active: true,
    ssrc: 1000 + id * 100 + at * 2,
    rtxSsrc: 1001 + id * 100 + at * 2,
  }));
}
