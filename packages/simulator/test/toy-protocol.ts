import {
  copyBytes,
  crc32,
  type Instant,
  InvalidArgumentError,
  InvalidStateError,
  type Protocol,
  Queue,
  type RandomSource,
  randomU32,
  readU32,
  TimerTable,
  type Transmit,
  writeU32,
} from "@purertc/core";

/** One way of breaking a law of the contract, named by the law. */
export type Flaw =
  | "1 throws on an empty datagram"
  | "1 takes an older now at its word"
  | "2 leaves its deadline in the past"
  | "2 never stops sending"
  | "3 draws from a source that is not its own"
  | "4 resends at every handleTimeout"
  | "4 counts every handleTimeout as an attempt"
  | "5 keeps the datagram"
  | "5 writes into the datagram"
  | "5 keeps what was sent"
  | "5 keeps what is in an event"
  | "5 sends bytes that it did not write"
  | "5 uses the whole ArrayBuffer of out"
  | "6 believes a packet before its checksum"
  | "6 counts a bad packet as a sign of life"
  | "7 gives an event after closed"
  | "7 has a deadline after closed"
  | "7 does not refuse calls after closed"
  | "7 never closes"
  | "7 fails with a TypeError"
  | "8 remembers every bad packet";

export type ToyEvent =
  | { readonly type: "connected" }
  | { readonly type: "message"; readonly data: Uint8Array }
  | { readonly type: "closed"; readonly cause: "local" | "peer" | "timeout" };

//  checksum (4) | type | sequence number | session (4) | payload
const HELLO = 1;
const HELLO_ACK = 2;
const DATA = 3;
const ACK = 4;
const BYE = 5;
const HEADER = 10;
const MAX_WAITING = 16;
const MAX_ATTEMPTS = 6;

let shared = 0;

/** A stop-and-wait protocol over a checksum: small, but with a handshake, retransmissions, an idle timer and an end. Correct unless given a flaw. */
export class ToyProtocol implements Protocol<ToyEvent> {
  readonly #flaw: Flaw | undefined;
  readonly #random: RandomSource;
  readonly #timers = new TimerTable<"resend" | "idle">();
  readonly #events = new Queue<ToyEvent>();
  readonly #packets = new Queue<Uint8Array>();
  readonly #waiting = new Queue<Uint8Array>();
  readonly #bad: Uint8Array[] = [];
  #state: "new" | "connecting" | "connected" | "closing" | "closed" = "new";
  #session = 0;
  #sequence = 0;
  #expected = 0;
  #unacked: Uint8Array | undefined;
  #attempts = 0;
  #lastMessage: Uint8Array | undefined;
  #now: Instant = Number.NEGATIVE_INFINITY;

  constructor(random: RandomSource, flaw?: Flaw) {
    this.#random = random;
    this.#flaw = flaw;
  }

  connect(now: Instant): void {
    this.#clock(now);
    this.#requireState("new");
    this.#state = "connecting";
    this.#session = this.#flaw === "3 draws from a source that is not its own" ? ++shared : randomU32(this.#random);
    this.#sendReliably(this.#packet(HELLO, 0, new Uint8Array(0)));
  }

  listen(now: Instant): void {
    this.#clock(now);
    this.#requireState("new");
    this.#state = "connecting";
  }

