/** Where a MediaStreamTrack's media comes from (https://www.w3.org/TR/mediacapture-streams/#stream-and-track-model), and who takes it. */
import type { EncodedFrame, MediaSink, RtpPacketInfo } from "../../engine/media/types.ts";
import type { MediaKind } from "../../jsep/media-types.ts";
import type { SourceMeter } from "./source-meter.ts";

/** A receiver or a generator. Any number of tracks may share one: clones do. */
export interface TrackSource {
  readonly kind: MediaKind;
  /** Whether `packet` of a sink is called. */
  readonly givesPackets: boolean;
  /** Whether `frame` of a sink is called. */
  readonly givesFrames: boolean;
  /** Unix ms when the clock of `receivedAt` shows 0. */
  readonly clockOrigin: number;
  /** Media goes to `sink` from now on. The function returned ends that. */
  addSink(sink: TrackSink): () => void;
  /** Somebody cannot go on without a key frame; of one simulcast layer, where `rid` says so. */
  requestKeyframe(rid?: string): void;
  /** What a sink thinks it can send, in bits per second, may have changed. */
  bitrateChanged(): void;
  /** What is known of the media at present. */
  settings(): MediaTrackSettings;
  /** What it gave; absent of a source that does not look into it, such as a peer. */
  readonly meter?: SourceMeter;
  /** A track of this source begins to be. */
  trackAdded(track: SourcedTrack): void;
  /** A track of this source was stopped or ended. */
  trackEnded(track: SourcedTrack): void;
}

/** A consumer of a track. */
export interface TrackSink extends MediaSink {
  /** A promise while no more should be written: it is fulfilled when there is room again. Absent: there always is. */
  full?(): Promise<void> | undefined;
  /** Bits per second that can be sent at present, where that is known. */
  bitrate?(): number | undefined;
  /** The track was disabled: what comes next does not follow what came last. */
  withheld?(): void;
}

/** What a source may do with its tracks. */
export interface SourcedTrack {
  /** https://www.w3.org/TR/mediacapture-streams/#set-track-muted, in the task that is running. */
  setMuted(muted: boolean): void;
  /** https://www.w3.org/TR/mediacapture-streams/#track-ended. `later` queues the task of the event; default: it is the one that is running. */
  end(later?: (task: () => void) => void): void;
}

/** https://www.w3.org/TR/mediacapture-streams/#dom-mediatracksettings, as far as encoded media tells. */
export interface MediaTrackSettings {
  width?: number;
  height?: number;
  /** Frames per second. */
  frameRate?: number;
  /** Hz. */
  sampleRate?: number;
  channelCount?: number;
  deviceId?: string;
  groupId?: string;
}

/** The sinks of a source and the tracks that show it. */
export class TrackFanOut {
  /** Replaced, never changed, so that sinks may come and go while it is walked. */
  sinks: readonly TrackSink[] = [];
  readonly tracks: Set<SourcedTrack> = new Set();

  /** Adds a sink; the function takes it away again. */
  add(sink: TrackSink, changed: () => void): () => void {
    this.sinks = [...this.sinks, sink];
    changed();
    return () => {
      if (!this.sinks.includes(sink)) return;
      this.sinks = this.sinks.filter((other) => other !== sink);
      changed();
    };
  }

  /** To each sink the same frame, which none of them may change. */
  frame(frame: EncodedFrame): void {
    for (const sink of this.sinks) sink.frame?.(frame);
  }

  /** To each sink the same packet, borrowed for the call. */
  packet(packet: Uint8Array, info: RtpPacketInfo): void {
    for (const sink of this.sinks) sink.packet?.(packet, info);
  }

  /** Waits until every sink has room; undefined when all have. */
  full(): Promise<void> | undefined {
    const waits = this.sinks.flatMap((sink) => sink.full?.() ?? []);
    return waits.length === 0 ? undefined : Promise.all(waits).then(() => undefined);
  }

  /** The least that any sink can send; undefined while none knows. */
  bitrate(): number | undefined {
    let least: number | undefined;
    for (const sink of this.sinks) {
      const bitrate = sink.bitrate?.();
      if (bitrate !== undefined && (least === undefined || bitrate < least)) least = bitrate;
    }
    return least;
  }
}
