// The main job: two purertc peers in two processes, many megabytes over one reliable channel, checked at the far end.
import { fork } from "node:child_process";
import { createHash, randomFillSync } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { RTCPeerConnection } from "purertc";
import { describeConnection } from "./describe.mjs";
import { Progress } from "./progress.mjs";

const MESSAGE_BYTES = 65_536;
/** Refill at half of this: `bufferedAmount` never runs dry, and memory stays small. */
const HIGH_WATER = 4 * 1024 * 1024;
/** Nothing on one machine takes this long; without it a hang would look like patience. */
const CONNECT_TIMEOUT_MS = 20_000;
const STALL_TIMEOUT_MS = 30_000;

/** Sends `total` bytes to a process of its own and prints what was negotiated and how fast it went. Throws when a byte differs. */
export async function transfer(total) {
  const child = fork(fileURLToPath(new URL("./receiver.mjs", import.meta.url)));
  const pc = new RTCPeerConnection();
  try {
    const ended = new Promise((_, reject) => {
      child.once("exit", (code, signal) => reject(new Error(`the receiving process ended (${signal ?? code})`)));
      pc.addEventListener("connectionstatechange", () => {
        if (pc.connectionState === "failed") reject(new Error("the connection failed"));
      });
    });
    await Promise.race([run(pc, child, total), ended]);
  } finally {
    pc.close();
    child.removeAllListeners("exit");
    child.kill();
  }
}

async function run(pc, child, total) {
  const started = performance.now();
  const channel = pc.createDataChannel("bulk");
  signal(pc, child);
  await pc.setLocalDescription();
  child.send({ total, description: pc.localDescription });
  await within(CONNECT_TIMEOUT_MS, "connecting", opened(channel));
  process.stdout.write(`Two processes (${process.pid} and ${child.pid}) connected in ${Math.round(performance.now() - started)} ms\n`);
  process.stdout.write(`${await describeConnection(pc)}\n\n`);

  const verdict = new Promise((resolve) => {
    child.on("message", (message) => message.received && resolve(message.received));
  });
  const begun = performance.now();
  const sent = await send(channel, total);
  const received = await within(STALL_TIMEOUT_MS, "the last bytes", verdict);
  const seconds = (performance.now() - begun) / 1000;
  if (received.bytes !== total || received.hash !== sent.hash) {
    throw new Error(`sent ${total} bytes with SHA-256 ${sent.hash}, but ${received.bytes} with ${received.hash} arrived`);
  }
  process.stdout.write(`Verified: ${total.toLocaleString("en")} bytes, SHA-256 ${sent.hash.slice(0, 16)}… at both ends\n`);
  process.stdout.write(`Rate:     ${(total / 1e6 / seconds).toFixed(1)} MB/s (${seconds.toFixed(2)} s)\n`);
}

/** Descriptions and candidates both ways over the pipe between the processes. */
function signal(pc, child) {
  pc.addEventListener("icecandidate", ({ candidate }) => child.connected && child.send({ candidate }));
  // The answer must be in place before the candidates that belong to it, so messages are handled one after the other.
  let last = Promise.resolve();
  child.on("message", ({ description, candidate }) => {
    if (description) last = last.then(() => pc.setRemoteDescription(description));
    else if (candidate) last = last.then(() => pc.addIceCandidate(candidate));
  });
}

async function opened(channel) {
  if (channel.readyState !== "open") await once(channel, "open");
}

/** Sends messages that each begin with their number, over bytes nobody can guess. */
async function send(channel, total) {
  const hash = createHash("sha256");
  const message = randomFillSync(Buffer.alloc(MESSAGE_BYTES));
  const progress = new Progress(total);
  channel.bufferedAmountLowThreshold = HIGH_WATER / 2;
  for (let sent = 0, number = 0; sent < total; number++) {
    if (channel.bufferedAmount > HIGH_WATER) {
      await within(STALL_TIMEOUT_MS, "sending 2 MB", once(channel, "bufferedamountlow"));
      progress.show(sent - channel.bufferedAmount);
    }
    message.writeUInt32BE(number);
    const part = message.subarray(0, Math.min(MESSAGE_BYTES, total - sent));
    hash.update(part);
    channel.send(part);
    sent += part.length;
  }
  while (channel.bufferedAmount > 0 && channel.readyState === "open") {
    await new Promise((resolve) => setTimeout(resolve, 5));
    progress.show(total - channel.bufferedAmount);
  }
  progress.end();
  return { hash: hash.digest("hex") };
}

async function within(ms, what, promise) {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than ${ms / 1000} s`)), ms);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}