  send(now: Instant, data: Uint8Array): void {
    this.#clock(now);
    if (this.#flaw === "7 fails with a TypeError" && this.#state !== "connected")
      throw new TypeError("cannot read properties of undefined");
    this.#requireState("connected");
    if (data.length > 200) throw new InvalidArgumentError("at most 200 bytes", { code: "TOY_LENGTH" });
    if (this.#waiting.length >= MAX_WAITING) throw new InvalidStateError("queue full", { code: "TOY_FULL" });
    this.#waiting.push(this.#flaw === "5 keeps what was sent" ? data : copyBytes(data));
    this.#sendNext();
  }

  close(now: Instant): void {
    this.#clock(now);
    if (this.#state === "closed" && this.#flaw !== "7 does not refuse calls after closed") this.#requireState("connected");
    if (this.#flaw === "7 never closes") return;
    this.#packets.push(this.#packet(BYE, 0, new Uint8Array(0)));
    this.#end("local");
  }

  handleDatagram(now: Instant, datagram: Uint8Array): void {
    if (this.#flaw === "1 throws on an empty datagram" && datagram.length === 0) throw new RangeError("empty");
    this.#clock(now);
    if (this.#state === "closed") return;
    if (this.#flaw === "6 counts a bad packet as a sign of life") this.#alive();
    if (this.#flaw === "6 believes a packet before its checksum" && datagram[4] === BYE) this.#end("peer");
    if (datagram.length < HEADER || readU32(datagram, 0) !== crc32(datagram, 4)) {
      if (this.#flaw === "8 remembers every bad packet") this.#bad.push(copyBytes(datagram));
      return;
    }
    const type = datagram[4]!;
    const sequence = datagram[5]!;
    const session = readU32(datagram, 6);
    const isUnconnected = this.#state === "connecting" && this.#unacked === undefined;
    if (type === HELLO && isUnconnected) {
      this.#session = session;
      this.#connected();
    } else if (session !== this.#session) {
      return;
    }
    this.#alive();
    if (this.#flaw === "5 writes into the datagram") datagram.fill(0, 0, 4);
    this.#handle(type, sequence, datagram);
  }

  handleTimeout(now: Instant): void {
    this.#clock(now);
    if (this.#flaw === "4 resends at every handleTimeout" && this.#unacked !== undefined) this.#packets.push(this.#unacked);
    if (this.#flaw === "4 counts every handleTimeout as an attempt" && this.#unacked !== undefined) this.#attempts += 1;
    if (this.#timers.expired("idle", this.#now)) {
      this.#end("timeout");
      return;
    }
    const isDue =
      this.#flaw === "2 leaves its deadline in the past"
        ? this.#timers.expired("resend", this.#now)
        : this.#timers.take("resend", this.#now);
    if (!isDue || this.#unacked === undefined) return;
    this.#attempts += 1;
    if (this.#attempts >= MAX_ATTEMPTS) {
      this.#end("timeout");
      return;
    }
    this.#packets.push(this.#unacked);
    if (this.#flaw !== "2 leaves its deadline in the past") this.#armResend();
  }

  pollTransmit(out: Uint8Array): Transmit<void> | undefined {
    const packet = this.#packets.shift();
    if (packet === undefined) return undefined;
    if (this.#flaw === "2 never stops sending") this.#packets.push(packet);
    const target = this.#flaw === "5 uses the whole ArrayBuffer of out" ? new Uint8Array(out.buffer) : out;
    target.set(packet);
    const extra = this.#flaw === "5 sends bytes that it did not write" ? 1 : 0;
    return { length: packet.length + extra, route: undefined };
  }

  pollEvent(): ToyEvent | undefined {
    return this.#events.shift();
  }

  pollTimeout(): Instant | undefined {
    return this.#timers.next();
  }

  #handle(type: number, sequence: number, datagram: Uint8Array): void {
    if (type === HELLO) this.#packets.push(this.#packet(HELLO_ACK, 0, new Uint8Array(0)));
    else if (type === HELLO_ACK && this.#state === "connecting") this.#connected();
    else if (type === DATA && this.#state === "connected") this.#receive(sequence, datagram.subarray(HEADER));
    else if (type === ACK && sequence === this.#sequence && this.#state === "connected") this.#acked();
    else if (type === BYE) this.#end("peer");
  }

  #receive(sequence: number, payload: Uint8Array): void {
    const data = this.#flaw === "5 keeps the datagram" ? payload : copyBytes(payload);
    if (sequence === this.#expected) {
      this.#expected = (this.#expected + 1) & 0xff;
      this.#events.push({ type: "message", data });
    }
    // What it got last goes back with the acknowledgement.
    const echo = this.#lastMessage?.subarray(0, 8) ?? new Uint8Array(0);
    this.#packets.push(this.#packet(ACK, sequence, echo));
    this.#lastMessage = this.#flaw === "5 keeps what is in an event" ? data : copyBytes(data);
  }

  #acked(): void {
    this.#unacked = undefined;
    this.#timers.clear("resend");
    this.#sequence = (this.#sequence + 1) & 0xff;
    this.#sendNext();
  }

  #connected(): void {
    this.#state = "connected";
    this.#unacked = undefined;
    this.#timers.clear("resend");
    this.#events.push({ type: "connected" });
    this.#alive();
  }

  #sendNext(): void {
    if (this.#unacked !== undefined) return;
    const data = this.#waiting.shift();
    if (data === undefined) return;
    // Built here and not in send(): what was lent to send() must have been copied by then.
    this.#sendReliably(this.#packet(DATA, this.#sequence, data));
  }

  #sendReliably(packet: Uint8Array): void {
    this.#unacked = packet;
    this.#attempts = 0;
    this.#packets.push(packet);
    this.#armResend();
  }

  #armResend(): void {
    this.#timers.set("resend", this.#now + 100 * 2 ** this.#attempts);
  }

  #alive(): void {
    if (this.#flaw === "7 never closes") return;
    if (this.#state === "connected") this.#timers.set("idle", this.#now + 30_000);
  }

  #end(cause: "local" | "peer" | "timeout"): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#timers.clearAll();
    if (this.#flaw === "7 has a deadline after closed") this.#timers.set("idle", this.#now + 30_000);
    this.#unacked = undefined;
    this.#waiting.clear();
    if (cause !== "local") this.#packets.clear();
    this.#events.push({ type: "closed", cause });
    if (this.#flaw === "7 gives an event after closed") this.#events.push({ type: "connected" });
  }

  #packet(type: number, sequence: number, payload: Uint8Array): Uint8Array {
    const packet = new Uint8Array(HEADER + payload.length);
    packet[4] = type;
    packet[5] = sequence;
    writeU32(packet, 6, this.#session);
    packet.set(payload, HEADER);
    writeU32(packet, 0, crc32(packet, 4));
    return packet;
  }

  #clock(now: Instant): void {
    this.#now = this.#flaw === "1 takes an older now at its word" ? now : Math.max(now, this.#now);
  }

  #requireState(state: "new" | "connected"): void {
    if (this.#state !== state) throw new InvalidStateError(`${this.#state}, not ${state}`, { code: "TOY_STATE" });
  }
}
