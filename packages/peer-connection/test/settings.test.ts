/** What is wrong with the settings is said by the constructor, not by an exception in the middle of a handshake. */
import { InvalidArgumentError } from "@purertc/core";
import { expect, test } from "vitest";
import { type PeerConnectionSettings, supportedMedia } from "../src/index.ts";
import { virtualPeers } from "./virtual-host.ts";

const invalid = (value: unknown): never => value as never;

const wrong: readonly (readonly [string, PeerConnectionSettings])[] = [
  ["PEER_SETTING", { mtu: 575 }],
  ["PEER_SETTING", { mtu: 1200.5 }],
  ["PEER_SETTING", { mtu: 1e9 }],
  ["PEER_SETTING", { localMtu: -1 }],
  ["PEER_SETTING", { maxMessageSize: -1 }],
  ["PEER_SETTING", { maxMessageSize: Number.NaN }],
  ["PEER_SETTING", { maxBufferedAmount: 0 }],
  ["PEER_SETTING", { portRange: { min: 0, max: 10 } }],
  ["PEER_SETTING", { portRange: { min: 10, max: 9 } }],
  ["PEER_SETTING", { portRange: { min: 10, max: 65_536 } }],
  ["PEER_SETTING", { addressFilter: invalid(1) }],
  ["PEER_SETTING", { interfaceFilter: invalid("eth0") }],
  ["PEER_SETTING", { receiveBufferSize: -5 }],
  ["PEER_SETTING", { sendBufferSize: invalid("x") }],
  ["PEER_SETTING", { cryptex: invalid(true) }],
  ["PEER_SETTING", { headerExtensionEncryption: invalid("always") }],
  ["PEER_SETTING", { rtp: { packetHistory: 1000 } }],
  ["PEER_SETTING", { rtp: { maxQueuedPackets: 0 } }],
  ["PEER_SETTING", { rtp: { maxReceivedSsrcs: 1.5 } }],
  ["PEER_SETTING", { rtp: { initialBitrate: Number.NaN } }],
  ["PEER_SETTING", { rtp: { minBitrate: 2e8 } }],
  ["PEER_SETTING", { rtp: { maxJitterDelayMs: -1 } }],
  ["ICE_OPTION_RANGE", { ice: { taMs: 4 } }],
  ["ICE_OPTION_RANGE", { ice: { consentIntervalMs: Number.NaN } }],
  ["ICE_OPTION_RANGE", { ice: { maxPairs: 0 } }],
  ["ICE_OPTION_RANGE", { ice: { maxRequests: 1.5 } }],
  ["ICE_OPTION_RANGE", { ice: { rtoMs: invalid("500") } }],
  ["DTLS_CIPHER_SUITES", { dtls: { cipherSuites: [invalid("TLS_NULL_WITH_NULL_NULL")] } }],
  ["DTLS_CIPHER_SUITES", { dtls: { cipherSuites: [] } }],
  ["DTLS_GROUPS", { dtls: { groups: [invalid("ffdhe2048")] } }],
  ["DTLS_TIMER", { dtls: { initialRetransmissionMs: 0 } }],
  ["DTLS_REPLAY_WINDOW", { dtls: { replayWindow: 100 } }],
  ["SCTP_OPTION_RANGE", { sctp: { rtoMinMs: -1 } }],
  ["SCTP_OPTION_RANGE", { sctp: { maxIncomingChannels: -1 } }],
];

test.each(wrong)("PeerConnectionSettings: %s for %o", (code, settings) => {
  let thrown: unknown;
  try {
    virtualPeers().create({}, settings);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(InvalidArgumentError);
  expect(thrown).toMatchObject({ code });
});

test("PeerConnectionSettings: undefined is as good as absent", () => {
  const undefinedTunables: object = { taMs: undefined, maxPairs: undefined };
  virtualPeers().create({}, { ice: undefinedTunables, portRange: { min: 9, max: 9 }, receiveBufferSize: 1, addressFilter: () => true });
});

test.each<[string, unknown]>([
  ["audio alone", { audio: supportedMedia.audio }],
  ["codecs that are no array", { ...supportedMedia, video: { codecs: {}, headerExtensions: [] } }],
  ["a codec of the other kind", { ...supportedMedia, video: supportedMedia.audio }],
  [
    "a codec without feedback",
    { ...supportedMedia, audio: { codecs: [{ mimeType: "audio/opus", clockRate: 48_000 }], headerExtensions: [] } },
  ],
  [
    "a codec without clock rate",
    { ...supportedMedia, audio: { codecs: [{ mimeType: "audio/opus", rtcpFeedback: [] }], headerExtensions: [] } },
  ],
  ["an extension without direction", { ...supportedMedia, audio: { codecs: [], headerExtensions: [{ uri: "urn:x" }] } }],
])("PeerConnectionSettings.media: %s is refused when the connection is made: %#", (_, media) => {
  expect(() => virtualPeers().create({}, { media: media as never })).toThrow(/^The setting media\.(audio|video)\./);
});
