// A file over a data channel, with back-pressure at both ends: memory stays small however large the file.
//   node file-transfer.ts from.bin to.bin     (both peers in this process, for show; Node 22.18 or newer)
import { createReadStream, createWriteStream } from "node:fs";
import { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { type RTCDataChannel, RTCPeerConnection } from "purertc";

const PART = 64 * 1024;
const HIGH_WATER = 1024 * 1024;

/** Sends a file and an empty message that says "the end"; resolves when the other side has closed the channel. */
export async function sendFile(channel: RTCDataChannel, path: string): Promise<void> {
  channel.bufferedAmountLowThreshold = HIGH_WATER / 2;
  const closed = new Promise((resolve) => channel.addEventListener("close", resolve, { once: true }));
  const sink = new Writable({
    write(part: Buffer, _, done) {
      channel.send(part);
      if (channel.bufferedAmount < HIGH_WATER) done();
      else channel.addEventListener("bufferedamountlow", () => done(), { once: true });
    },
  });
  await pipeline(createReadStream(path, { highWaterMark: PART }), sink);
  channel.send(new Uint8Array(0));
  await closed;
}

/** Writes what arrives to a file; resolves when all of it is there. */
export async function receiveFile(channel: RTCDataChannel, path: string): Promise<void> {
  const parts = new Readable({ read: () => undefined });
  channel.binaryType = "arraybuffer";
  channel.onmessage = ({ data }) => void parts.push(data.byteLength > 0 ? Buffer.from(data) : null);
  channel.onclose = () => void parts.destroy(parts.readableEnded ? undefined : new Error("closed before the end"));
  await pipeline(parts, createWriteStream(path));
  channel.close();
}

/** Two peers that know each other, without any signalling but this function; and a channel of each. */
export async function connectedPair(): Promise<{ peers: RTCPeerConnection[]; sender: RTCDataChannel; receiver: RTCDataChannel }> {
  const [a, b] = [new RTCPeerConnection(), new RTCPeerConnection()];
  a.onicecandidate = ({ candidate }) => void b.addIceCandidate(candidate ?? undefined);
  b.onicecandidate = ({ candidate }) => void a.addIceCandidate(candidate ?? undefined);
  const sender = a.createDataChannel("file");
  const receiver = new Promise<RTCDataChannel>((resolve) => {
    b.ondatachannel = ({ channel }) => resolve(channel);
  });
  await a.setLocalDescription();
  await b.setRemoteDescription(a.localDescription!);
  await b.setLocalDescription();
  await a.setRemoteDescription(b.localDescription!);
  return { peers: [a, b], sender, receiver: await receiver };
}

/** Copies a file through WebRTC. */
export async function copyFile(from: string, to: string): Promise<void> {
  const { peers, sender, receiver } = await connectedPair();
  await Promise.all([sendFile(sender, from), receiveFile(receiver, to)]);
  for (const peer of peers) peer.close();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [from, to] = process.argv.slice(2);
  if (from === undefined || to === undefined) throw new Error("usage: node file-transfer.ts from.bin to.bin");
  await copyFile(from, to);
}
