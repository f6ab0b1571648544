/** Debian's libsrtp as a child process, compiled on the spot. */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { bytesFromHex, hexFromBytes } from "@purertc/core";
import type { SrtpMasterKey, SrtpProfileName } from "@purertc/srtp";
import { skipLoudly } from "../missing.ts";

/** What a session of libsrtp is made of. */
export interface LibsrtpOptions {
  readonly profile: SrtpProfileName;
  readonly direction: "in" | "out";
  readonly keys: readonly SrtpMasterKey[];
  readonly window?: number;
  readonly encryptedExtensionIds?: readonly number[];
}

/** Bytes, or the number of libsrtp's error. */
export type LibsrtpResult = Uint8Array | number;

export interface LibsrtpSession {
  /** `key`: which of the keys protects. */
  protect(packet: Uint8Array, key?: number): Promise<LibsrtpResult>;
  unprotect(packet: Uint8Array): Promise<LibsrtpResult>;
  protectRtcp(packet: Uint8Array, key?: number): Promise<LibsrtpResult>;
  unprotectRtcp(packet: Uint8Array): Promise<LibsrtpResult>;
  setRolloverCounter(ssrc: number, rolloverCounter: number): Promise<void>;
  close(): Promise<void>;
}

/** libsrtp's own numbers. */
export const LIBSRTP_ERROR = { authentication: 7, replayed: 9, tooOld: 10 } as const;

export interface Libsrtp {
  readonly version: string;
  open(options: LibsrtpOptions): Promise<LibsrtpSession>;
  stop(): void;
}

/** Undefined, with a note, where there is no compiler or no libsrtp2-dev. */
export async function startLibsrtp(): Promise<Libsrtp | undefined> {
  const folder = mkdtempSync(join(tmpdir(), "purertc-libsrtp-"));
  const program = join(folder, "libsrtp-peer");
  try {
    execFileSync("cc", ["-O1", "-o", program, fileURLToPath(new URL("libsrtp-peer.c", import.meta.url)), "-lsrtp2"], { stdio: "pipe" });
  } catch {
    rmSync(folder, { recursive: true });
    skipLoudly("libsrtp is not there to compile with (Debian: apt-get install libsrtp2-dev gcc libc6-dev)");
    return undefined;
  }
  const child = spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => String((await lines.next()).value);
  const ask = async (line: string): Promise<string> => {
    child.stdin.write(`${line}\n`);
    return await next();
  };
  const version = await next();

  async function open({ profile, direction, keys, window = 1024, encryptedExtensionIds = [] }: LibsrtpOptions): Promise<LibsrtpSession> {
    const ids = encryptedExtensionIds.length === 0 ? "-" : hexFromBytes(Uint8Array.from(encryptedExtensionIds));
    const texts = keys.map(({ masterKey, masterSalt, mki }) => {
      const key = hexFromBytes(masterKey) + hexFromBytes(masterSalt);
      return mki === undefined ? key : `${key}:${hexFromBytes(mki)}`;
    });
    const number = answered(await ask(`open ${profile} ${direction} ${window} ${ids} ${texts.join(" ")}`));
    const transform = async (operation: string, packet: Uint8Array, key = 0): Promise<LibsrtpResult> => {
      const answer = await ask(`${operation} ${number} ${key} ${hexFromBytes(packet)}`);
      return answer.startsWith("error ") ? Number(answer.slice(6)) : bytesFromHex(answered(answer));
    };
    return {
      protect: async (packet, key) => transform("protect", packet, key),
      unprotect: async (packet) => transform("unprotect", packet),
      protectRtcp: async (packet, key) => transform("protect_rtcp", packet, key),
      unprotectRtcp: async (packet) => transform("unprotect_rtcp", packet),
      setRolloverCounter: async (ssrc, rolloverCounter) => {
        answered(await ask(`roc ${number} ${ssrc} ${rolloverCounter}`));
      },
      close: async () => {
        answered(await ask(`close ${number}`));
      },
    };
  }

  return {
    version,
    open,
    stop() {
      child.stdin.end();
      rmSync(folder, { recursive: true });
    },
  };
}

/** What stands behind "ok". */
function answered(answer: string): string {
  if (!answer.startsWith("ok")) throw new Error(`libsrtp: ${answer}`);
  return answer.slice(3);
}
