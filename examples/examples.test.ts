import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { type RTCIceCandidateInit, RTCPeerConnection, type RTCSessionDescriptionInit } from "purertc";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { chat } from "./chat.ts";
import { startEchoServer } from "./echo-server.ts";
import { copyFile } from "./file-transfer.ts";

/** A terminal: what is typed, and a wait for what is shown. */
function terminal() {
  const input = new PassThrough();
  const output = new PassThrough();
  let shown = "";
  output.on("data", (part) => {
    shown += part;
  });
  const until = (pattern: RegExp): Promise<string> =>
    new Promise((resolve) => {
      const look = (): void => {
        const match = pattern.exec(shown);
        if (match === null) return;
        output.off("data", look);
        resolve(match[1] ?? "");
      };
      output.on("data", look);
      look();
    });
  return { input, output, until };
}

test("chat.ts: two people copy two lines and talk", async () => {
  const anna = terminal();
  const ben = terminal();
  const ended = Promise.all([chat("invite", anna.input, anna.output), chat("join", ben.input, ben.output)]);
  ben.input.write(`${await anna.until(/Invitation:\n(\S+)\n/)}\n`);
  anna.input.write(`${await ben.until(/Reply:\n(\S+)\n/)}\n`);
  await Promise.all([anna.until(/Connected/), ben.until(/Connected/)]);
  anna.input.write("hello Ben\n");
  expect(await ben.until(/> (.*)\n/)).toBe("hello Ben");
  ben.input.write("hello Anna\n");
  expect(await anna.until(/> (.*)\n/)).toBe("hello Anna");
  anna.input.end();
  await ended;
});

test("file-transfer.ts: a file arrives whole", async () => {
  const folder = await mkdtemp(join(tmpdir(), "purertc-example-"));
  const bytes = randomBytes(5_000_001);
  await writeFile(join(folder, "from"), bytes);
  await copyFile(join(folder, "from"), join(folder, "to"));
  const hash = (data: Uint8Array) => createHash("sha256").update(data).digest("hex");
  expect(hash(await readFile(join(folder, "to")))).toBe(hash(bytes));
  await rm(folder, { recursive: true });
});

test("echo-server.ts: what a peer sends comes back", async () => {
  const server = await startEchoServer(0);
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no address");
  const pc = new RTCPeerConnection();
  const channel = pc.createDataChannel("echo");
  const socket = new WebSocket(`ws://127.0.0.1:${address.port}`);
  pc.onicecandidate = ({ candidate }) => socket.send(JSON.stringify({ candidate }));
  socket.on("open", async () => {
    await pc.setLocalDescription();
    socket.send(JSON.stringify({ description: pc.localDescription }));
  });
  let last = Promise.resolve();
  socket.on("message", (data) => {
    const signal: { description?: RTCSessionDescriptionInit; candidate?: RTCIceCandidateInit } = JSON.parse(data.toString());
    last = last.then(() => (signal.description ? pc.setRemoteDescription(signal.description) : pc.addIceCandidate(signal.candidate)));
  });
  const echoed = new Promise<unknown>((resolve) => {
    channel.onopen = () => channel.send("are you there?");
    channel.onmessage = ({ data }) => resolve(data);
  });
  expect(await echoed).toBe("are you there?");
  pc.close();
  socket.close();
  server.close();
});
