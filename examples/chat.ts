// Two terminals, two purertc peers, and you are the signalling: copy the line that one prints into the other.
//   node chat.ts            (prints an invitation; then paste the reply)
//   node chat.ts --join     (paste the invitation; prints the reply)
// Node 22.18 or newer runs TypeScript as it is.
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type RTCDataChannel, RTCPeerConnection } from "purertc";

/** Runs one side over a pair of streams until the input or the channel ends. */
export async function chat(role: "invite" | "join", input: NodeJS.ReadableStream, output: NodeJS.WritableStream): Promise<void> {
  const pc = new RTCPeerConnection();
  const lines = createInterface({ input });
  const next = lines[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => (await next.next()).value ?? "";

  const channel = role === "invite" ? pc.createDataChannel("chat") : announced(pc);
  if (role === "invite") {
    output.write(`Invitation:\n${await describe(pc)}\nPaste the reply:\n`);
    await pc.setRemoteDescription({ type: "answer", sdp: decode(await nextLine()) });
  } else {
    output.write("Paste the invitation:\n");
    await pc.setRemoteDescription({ type: "offer", sdp: decode(await nextLine()) });
    output.write(`Reply:\n${await describe(pc)}\n`);
  }
  await talk(await channel, next, lines, output);
  pc.close();
}

function announced(pc: RTCPeerConnection): Promise<RTCDataChannel> {
  return new Promise((resolve) => {
    pc.ondatachannel = ({ channel }) => resolve(channel);
  });
}

/** The local description as one line, with all candidates in it. */
async function describe(pc: RTCPeerConnection): Promise<string> {
  await pc.setLocalDescription();
  while (pc.iceGatheringState !== "complete") {
    await new Promise((resolve) => pc.addEventListener("icegatheringstatechange", resolve, { once: true }));
  }
  return Buffer.from(pc.localDescription?.sdp ?? "").toString("base64");
}

function decode(line: string): string {
  return Buffer.from(line.trim(), "base64").toString();
}

async function talk(channel: RTCDataChannel, next: AsyncIterator<string>, lines: Interface, output: NodeJS.WritableStream): Promise<void> {
  if (channel.readyState !== "open") await new Promise((resolve) => channel.addEventListener("open", resolve, { once: true }));
  output.write("Connected; type away. Ctrl-D ends.\n");
  channel.onmessage = ({ data }) => void output.write(`> ${data}\n`);
  channel.onclose = () => lines.close();
  for (let line = await next.next(); !line.done && channel.readyState === "open"; line = await next.next()) channel.send(line.value);
  if (channel.readyState !== "open") return;
  channel.close(); // what was sent still arrives
  await new Promise((resolve) => channel.addEventListener("close", resolve, { once: true }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await chat(process.argv.includes("--join") ? "join" : "invite", process.stdin, process.stdout);
}
