import { readFileSync } from "node:fs";
import { hexFromBytes } from "@purertc/core";
import { pcapWriter, readPcap } from "@purertc/simulator";
import { expect, test } from "vitest";

const folder = new URL("../../../test-vectors/pcap/", import.meta.url);

/** What `tshark -T fields` says of the same files. */
test.each([
  {
    file: "dtls12-chromium-firefox-data.pcap",
    datagrams: 52,
    bytes: 8259,
    first: { timestampMs: 1_795_164_674_877.918, source: "fd00::2", payload: "000100482112a442ac158dfe709368c83fbf18e80006000d744d7362" },
    flow: { from: ["fd00::2", 43_527], to: ["fd00::2", 36_922], datagrams: 22 },
  },
  {
    file: "dtls13-firefox-chromium-data.pcap",
    datagrams: 64,
    bytes: 13_530,
    first: { timestampMs: 1_795_164_624_771.989, source: "127.0.0.1", payload: "000100502112a4424e44794f6371555567496f4e0006000d6139" },
    flow: { from: ["127.0.0.1", 50_529], to: ["192.0.2.2", 42_075], datagrams: 11 },
  },
])("$file is read as tshark reads it", ({ file, datagrams, bytes, first, flow }) => {
  const all = readPcap(readFileSync(new URL(file, folder)));
  expect(all.length).toBe(datagrams);
  expect(all.reduce((sum, { payload }) => sum + payload.length, 0)).toBe(bytes);
  expect(all[0]!.timestampMs).toBeCloseTo(first.timestampMs, 3);
  expect(all[0]!.source.ip).toBe(first.source);
  expect(hexFromBytes(all[0]!.payload).startsWith(first.payload)).toBe(true);
  const ofFlow = all.filter(({ source, destination }) => source.port === flow.from[1] && destination.port === flow.to[1]);
  expect(ofFlow.length).toBe(flow.datagrams);
  expect([ofFlow[0]!.source.ip, ofFlow[0]!.destination.ip]).toEqual([flow.from[0], flow.to[0]]);
  expect(new Set(ofFlow.map(({ source }) => source)).size).toBe(1); // one object for one address
  expect(readPcap(pcapWriter(all)).map(({ payload }) => payload)).toEqual(all.map(({ payload }) => payload));
});
