/** Packets of the browsers, spoiled: nothing throws, nothing grows beyond what was sent. */

import { Malformed } from "@purertc/core";
import { seededRandom } from "@purertc/simulator";
import { expect, test } from "vitest";
import { parseHeaderExtensions, parseRtcp, parseRtpPacket, RtpReader } from "../src/index.ts";
import { browserPackets } from "./browser-packets.ts";

test("RFC 3550 A.1, A.2: any spoiled packet is a packet or Malformed", () => {
  const random = seededRandom(11);
  const reader = new RtpReader();
  let refused = 0;
  for (let round = 0; round < 40; round++) {
    for (const { kind, bytes } of browserPackets) {
      const spoiled = bytes.slice(0, random.chance(0.3) ? random.integer(0, bytes.length) : bytes.length);
      for (let i = random.integer(1, 4); i > 0 && spoiled.length > 0; i--) {
        spoiled[random.chance(0.7) ? random.integer(0, Math.min(40, spoiled.length) - 1) : random.integer(0, spoiled.length - 1)] =
          random.integer(0, 255);
      }
      if (kind === "rtcp") {
        if (parseRtcp(spoiled) instanceof Malformed) refused += 1;
        continue;
      }
      const packet = parseRtpPacket(spoiled);
      const fault = reader.read(spoiled);
      expect(fault === undefined).toBe(!(packet instanceof Malformed));
      if (packet instanceof Malformed) refused += 1;
      else {
        if (packet.extension !== undefined) parseHeaderExtensions(packet.extension);
        for (let id = 1; id < 15; id++) {
          const at = reader.extension(id);
          if (at >= 0) expect(at + reader.extensionLength(at)).toBeLessThanOrEqual(reader.headerLength);
        }
      }
    }
  }
  expect(refused).toBeGreaterThan(300);
});

test("transport-wide-cc-01 §3.1: a datagram of run-length chunks makes no long lists", () => {
  // 41 feedback messages of 40 octets, each claiming 65 535 packets, none received
  const message = [0x8f, 205, 0, 9, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0xff, 0xff, 0, 0, 0, 0];
  for (let i = 0; i < 9; i++) message.push(0x1f, 0xff);
  message.push(0, 0);
  const bytes = Uint8Array.from(new Array(41).fill(message).flat());
  const packets = parseRtcp(bytes);
  if (packets instanceof Malformed) throw new Error(packets.reason);
  expect(packets.length).toBe(41);
  for (const packet of packets) expect(packet).toMatchObject({ packetStatusCount: 65_535, received: [] });
});
