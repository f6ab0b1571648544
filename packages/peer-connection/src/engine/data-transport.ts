/** The data channels of a connection: made when the first is wanted, connected when descriptions and DTLS allow it. */
import {
  type CryptoProvider,
  type Instant,
  InvalidStateError,
  type Observer,
  type Path,
  type RandomSource,
  type Transmit,
} from "@purertc/core";
import { type ChannelHandle, type ChannelInit, DataChannels, type DataChannelsEvent } from "@purertc/sctp-datachannel";
import type { NegotiatedData } from "../jsep/index.ts";
import type { SctpTunables } from "../settings.ts";
import type { Transport } from "./transport.ts";

/** What the association is made with. */
export interface DataTransportOptions {
  readonly crypto: CryptoProvider;
  readonly random: RandomSource;
  /** Largest UDP payload. */
  readonly mtu: number;
  readonly maxMessageSize: number;
  readonly sctp: SctpTunables;
  readonly observer?: Observer;
}

/** See the file's header. */
export class DataTransport {
  readonly #options: DataTransportOptions;
  #channels: DataChannels | undefined;
  #agreed: NegotiatedData | undefined;
  #transport: Transport | undefined;
  /** The DTLS connection that packets of the association were last free to use. */
  #used: Transport["dtls"]["open"];
  /** The peer has ended what it had on a transport or a DTLS association that it is about to leave. If it does not leave it after all, that is the end. */
  #leaving = false;
  /** More waited to be sent than one datagram holds. Until then it is not asked whether longer ones pass: the question is as long as they are. */
  #bulk = false;

  constructor(options: DataTransportOptions) {
    this.#options = options;
  }

  /** Undefined until a channel was opened or the association negotiated. */
  get channels(): DataChannels | undefined {
    return this.#channels;
  }

  /** What the descriptions say of the association. */
  get agreed(): NegotiatedData | undefined {
    return this.#agreed;
  }

  /** The transport that carries it. */
  get transport(): Transport | undefined {
    return this.#transport;
  }

