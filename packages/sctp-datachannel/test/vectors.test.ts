import { readFileSync } from "node:fs";
import { bytesFromHex, hexFromBytes, Malformed, type RandomSource, writeU32 } from "@purertc/core";
import { DataChannels, type DataChannelsEvent } from "@purertc/sctp-datachannel";
import { parseDcepMessage, parsePacket, type SctpPacket, writeDcepMessage, writePacket } from "@purertc/sctp-datachannel/codec";
import { describe, expect, test } from "vitest";
import { connectOptions, hmacOnly } from "./two-ends.ts";

type Browser = "chromium" | "firefox";

interface Capture {
  readonly dtlsServer: Browser;
  readonly dtlsClient: Browser;
  readonly packets: readonly { readonly from: Browser; readonly hex: string }[];
}

const NAMES = [
  "dtls12-chromium-firefox-data",
  "dtls12-firefox-chromium-data",
  "dtls13-firefox-chromium-data",
  "dtls13-chromium-firefox-avdata",
];

function capture(name: string): Capture {
  return JSON.parse(readFileSync(new URL(`../../../test-vectors/sctp/${name}.json`, import.meta.url), "utf8"));
}

function parsed(hex: string): SctpPacket {
  const packet = parsePacket(bytesFromHex(hex));
  if (packet instanceof Malformed) throw new Error(`${packet.reason} at ${packet.offset}`);
  return packet;
}

describe.each(NAMES)("%s", (name) => {
  const { packets, dtlsServer, dtlsClient } = capture(name);

  test("RFC 9260 §3: every packet of the browsers has a right checksum, is understood whole and writes back the same", () => {
    const out = new Uint8Array(2048);
    for (const { hex } of packets) {
      const packet = parsed(hex);
      expect(packet.chunks.some((chunk) => chunk.type === "RAW")).toBe(false);
      expect(hexFromBytes(out.subarray(0, writePacket(out, packet)))).toBe(hex);
    }
  });

  test("RFC 8832 §5: every OPEN and ACK of the browsers is understood and writes back the same", () => {
    let opens = 0;
    for (const { hex } of packets) {
      for (const chunk of parsed(hex).chunks) {
        if (chunk.type !== "DATA" || chunk.payloadProtocolId !== 50) continue;
        const message = parseDcepMessage(chunk.userData);
        if (message instanceof Malformed) throw new Error(message.reason);
        if (message.type === "DATA_CHANNEL_OPEN") {
          opens += 1;
          expect([0, 256]).toContain(message.priority);
        }
        expect(writeDcepMessage(message)).toEqual(chunk.userData);
      }
    }
    expect(opens).toBe(2);
  });

  test("RFC 9260 §5.2.1: playing the answerer, INITs collide and the offerer's channels and messages arrive", () => {
    const [sender, played] = [dtlsServer, dtlsClient];
    const init = packets.filter(({ from }) => from === played).map(({ hex }) => parsed(hex).chunks[0]!)[0]!;
    if (init.type !== "INIT") throw new Error("the first packet is no INIT");
    const end = new DataChannels({
      random: scripted([0, init.initiateTag, init.initialTsn]),
      crypto: hmacOnly,
      mtu: 1188,
      interleaving: false,
    });
    end.connect(0, connectOptions("even"));
    const events: DataChannelsEvent[] = [];
    const types: string[] = [];
    const out = new Uint8Array(1500);
    const drain = () => {
      for (let sent = end.pollTransmit(out); sent !== undefined; sent = end.pollTransmit(out)) {
        types.push(
          parsed(hexFromBytes(out.subarray(0, sent.length)))
            .chunks.map((chunk) => chunk.type)
            .join("+"),
        );
      }
      for (let event = end.pollEvent(); event !== undefined; event = end.pollEvent()) events.push(event);
    };
    drain();
    // The recorded COOKIE ECHO holds the other browser's cookie, which is none of ours: the COOKIE ACK makes the association.
    for (const { from, hex } of packets) {
      if (from !== sender) continue;
      const chunk = parsed(hex).chunks[0]!;
      // Its SACKs acknowledge what the other browser sent and we did not.
      if (chunk.type === "SACK" && parsed(hex).chunks.length === 1) continue;
      if (chunk.type === "SACK") {
        const rest = { ...parsed(hex), chunks: parsed(hex).chunks.slice(1) };
        end.handleDatagram(1, out.slice(0, writePacket(out, rest)));
      } else {
        end.handleDatagram(1, bytesFromHex(hex));
      }
      drain();
    }
    expect(types.slice(0, 3)).toEqual(["INIT", "INIT-ACK", "COOKIE-ECHO"]);
    const announced = events.flatMap((event) => (event.type === "channel-announced" ? [event.init] : []));
    expect(announced.map(({ label, protocol, ordered }) => [label, protocol, ordered])).toEqual([
      ["chat", "proto-x", true],
      ["unrel", "", false],
    ]);
    expect(announced[1]!.maxRetransmits).toBe(0);
    const messages = events.flatMap((event) => (event.type === "message" ? [[event.kind, event.data.length]] : []));
    expect(messages).toEqual([
      ["text", 4],
      ["binary", 3000],
      ["text", 0],
      ["binary", 0],
    ]);
    expect(end.stats().association.refused).toMatchObject({ malformed: 0, wrongTag: 0, badChecksum: 0, badCookie: 1 });
    expect(events.at(-1)).toMatchObject({ type: "closed", cause: "peer-abort", sctpCauseCode: 12 });
  });
});

/** Gives these numbers to requests for four bytes (the first for the key, whose value does not matter), then zeros. */
function scripted(numbers: number[]): RandomSource {
  const left = [...numbers];
  return {
    fill(out) {
      out.fill(0);
      const number = left.shift();
      if (number !== undefined) writeU32(out, 0, number);
    },
  };
}
