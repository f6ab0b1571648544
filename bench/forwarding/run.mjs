/**
 * The forwarding hop of a selective forwarding unit: one video stream comes in by one peer connection and goes out by ten. Timed for each packet that goes out: its tenth of
 * unprotecting and routing, then rewriting, keeping it for retransmission, protecting and sending. Once with sockets of nothing, once with UDP sockets of the library.
 * Rates are by the processor time of the process, garbage collection included: what a core does when nobody else wants it.
 */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { transportAddress } from "@purertc/core";
import { nodeRuntime } from "purertc";
import { bar, median, option, table } from "../report.mjs";
import { EnginePair } from "./engines.mjs";

const FAN_OUT = 10;
const PAYLOAD = 1100;
const BATCH = 64;
/** What a packet of that payload is on the wire, about. */
const DATAGRAM = PAYLOAD + 50;

export async function forwardingBench(args) {
  const quick = args.includes("--quick");
  const only = option(args, "--socket");
  const rounds = quick ? 5 : 15;
  const rows = [];
  const verdicts = [];
  for (const socket of ["memory", "udp"]) {
    if (only !== undefined && only !== socket) continue;
    for (const profile of [1, 7]) {
      const hop = await createHop(profile, socket === "udp");
      const { rate, bytes, delivered } = await hop.measure(rounds, quick ? 200 : 400);
      const bare = await hop.measureBareSends?.(rounds, quick ? 200 : 400);
      hop.close();
      const name = profile === 1 ? "AES-CM" : "AES-GCM";
      rows.push([
        `${socket}, ${name}`,
        rate.toFixed(0),
        (1e6 / rate).toFixed(2),
        bytes.toFixed(0),
        bare === undefined ? "" : (1e6 / bare).toFixed(2),
        delivered === undefined ? "" : `${(delivered * 100).toFixed(1)} %`,
      ]);
      verdicts.push(bar(`forwarding hop, fan-out ${FAN_OUT}, ${socket}, ${name}: packets/s`, rate, ">=", 100_000));
    }
  }
  table(
    `forwarding hop, fan-out ${FAN_OUT}, ${PAYLOAD} B`,
    ["socket", "packets out/s per core", "µs each", "heap B each", "of which the socket, µs", "arrived"],
    rows,
  );
  return verdicts;
}

