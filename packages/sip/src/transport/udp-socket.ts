/** One UDP socket and its flows (RFC 3261 §18, RFC 3581). */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import { Malformed, type TransportAddress, transportAddress } from "@purertc/core";
import { parseSipBeginning, parseSipMessage, type SipParseOptions } from "@purertc/sip-parser";
import { Alarm } from "./alarm.ts";
import type { FairWork } from "./fair-queue.ts";
import { isWildcard, localAddressTowards } from "./local-address.ts";
import { sourceKey } from "./source-key.ts";
import { answerBindingRequest, isStun, parseBindingResponse } from "./stun-binding.ts";
import { StunKeepAlive } from "./stun-keep-alive.ts";
import { listenError } from "./transport-error.ts";
import { type FlowCloseReason, type FlowOwner, TransportFlow } from "./transport-flow.ts";

/** A bound socket. Make one with {@link UdpSocket.bind}. */
export class UdpSocket {
  /** Where it is bound; the address may stand for all of the machine's. */
  readonly bound: TransportAddress;
  readonly #socket: Socket;
  readonly #owner: FlowOwner;
  readonly #parseOptions: SipParseOptions;
  /** Flows by remote address, in two generations: when the young one is full it becomes the old one, and what was not used since is forgotten. */
  #young = new Map<string, UdpFlow>();
  #old = new Map<string, UdpFlow>();
  #lastFlow: UdpFlow | undefined;
  #lastIp = "";
  #lastSource = "";
  #state: "open" | "closed" = "open";
  /** Datagrams not sent or not read because too many waited. */
  dropped = 0;