  /** A description was applied. Absent `agreed` ends an association that was there (RFC 8841 §10.4). */
  update(now: Instant, agreed: NegotiatedData | undefined, transport: Transport | undefined): void {
    const left = this.#leaving && transport?.dtls.isMoving(now) !== true;
    const { state, open } = transport?.dtls ?? {};
    const stays = transport === this.#transport && (state === "closed" || (open !== undefined && open === this.#used));
    const ended = (agreed === undefined && this.#agreed?.ready === true) || (left && stays);
    this.#agreed = agreed;
    this.#transport = transport;
    if (left) this.#leaving = false;
    if (ended) this.end(now);
    if (agreed?.ready !== true) return;
    const role = transport?.dtls.role;
    // An association that the peer has ended stays ended, whatever is negotiated afterwards (webrtc-pc §6.1.1, "closed").
    if (role !== undefined && this.#channels?.state !== "closed") this.#made().assignIds(now, idParity(role));
    this.connectIfReady(now);
  }

  /** Connects the association when both the descriptions and DTLS are ready; afterwards fits it to the path, which may be another one. */
  connectIfReady(now: Instant): void {
    const { agreed, transport } = { agreed: this.#agreed, transport: this.#transport };
    const open = transport?.dtls.open;
    const role = transport?.dtls.role;
    if (agreed?.ready !== true || open === undefined || role === undefined) return;
    const channels = this.#made();
    if (channels.state === "closed") return;
    const { mtu } = this.#options;
    const largest = transport!.updateLargestDatagram();
    channels.setMtu(now, mtu - open.recordOverhead, (this.#bulk ? largest : mtu) - open.recordOverhead);
    const moved = this.#used !== undefined && this.#used !== open;
    this.#used = open;
    if (moved) {
      this.#leaving = false;
      channels.pathReplaced(now);
    }
    if (channels.state !== "new") return;
    channels.connect(now, {
      idParity: idParity(role),
      localPort: agreed.localPort ?? DEFAULT_SCTP_PORT,
      remotePort: agreed.remotePort ?? DEFAULT_SCTP_PORT,
      remoteMaxMessageSize: agreed.remoteMaxMessageSize ?? DEFAULT_REMOTE_MAX_MESSAGE_SIZE,
    });
  }

  /** Opens a channel, now or when the association is there. */
  open(now: Instant, init: ChannelInit): ChannelHandle {
    return this.#made().open(now, init);
  }

  /** Queues a message. Throws as `DataChannels.send` does. Hot. */
  send(now: Instant, channel: ChannelHandle, kind: "text" | "binary", data: Uint8Array): void {
    const channels = this.opened;
    channels.send(now, channel, kind, data);
    if (this.#bulk || channels.bufferedAmount(channel) <= this.#options.mtu) return;
    this.#bulk = true;
    this.connectIfReady(now);
  }

  /** The channels; throws InvalidStateError when none was ever opened. */
  get opened(): DataChannels {
    if (this.#channels === undefined) throw new InvalidStateError("no such channel", { code: "PEER_NO_CHANNEL" });
    return this.#channels;
  }

  /**
   * DTLS has ended, and with it the association.
   * INTEROP: Firefox 153 ends it before its answer that moves the association to another transport has come.
   */
  dtlsEnded(now: Instant): void {
    if (this.#transport?.dtls.isMoving(now) === true) this.#leaving = true;
    else this.end(now);
  }

  /** Ends the association, all channels with it. The ABORT can be polled if DTLS still stands. */
  end(now: Instant): void {
    if (this.#channels !== undefined && this.#channels.state !== "closed") this.#channels.abort(now);
  }

  /** Writes the next packet into `out`, sealed. Hot. */
  pollTransmit(now: Instant, out: Uint8Array): Transmit<Path> | undefined {
    const space = this.#leaving ? undefined : this.#transport?.plaintextSpace(out);
    if (space === undefined) return undefined;
    const packet = this.#channels?.pollTransmit(space);
    if (packet === undefined) return undefined;
    this.#options.observer?.packet?.(now, "out", "sctp", space.subarray(0, packet.length));
    return this.#transport!.seal(now, out, packet.length);
  }

  /** Takes the plaintext of a record. Hot. */
  handlePacket(now: Instant, packet: Uint8Array): void {
    this.#options.observer?.packet?.(now, "in", "sctp", packet);
    // INTEROP: Chromium 156, moving to another transport, aborts the association on this one and begins a new one there, for the same channels.
    if (packet[FIRST_CHUNK_TYPE] === ABORT && this.#transport?.dtls.isMoving(now) === true) this.#leaving = true;
    if (this.#leaving) return;
    this.#channels?.handleDatagram(now, packet);
  }

  /** The channels' next event. */
  pollEvent(): DataChannelsEvent | undefined {
    return this.#channels?.pollEvent();
  }

  #made(): DataChannels {
    if (this.#channels === undefined) {
      const { crypto, random, mtu, maxMessageSize, sctp } = this.#options;
      this.#channels = new DataChannels({
        ...sctp,
        crypto,
        random,
        mtu: mtu - LARGEST_RECORD_OVERHEAD,
        localMaxMessageSize: maxMessageSize,
      });
    }
    return this.#channels;
  }
}

/** RFC 8832 §6: the DTLS client uses even stream identifiers. */
function idParity(role: "client" | "server"): "even" | "odd" {
  return role === "client" ? "even" : "odd";
}

/** RFC 9260 §3: the common header, then chunks that begin with their type. */
const FIRST_CHUNK_TYPE = 12;
/** RFC 9260 §3.2. */
const ABORT = 6;
/** RFC 8841 §5.1 has no default; every implementation uses this one. */
const DEFAULT_SCTP_PORT = 5000;
/** RFC 8841 §6.1: when the peer does not say. */
const DEFAULT_REMOTE_MAX_MESSAGE_SIZE = 65_536;
/** Until the suite is known: DTLS 1.2 header 13, explicit nonce 8, tag 16. */
const LARGEST_RECORD_OVERHEAD = 37;