async function createHop(profile, udp) {
  const ports = [];
  const sink = udp ? await spawnSink() : undefined;
  const local = (i) => transportAddress("127.0.0.1", 20_000 + i);
  const dtls = { srtpProfiles: [profile] };

  const publisher = new EnginePair([local(0), local(1)], { dtls });
  const [source, entry] = publisher.ends;
  const sent = source.engine.addTransceiver(0, "video", { direction: "sendonly", streamIds: ["s"], addedByTrack: true });
  publisher.connect();

  const legs = [];
  for (let i = 0; i < FAN_OUT; i++) {
    const port = udp ? await openPort() : undefined;
    if (port !== undefined) ports.push(port.port);
    const here = port?.address ?? local(100 + i);
    const there = udp ? transportAddress("127.0.0.1", sink.ports[i]) : local(200 + i);
    const pair = new EnginePair([here, there], { dtls });
    const transceiver = pair.ends[0].engine.addTransceiver(0, "video", { direction: "sendonly", streamIds: ["s"], addedByTrack: true });
    pair.connect();
    const [{ engine, path }] = pair.ends;
    legs.push({ pair, engine, path, sender: transceiver.sender, port: port?.port, out: new Uint8Array(2048) });
  }

  let now = publisher.now;
  const forward = (packet, info) => {
    for (let i = 0; i < legs.length; i++) {
      const refusal = legs[i].sender.sendPacket(now, packet, info);
      if (refusal !== undefined) throw new Error(`refused: ${refusal}`);
    }
  };
  entry.engine.transceivers[0].receiver.addSink({ packet: forward });

  let out = 0;
  const drain = (leg) => {
    const { engine, port } = leg;
    for (;;) {
      const buffer = port === undefined ? leg.out : port.acquireBuffer(engine.largestDatagram);
      const transmit = engine.pollTransmit(buffer);
      if (transmit === undefined) {
        if (port !== undefined) port.releaseBuffer(buffer);
        return;
      }
      out++;
      if (port !== undefined) port.send(buffer, transmit.length, transmit.route);
    }
  };

  /** Frames of the publisher as protected datagrams; not timed. */
  let timestamp = 0;
  const prepare = (count) => {
    const datagrams = [];
    while (datagrams.length < count) {
      publisher.now += 1;
      timestamp += 90;
      const data = new Uint8Array(PAYLOAD).fill(1);
      sent.sender.sendFrame(publisher.now, { kind: "video", data, timestamp, keyframe: false });
      source.engine.handleTimeout(publisher.now);
      for (let one = source.engine.pollTransmit(source.out); one !== undefined; one = source.engine.pollTransmit(source.out)) {
        if (one.length > PAYLOAD) datagrams.push(source.out.slice(0, one.length));
        else entry.engine.handleDatagram(publisher.now, source.out.slice(0, one.length), entry.path);
      }
      // Feedback keeps both sides as they would be: identified streams, reports.
      publisher.carry(entry, source);
    }
    return datagrams;
  };

  const run = (datagrams, from, to) => {
    for (let i = from; i < to; i++) {
      entry.engine.handleDatagram(now, datagrams[i], entry.path);
      for (let leg = 0; leg < legs.length; leg++) drain(legs[leg]);
    }
  };

  /** Timers of all engines and answers of the receivers, outside of what is timed. */
  const keepAlive = () => {
    now = publisher.now;
    for (const { pair } of legs) {
      pair.now = now;
      pair.step(0);
    }
    for (const { engine } of publisher.ends) engine.handleTimeout(publisher.now);
  };

  async function measure(rounds, batches) {
    const rates = [];
    for (let round = -2; round < rounds; round++) {
      keepAlive();
      const datagrams = prepare(BATCH * batches);
      now = publisher.now;
      const before = out;
      let elapsed = 0;
      for (let from = 0; from < datagrams.length; from += BATCH) {
        const started = process.cpuUsage();
        run(datagrams, from, Math.min(from + BATCH, datagrams.length));
        const { user, system } = process.cpuUsage(started);
        elapsed += user + system;
        if (udp) await whenWritable();
      }
      if (round >= 0) rates.push(((out - before) * 1e6) / elapsed);
    }
    const bytes = heapPerPacket();
    const delivered = sink === undefined ? undefined : Math.min(1, (await sink.received()) / out);
    return { rate: median(rates), bytes, delivered };
  }

  /** Datagrams of the same length to the same sockets, and nothing else: what the system takes of each. */
  async function measureBareSends(rounds, batches) {
    const rates = [];
    for (let round = -2; round < rounds; round++) {
      let elapsed = 0;
      for (let batch = 0; batch < batches; batch++) {
        const started = process.cpuUsage();
        for (let i = 0; i < BATCH; i++) {
          for (const { port, path } of legs) port.send(port.acquireBuffer(DATAGRAM), DATAGRAM, path);
        }
        const { user, system } = process.cpuUsage(started);
        elapsed += user + system;
        await whenWritable();
      }
      if (round >= 0) rates.push((BATCH * batches * FAN_OUT * 1e6) / elapsed);
    }
    return median(rates);
  }

  /** The least of several tries, with no collection in between. */
  function heapPerPacket() {
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 8; i++) {
      const datagrams = prepare(200);
      now = publisher.now;
      const before = process.memoryUsage().heapUsed;
      const sentBefore = out;
      run(datagrams, 0, datagrams.length);
      const used = (process.memoryUsage().heapUsed - before) / (out - sentBefore);
      if (used >= 0) least = Math.min(least, used);
    }
    return least;
  }

  /** Sockets are given their turn; waiting for a kernel that is full is not the hop's work. */
  async function whenWritable() {
    do await new Promise((resolve) => setImmediate(resolve));
    while (ports.some((port) => !port.writable));
  }

  return {
    measure,
    measureBareSends: udp ? measureBareSends : undefined,
    close: () => {
      for (const port of ports) port.close();
      sink?.close();
    },
  };
}

function openPort() {
  return new Promise((resolve) => {
    const listener = {
      address: (address) => setImmediate(() => resolve({ port, address })),
      ready: () => {},
      datagram: () => {},
      writable: () => {},
    };
    const settings = { loopback: true, ipv6: false, addressFilter: (ip) => ip === "127.0.0.1" };
    const port = nodeRuntime.openPort({ settings, component: 1 }, listener);
  });
}

function spawnSink() {
  return new Promise((resolve) => {
    const child = fork(fileURLToPath(new URL("sink.mjs", import.meta.url)), [String(FAN_OUT)]);
    child.once("message", ({ ports }) =>
      resolve({
        ports,
        received: () =>
          new Promise((done) => {
            setTimeout(() => {
              child.once("message", ({ received }) => done(received));
              child.send("report");
            }, 300);
          }),
        close: () => child.disconnect(),
      }),
    );
  });
}
