/**
 * One end of a measured connection, in a process of its own: `worker.mjs <implementation>`, driven over IPC by `run.mjs`.
 * Requests are { id, method, argument }, answers { id, result } or { id, error }.
 */
import { implementations } from "./implementations.mjs";

const { create } = await implementations[process.argv[2]]();
/** Back-pressure as applications do it: fill to HIGH, wait for LOW. */
const HIGH = 4 << 20;
const LOW = 1 << 20;

let connection;
let channel;
let received = { messages: 0, bytes: 0, first: 0, last: 0 };
let onPong;

const methods = {
  async offer() {
    connection = create();
    channel = connection.createDataChannel("bench");
    prepare(channel);
    await connection.setLocalDescription(await connection.createOffer());
    await gathered(connection);
    return connection.localDescription.sdp;
  },
  async answer(sdp) {
    connection = create();
    connection.ondatachannel = (event) => {
      channel = event.channel;
      prepare(channel);
    };
    await connection.setRemoteDescription({ type: "offer", sdp });
    await connection.setLocalDescription(await connection.createAnswer());
    await gathered(connection);
    return connection.localDescription.sdp;
  },
  async accept(sdp) {
    await connection.setRemoteDescription({ type: "answer", sdp });
  },
  async open() {
    for (;;) {
      if (channel?.readyState === "open") return;
      await sleep(5);
    }
  },
  reset() {
    received = { messages: 0, bytes: 0, first: 0, last: 0 };
    cpuStart = cpuMs();
  },
  received() {
    return { ...received, cpuMs: cpuMs() - cpuStart };
  },
  /** Sends `size`-byte messages for `seconds`, then waits until all have left. */
  async send({ size, seconds }) {
    const message = new Uint8Array(size).fill(7);
    cpuStart = cpuMs();
    const end = performance.now() + seconds * 1000;
    let messages = 0;
    while (performance.now() < end) {
      for (let i = 0; i < 64 && channel.bufferedAmount < HIGH; i++) {
        channel.send(message);
        messages += 1;
      }
      if (channel.bufferedAmount >= HIGH) await belowLow();
      else await new Promise(setImmediate);
    }
    const giveUp = performance.now() + 60_000;
    while (channel.bufferedAmount > 0 && performance.now() < giveUp) await sleep(2);
    return { messages, cpuMs: cpuMs() - cpuStart };
  },
  /** Round trips of a small message, one at a time; microseconds, sorted. */
  async ping({ count, warmup }) {
    const message = new Uint8Array(32).fill(1);
    const times = [];
    for (let i = 0; i < count + warmup; i++) {
      const began = performance.now();
      const pong = new Promise((resolve) => {
        onPong = resolve;
      });
      channel.send(message);
      await pong;
      if (i >= warmup) times.push((performance.now() - began) * 1000);
    }
    return times.sort((a, b) => a - b);
  },
  /** Makes pairs in this process, one after another: wall and CPU time from `new` to both channels open. */
  async openPairs({ count, warmup }) {
    const wall = [];
    let cpu = 0;
    for (let i = 0; i < count + warmup; i++) {
      const cpuBefore = cpuMs();
      const began = performance.now();
      const pair = await openPair();
      if (i >= warmup) {
        wall.push(performance.now() - began);
        cpu += cpuMs() - cpuBefore;
      }
      await pair.close();
    }
    return { wall: wall.sort((a, b) => a - b), cpuMs: cpu / count };
  },
  /** Memory of `count` idle connected pairs. */
  async idlePairs({ count }) {
    for (let i = 0; i < 5; i++) await (await openPair()).close();
    await sleep(500);
    const before = memory();
    const pairs = [];
    for (let i = 0; i < count; i++) pairs.push(await openPair());
    await sleep(1500);
    const after = memory();
    for (const pair of pairs) await pair.close();
    return { heap: (after.heap - before.heap) / (2 * count), rss: (after.rss - before.rss) / (2 * count) };
  },
  exit() {
    setTimeout(() => process.kill(process.pid, "SIGKILL"), 20); // libwebrtc's binding crashes on a normal exit
  },
};

let cpuStart = 0;
function cpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function memory() {
  for (let i = 0; i < 4; i++) globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, rss };
}

function prepare(target) {
  target.binaryType = "arraybuffer";
  target.bufferedAmountLowThreshold = LOW;
  target.onmessage = ({ data }) => {
    const length = data.byteLength ?? data.length;
    if (length === 32) {
      if (new Uint8Array(data)[0] === 1) target.send(new Uint8Array(32).fill(2));
      else onPong?.();
      return;
    }
    received.messages += 1;
    received.bytes += length;
    received.last = performance.now();
    if (received.first === 0) received.first = received.last;
  };
}

/** Whichever comes first: the event, or a look every few milliseconds for implementations without it. */
async function belowLow() {
  await new Promise((resolve) => {
    const timer = setInterval(() => {
      if (channel.bufferedAmount <= LOW) done();
    }, 4);
    const done = () => {
      clearInterval(timer);
      channel.onbufferedamountlow = null;
      resolve();
    };
    channel.onbufferedamountlow = done;
  });
}

async function openPair() {
  const a = create();
  const b = create();
  // Candidates may come before the other side's description is set; they wait.
  const trickle = (from, to, ready) => {
    from.onicecandidate = ({ candidate }) => {
      if (candidate) ready.then(() => to.addIceCandidate(candidate)).catch(() => {});
    };
  };
  let offerSet;
  let answerSet;
  trickle(a, b, new Promise((resolve) => (offerSet = resolve)));
  trickle(b, a, new Promise((resolve) => (answerSet = resolve)));
  const remote = new Promise((resolve) => {
    b.ondatachannel = ({ channel: incoming }) => resolve(incoming);
  });
  const local = a.createDataChannel("pair");
  const opened = new Promise((resolve) => {
    local.onopen = resolve;
  });
  await a.setLocalDescription(await a.createOffer());
  await b.setRemoteDescription(a.localDescription);
  offerSet();
  await b.setLocalDescription(await b.createAnswer());
  await a.setRemoteDescription(b.localDescription);
  answerSet();
  await Promise.all([opened, remote]);
  return {
    close: async () => {
      await Promise.all([a.close(), b.close()]);
    },
  };
}

async function gathered(target) {
  const giveUp = performance.now() + 15_000;
  while (target.iceGatheringState !== "complete" && performance.now() < giveUp) await sleep(5);
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

process.on("message", async ({ id, method, argument }) => {
  try {
    process.send({ id, result: await methods[method](argument) });
  } catch (error) {
    process.send({ id, error: String(error?.stack ?? error) });
  }
});
process.on("uncaughtException", (error) => console.error(`${process.argv[2]}: ${error?.stack ?? error}`));
