/** The types that users get: without `skipLibCheck`, with and without those of the DOM beside ours. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const ROOT = resolve(fileURLToPath(import.meta.url), "../../..");

const PROGRAM = `import { EncodedTrackGenerator, MediaStream, RTCPeerConnection, RtpTrackProcessor } from "purertc";
import { MediaRecorder, openMedia, play, recordToFile, tone } from "@purertc/media";
import { createOpusEncoder } from "@purertc/codecs/opus";
const pc = new RTCPeerConnection();
pc.ontrack = ({ track, streams }) => {
  void recordToFile([track], "recording.webm");
  new MediaRecorder(streams[0] ?? new MediaStream([track]), { mimeType: "video/webm" }).start();
  new RtpTrackProcessor({ track, onpacket: (packet, info) => console.log(packet.length, info.codec.mimeType) });
};
const generator = new EncodedTrackGenerator({ kind: "audio" });
pc.addTrack(generator.track);
export const all = [openMedia, play, tone, createOpusEncoder];
`;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "purertc-types-"));
  const modules = join(folder, "node_modules");
  await mkdir(join(modules, "@purertc"), { recursive: true });
  await symlink(join(ROOT, "packages/purertc"), join(modules, "purertc"));
  for (const name of ["media", "codecs"]) await symlink(join(ROOT, "packages", name), join(modules, "@purertc", name));
  await symlink(join(ROOT, "node_modules/@types"), join(modules, "@types"));
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  await writeFile(join(folder, "program.ts"), PROGRAM);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each([[["es2023"]], [["es2023", "dom", "dom.iterable", "dom.asynciterable"]]])(
  "the types of all packages check with %j",
  async (lib) => {
    const compilerOptions = {
      module: "nodenext",
      target: "es2023",
      lib,
      types: ["node"],
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
    };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["program.ts"] }));
    const output = await promisify(execFile)(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", folder]).then(
      ({ stdout }) => stdout,
      (error: { readonly stdout: string; readonly message: string }) => error.stdout || error.message,
    );
    expect(output).toBe("");
  },
);
