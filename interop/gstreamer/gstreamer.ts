/** GStreamer's payloaders and depayloaders, with packets in files: RFC 4571's two octets of length before each. */
import { spawn, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { readU16, writeU16 } from "@purertc/core";
import { skipLoudly } from "../missing.ts";

/** Whether every element is there; when not, it is said once. */
export function hasGstreamer(...elements: readonly string[]): boolean {
  const missing = elements.filter((element) => spawnSync("gst-inspect-1.0", [element], { stdio: "ignore" }).status !== 0);
  if (missing.length === 0) return true;
  const packages = "gstreamer1.0-tools gstreamer1.0-plugins-{base,good,bad}";
  skipLoudly(`GStreamer without ${missing.join(", ")} (Debian: apt-get install ${packages})`);
  return false;
}

/** Runs a pipeline to its end and resolves with the messages of its elements; rejects with what it said when it failed or took too long. */
export async function pipeline(description: string): Promise<string> {
  const child = spawn("gst-launch-1.0", ["-m", ...description.trim().split(/\s+/)], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += String(text)));
  const timer = setTimeout(() => child.kill("SIGKILL"), 60_000);
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  clearTimeout(timer);
  if (code !== 0) throw new Error(`${description}\n${output}`);
  return output;
}

/** The packets of a file that `rtpstreampay` wrote. */
export function readPackets(path: string): Uint8Array[] {
  const file = readFileSync(path);
  const packets: Uint8Array[] = [];
  for (let at = 0; at < file.length; ) {
    const end = at + 2 + readU16(file, at);
    packets.push(Uint8Array.prototype.slice.call(file, at + 2, end));
    at = end;
  }
  return packets;
}

/** A file for `rtpstreamdepay`. */
export function writePackets(path: string, packets: readonly Uint8Array[]): void {
  const file = new Uint8Array(packets.reduce((length, packet) => length + 2 + packet.length, 0));
  let at = 0;
  for (const packet of packets) {
    writeU16(file, at, packet.length);
    file.set(packet, at + 2);
    at += 2 + packet.length;
  }
  writeFileSync(path, file);
}
