/** A real peer: usrsctp's programs (Debian: libusrsctp-examples) speak SCTP in UDP (RFC 6951), so the association can be tested without DTLS. */
import { type ChildProcess, spawn } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { existsSync } from "node:fs";
import { equalBytes, readU16 } from "@purertc/core";
import { SctpAssociation, type SctpEvent } from "@purertc/sctp-datachannel";
import { afterEach, expect, test } from "vitest";
import { hmacOnly, pattern } from "./two-ends.ts";

const FOLDER = "/usr/lib/usrsctp";
const present = existsSync(`${FOLDER}/echo_server`);
if (!present) console.warn("SKIPPED: usrsctp tests. Install them with: apt-get install libusrsctp-examples");

/** Drives an association over a UDP socket. */
class UdpEnd {
  readonly association: SctpAssociation = new SctpAssociation({
    random: { fill: (out) => crypto.getRandomValues(out) },
    crypto: hmacOnly,
    mtu: 1400,
    maxReceiveMessageSize: 1_000_000,
  });
  readonly events: SctpEvent[] = [];
  readonly #socket: Socket = createSocket("udp4");
  readonly #out = new Uint8Array(2048);
  #timer: NodeJS.Timeout | undefined;
  #peerPort = 0;
  #onEvent: (() => void) | undefined;

  async bind(): Promise<number> {
    await new Promise<void>((resolve) => this.#socket.bind(0, "127.0.0.1", resolve));
    this.#socket.on("message", (datagram, from) => {
      this.#peerPort = from.port;
      if (this.association.state === "new") {
        this.association.listen(performance.now(), { localPort: readU16(datagram, 2), remotePort: readU16(datagram, 0) });
      }
      this.association.handleDatagram(performance.now(), datagram);
      this.drain();
    });
    return this.#socket.address().port;
  }

  connect(udpPort: number, localPort: number, remotePort: number): void {
    this.#peerPort = udpPort;
    this.association.connect(performance.now(), { localPort, remotePort });
    this.drain();
  }

  drain(): void {
    let event: SctpEvent | undefined;
    do {
      for (let sent = this.association.pollTransmit(this.#out); sent !== undefined; sent = this.association.pollTransmit(this.#out)) {
        this.#socket.send(this.#out.slice(0, sent.length), this.#peerPort, "127.0.0.1");
      }
      event = this.association.pollEvent();
      if (event !== undefined) this.events.push(event);
    } while (event !== undefined);
    clearTimeout(this.#timer);
    const at = this.association.pollTimeout();
    if (at !== undefined) {
      this.#timer = setTimeout(() => {
        this.association.handleTimeout(performance.now());
        this.drain();
      }, at - performance.now());
    }
    this.#onEvent?.();
  }

  /** Resolves when `done` says so. */
  async until(done: (events: readonly SctpEvent[]) => boolean): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#onEvent = () => {
        if (done(this.events)) resolve();
      };
      this.#onEvent();
    });
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#socket.close();
  }
}

const children: ChildProcess[] = [];
const ends: UdpEnd[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  for (const end of ends.splice(0)) end.close();
});

function run(program: string, ...args: readonly (string | number)[]): ChildProcess {
  const child = spawn(`${FOLDER}/${program}`, args.map(String), { cwd: FOLDER, stdio: ["pipe", "ignore", "ignore"] });
  children.push(child);
  return child;
}

async function end(): Promise<{ udp: UdpEnd; port: number }> {
  const udp = new UdpEnd();
  ends.push(udp);
  return { udp, port: await udp.bind() };
}

/** A port that nobody had a moment ago. */
async function freePort(): Promise<number> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const { port } = socket.address();
  socket.close();
  return port;
}

const messagesOf = (events: readonly SctpEvent[]) => events.flatMap((event) => (event.type === "message" ? [event] : []));

test.skipIf(!present)("usrsctp echo_server sends back what we send, on several streams, and shuts down", async () => {
  const { udp, port } = await end();
  const peerPort = await freePort();
  run("echo_server", peerPort, port);
  await new Promise((resolve) => setTimeout(resolve, 300));
  udp.connect(peerPort, 5001, 7);
  await udp.until((events) => events.some((event) => event.type === "connected"));
  // The server reads 10,240 bytes at a time and echoes each read as a message.
  const sizes = [1, 100, 1364, 1365, 10_000, 10_240];
  sizes.forEach((size, i) => {
    udp.association.send(performance.now(), i % 3, 53, pattern(size, i));
  });
  udp.drain();
  await udp.until((events) => messagesOf(events).length === sizes.length);
  for (let streamId = 0; streamId < 3; streamId++) {
    const got = messagesOf(udp.events).filter((message) => message.streamId === streamId);
    const expected = sizes.flatMap((size, i) => (i % 3 === streamId ? [pattern(size, i)] : []));
    expect(got.map((message) => message.data.length)).toEqual(expected.map((data) => data.length));
    expect(got.every((message, i) => equalBytes(message.data, expected[i]!))).toBe(true);
  }
  udp.association.shutdown(performance.now());
  udp.drain();
  await udp.until((events) => events.at(-1)?.type === "closed");
  expect(udp.events.at(-1)).toEqual({ type: "closed", cause: "local" });
});

test.skipIf(!present).each([
  ["ordered, large", ["-l", 30_000, "-n", 500]],
  ["ordered, small", ["-l", 100, "-n", 5000, "-D"]],
  ["unordered", ["-l", 5000, "-n", 1000, "-u"]],
  ["partly reliable", ["-l", 3000, "-n", 1000, "-P", 2, "-t", 0]],
])("usrsctp tsctp sends us messages and shuts down: %s", async (_name, args) => {
  const { udp, port } = await end();
  const client = run("tsctp", ...args, "-E", await freePort(), "-U", port, "-p", 5001, "127.0.0.1");
  await udp.until((events) => events.at(-1)?.type === "closed");
  client.kill();
  const got = messagesOf(udp.events);
  // Loopback drops when the socket's buffer is full, so a partly reliable sender gives messages up.
  if (args.includes("-P")) expect(got.length).toBeGreaterThan(100);
  else expect(got.length).toBe(args[3]);
  expect(got.every((message) => message.data.length === args[1])).toBe(true);
  expect(udp.events.at(-1)).toEqual({ type: "closed", cause: "peer-shutdown" });
  expect(udp.association.stats().refused).toMatchObject({ malformed: 0, badChecksum: 0 });
});
