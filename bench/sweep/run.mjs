/**
 * Throughput of data channels over round-trip time and loss, in the simulator's virtual time: one reliable ordered channel, 64 KiB messages, over a
 * 100 Mbit/s link with a queue of one bandwidth-delay product (at least 64 KB). The same seed gives the same figures on any machine.
 */
import { nodeCrypto } from "@purertc/crypto/node";
import { DataChannels } from "@purertc/sctp-datachannel";
import { connectPair, seededRandom } from "@purertc/simulator";
import { table } from "../report.mjs";

const RATE = 100e6;
const MESSAGE = new Uint8Array(65536).fill(7);
const BUFFERED = 4 << 20;

export async function sweepBench(args) {
  const quick = args.includes("--quick");
  const trips = quick ? [0, 20, 100] : [0, 5, 20, 50, 100, 200];
  const losses = quick ? [0, 0.01] : [0, 0.0001, 0.001, 0.01, 0.05];
  const seconds = quick ? 5 : 20;
  table(
    `data channel in virtual time, ${RATE / 1e6} Mbit/s link: goodput in Mbit/s over ${seconds} s`,
    ["round trip", ...losses.map((loss) => `${loss * 100} % loss`)],
    trips.map((rtt) => [`${rtt} ms`, ...losses.map((loss) => goodput(rtt, loss, seconds).toFixed(1))]),
  );
  return [];
}

/** Mbit/s of whole messages received in `seconds` after the channel opened. */
function goodput(rttMs, lossRate, seconds) {
  const seed = 1;
  const end = (name) => new DataChannels({ crypto: nodeCrypto, random: seededRandom(seed).fork(name), mtu: 1163 });
  const link = { delayMs: rttMs / 2, lossRate, rateBitsPerSecond: RATE, queueBytes: Math.max(65536, (RATE / 8) * (rttMs / 1000)) };
  const pair = connectPair(end("a"), end("b"), { seed, link, mtu: 1500, keepEvents: false });
  const ports = { localPort: 5000, remotePort: 5000, remoteMaxMessageSize: 262144 };
  let channel;
  pair.a.call((protocol, now) => {
    protocol.connect(now, { ...ports, idParity: "even" });
    channel = protocol.open(now, { label: "sweep", protocol: "", ordered: true, negotiated: false, priority: "low" });
  });
  let bytes = 0;
  pair.b.onEvent((event) => {
    if (event.type === "message") bytes += event.data.length;
  });
  pair.b.call((protocol, now) => protocol.connect(now, { ...ports, idParity: "odd" }));
  const fill = () =>
    pair.a.call((protocol, now) => {
      while (protocol.bufferedAmount(channel) < BUFFERED) protocol.send(now, channel, "binary", MESSAGE);
    });
  pair.runFor(4 * rttMs + 50);
  const began = pair.now;
  const before = bytes;
  const stepMs = 20;
  while (pair.now < began + seconds * 1000) {
    fill();
    pair.runFor(stepMs);
  }
  return ((bytes - before) * 8) / ((pair.now - began) / 1000) / 1e6;
}
