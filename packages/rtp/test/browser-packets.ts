import { readFileSync } from "node:fs";
import { bytesFromHex } from "@purertc/core";

/** A packet between Chromium 156 and Firefox 153, decrypted; see test-vectors/README.md. */
export interface BrowserPacket {
  readonly from: "chromium" | "firefox";
  readonly kind: "rtp" | "rtcp";
  readonly bytes: Uint8Array;
}

/** All of them, in the order of the capture. */
export const browserPackets: readonly BrowserPacket[] = (
  JSON.parse(readFileSync(new URL("../../../test-vectors/rtp/browsers-av.json", import.meta.url), "utf8")) as {
    from: BrowserPacket["from"];
    kind: BrowserPacket["kind"];
    hex: string;
  }[]
).map(({ from, kind, hex }) => ({ from, kind, bytes: bytesFromHex(hex) }));