  private constructor(socket: Socket, bound: TransportAddress, owner: FlowOwner) {
    this.#socket = socket;
    this.bound = bound;
    this.#owner = owner;
    this.#parseOptions = { maxHeaderFields: owner.limits.maxHeaderFields };
    socket.on("message", (datagram, info) => this.#arrived(datagram, info));
    // Errors of a bound socket are of single datagrams (ICMP on some systems); the socket goes on.
    socket.on("error", () => {});
  }

  /** Binds a socket; rejects with `SipTransportError`. */
  static bind(address: { readonly ip: string; readonly port: number }, owner: FlowOwner): Promise<UdpSocket> {
    return new Promise((resolve, reject) => {
      const ipv6 = isIPv6(address.ip);
      const socket = createSocket({
        type: ipv6 ? "udp6" : "udp4",
        ipv6Only: ipv6,
        // All addresses here are numeric: asking the resolver costs a tick for each datagram.
        lookup: (hostname, _options, callback) => callback(null, hostname, ipv6 ? 6 : 4),
      });
      const failed = (cause: Error): void => {
        socket.close();
        reject(listenError("UDP", address.ip, address.port, cause));
      };
      socket.once("error", failed);
      socket.bind({ address: address.ip, port: address.port, exclusive: true }, () => {
        socket.off("error", failed);
        enlargeBuffers(socket);
        const { address: ip, port } = socket.address();
        resolve(new UdpSocket(socket, transportAddress(ip, port)!, owner));
      });
    });
  }

  /** The flow to an address; undefined when the address is none of the socket's family. */
  flowTo(ip: string, port: number): UdpFlow | undefined {
    return isIPv6(ip) === (this.bound.family === 6) ? this.#flow(ip, port) : undefined;
  }

  /** Sends a datagram, or drops it when too many wait in the process. `onSent` hears of errors. */
  send(bytes: Uint8Array, ip: string, port: number, onSent: (error: Error | null) => void): void {
    if (this.#state === "closed" || port === 0) return; // what Node would throw for
    if (unsentLength(this.#socket) + bytes.length > this.#owner.limits.maxUdpSendBuffer) {
      this.dropped += 1;
      return;
    }
    this.#socket.send(bytes, 0, bytes.length, port, ip, onSent);
  }

  /** Whether datagrams can be sent. */
  get open(): boolean {
    return this.#state === "open";
  }

  /** Closes the socket, and tells of every flow that it is closed. */
  close(): Promise<void> {
    if (this.#state === "closed") return Promise.resolve();
    this.#state = "closed";
    const flows = [...this.#young.values(), ...this.#old.values()];
    this.#young.clear();
    this.#old.clear();
    this.#lastFlow = undefined;
    for (const flow of flows) flow.close("local-close");
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }

  /** A flow has failed: the next datagram from there begins another one. */
  forget(flow: UdpFlow): void {
    for (const generation of [this.#young, this.#old]) if (generation.get(flow.key) === flow) generation.delete(flow.key);
    if (this.#lastFlow === flow) this.#lastFlow = undefined;
  }

  /** The datagram is Node's own and nobody else's: it need not be copied. */
  #arrived(datagram: Buffer, info: RemoteInfo): void {
    if (info.address !== this.#lastIp) {
      this.#lastIp = info.address;
      this.#lastSource = sourceKey(info.address);
    }
    if (this.#owner.queue.offer(this.#lastSource, info.port, new Datagram(this, datagram, info)) !== undefined) this.dropped += 1;
  }

  /** Reads a datagram whose turn has come. */
  read(datagram: Buffer, ip: string, port: number): void {
    if (this.#state === "closed" || port === 0) return;
    const flow = this.#flow(ip, port);
    if (isStun(datagram)) {
      const answer = answerBindingRequest(datagram, flow.remote);
      if (answer !== undefined) flow.write(answer);
      else flow.stunReceived(datagram);
      return;
    }
    const message = parseSipMessage(datagram, this.#parseOptions);
    if (message instanceof Malformed) {
      const beginning = message.reason === "too-many-header-fields" ? parseSipBeginning(datagram) : undefined;
      this.#owner.malformed(message.reason, datagram.length, flow, beginning);
    } else this.#owner.received(message, flow);
  }

  #flow(ip: string, port: number): UdpFlow {
    const last = this.#lastFlow;
    if (last !== undefined && last.port === port && last.ip === ip) return last;
    const key = `${ip} ${port}`;
    let flow = this.#young.get(key);
    if (flow === undefined) {
      flow = this.#old.get(key) ?? new UdpFlow(this, this.#localTowards(ip), ip, port, this.#owner);
      if (this.#young.size >= this.#owner.limits.maxUdpFlows / 2) {
        this.#old = this.#young;
        this.#young = new Map();
      }
      this.#young.set(key, flow);
    }
    this.#lastFlow = flow;
    return flow;
  }

  #localTowards(ip: string): TransportAddress {
    if (!isWildcard(this.bound.ip)) return this.bound;
    return transportAddress(localAddressTowards(ip) ?? this.bound.ip, this.bound.port) ?? this.bound;
  }
}

/** One that waits for its turn. */
class Datagram implements FairWork {
  readonly #socket: UdpSocket;
  readonly #bytes: Buffer;
  readonly #source: RemoteInfo;

  constructor(socket: UdpSocket, bytes: Buffer, source: RemoteInfo) {
    this.#socket = socket;
    this.#bytes = bytes;
    this.#source = source;
  }

  run(): boolean {
    this.#socket.read(this.#bytes, this.#source.address, this.#source.port);
    return false;
  }
}

/** A pair of UDP addresses. It goes on working when its socket has forgotten it: only its id is not given to the same address again. */
class UdpFlow extends TransportFlow {
  /** As the system writes it, zone included. */
  readonly ip: string;
  readonly port: number;
  readonly #socket: UdpSocket;
  readonly #owner: FlowOwner;
  readonly #onSent = (error: Error | null): void => {
    // §18.4: an error of the network layer is told to whoever has transactions here.
    if (error !== null) this.close("code" in error ? String(error.code) : "send-failed");
  };
  #open = true;
  #keepAlive: { readonly machine: StunKeepAlive; readonly alarm: Alarm } | undefined;

  constructor(socket: UdpSocket, local: TransportAddress, ip: string, port: number, owner: FlowOwner) {
    super("UDP", local, transportAddress(ip.split("%", 1)[0]!, port)!, []);
    this.#socket = socket;
    this.#owner = owner;
    this.ip = ip;
    this.port = port;
  }

  /** What the socket remembers it by. */
  get key(): string {
    return `${this.ip} ${this.port}`;
  }

  override get open(): boolean {
    return this.#open && this.#socket.open;
  }

  override write(bytes: Uint8Array): void {
    if (this.#open) this.#socket.send(bytes, this.ip, this.port, this.#onSent);
  }

  override towards(ip: string, port: number): TransportFlow {
    const { remote } = this;
    return ip === remote.ip && port === remote.port ? this : (this.#socket.flowTo(ip, port) ?? this);
  }

  override keepAlive(intervalMs: number): void {
    this.#keepAlive?.alarm.close();
    this.#keepAlive = undefined;
    if (intervalMs <= 0 || !this.open) return;
    const machine = new StunKeepAlive(this.#owner.clock.now(), intervalMs, this.#owner.random);
    const alarm = new Alarm(this.#owner.clock, (now) => this.#keepAliveDue(now));
    this.#keepAlive = { machine, alarm };
    alarm.set(machine.next());
  }

  /** A STUN message came that is no request. */
  stunReceived(datagram: Uint8Array): void {
    const response = this.#keepAlive === undefined ? undefined : parseBindingResponse(datagram);
    if (response === undefined) return;
    this.#keepAlive!.machine.answered(this.#owner.clock.now(), response);
    this.#afterKeepAlive();
  }

  override close(reason: FlowCloseReason): void {
    if (!this.#open) return;
    this.#open = false;
    this.#keepAlive?.alarm.close();
    this.#socket.forget(this);
    this.#owner.closed(this, reason);
  }

  #keepAliveDue(now: number): void {
    const datagram = this.#keepAlive?.machine.takeDatagram(now);
    if (datagram !== undefined) this.write(datagram);
    this.#afterKeepAlive();
  }

  #afterKeepAlive(): void {
    if (this.#keepAlive === undefined) return;
    const { machine, alarm } = this.#keepAlive;
    if (machine.failure !== undefined) this.close(machine.failure);
    else alarm.set(machine.next());
  }
}

/** Octets that wait in the process; other runtimes than Node do not say. */
function unsentLength(socket: Socket): number {
  const length: unknown = socket.getSendQueueSize?.();
  return typeof length === "number" ? length : 0;
}

/** Room for bursts; systems that refuse give what they have. */
function enlargeBuffers(socket: Socket): void {
  try {
    socket.setRecvBufferSize(KERNEL_BUFFER);
    socket.setSendBufferSize(KERNEL_BUFFER);
  } catch {
    // Smaller buffers lose more of a burst; UDP transactions retransmit.
  }
}

const KERNEL_BUFFER = 4_194_304;
