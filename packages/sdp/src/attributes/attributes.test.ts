import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ATTRIBUTE_GRAMMARS, type AttributeName, type AttributeValues } from "./index.ts";

type Case<Name extends AttributeName> = readonly [text: string | undefined, value: AttributeValues[Name]];

/** Texts and what they mean. Each must also be written back as it came. */
const GOOD: { readonly [Name in AttributeName]: readonly Case<Name>[] } = {
  "bundle-only": [[undefined, true]],
  candidate: [
    [
      "1 1 udp 2122194687 127.0.0.1 49473 typ host generation 0 network-id 3",
      "1 1 udp 2122194687 127.0.0.1 49473 typ host generation 0 network-id 3",
    ],
    ["0 1 UDP 2122187007 93fe51a1-101b.local 43332 typ host", "0 1 UDP 2122187007 93fe51a1-101b.local 43332 typ host"],
  ],
  connection: [["existing", "existing"]],
  crypto: [
    [
      "9 OTHER uri:https|//example KDR=1 UNENCRYPTED_SRTP",
      {
        tag: 9,
        suite: "OTHER",
        keys: [{ method: "uri", info: "https|//example" }],
        sessionParameters: ["KDR=1", "UNENCRYPTED_SRTP"],
      },
    ],
    [
      "1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR|2^20|1:4",
      {
        tag: 1,
        suite: "AES_CM_128_HMAC_SHA1_80",
        keys: [
          {
            method: "inline",
            info: "PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR|2^20|1:4",
            keyAndSalt: "PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR",
            lifetime: "2^20",
            mki: { value: "1", length: 4 },
          },
        ],
        sessionParameters: [],
      },
    ],
    [
      "2 F8_128_HMAC_SHA1_80 inline:MTIzNDU2Nzg5QUJDREUwMTIzNDU2Nzg5QUJjZGVm|1:4;inline:QUJjZGVmMTIzNDU2Nzg5QUJDREUwMTIzNDU2Nzg5|2:4 FEC_ORDER=FEC_SRTP",
      {
        tag: 2,
        suite: "F8_128_HMAC_SHA1_80",
        keys: [
          {
            method: "inline",
            info: "MTIzNDU2Nzg5QUJDREUwMTIzNDU2Nzg5QUJjZGVm|1:4",
            keyAndSalt: "MTIzNDU2Nzg5QUJDREUwMTIzNDU2Nzg5QUJjZGVm",
            mki: { value: "1", length: 4 },
          },
          {
            method: "inline",
            info: "QUJjZGVmMTIzNDU2Nzg5QUJDREUwMTIzNDU2Nzg5|2:4",
            keyAndSalt: "QUJjZGVmMTIzNDU2Nzg5QUJDREUwMTIzNDU2Nzg5",
            mki: { value: "2", length: 4 },
          },
        ],
        sessionParameters: ["FEC_ORDER=FEC_SRTP"],
      },
    ],
  ],
  "end-of-candidates": [[undefined, true]],
  extmap: [
    ["1 urn:ietf:params:rtp-hdrext:toffset", { id: 1, uri: "urn:ietf:params:rtp-hdrext:toffset" }],
    ["2/recvonly urn:x", { id: 2, direction: "recvonly", uri: "urn:x" }],
    ["4 urn:ietf:params:rtp-hdrext:encrypt urn:y a b", { id: 4, uri: "urn:ietf:params:rtp-hdrext:encrypt", attributes: "urn:y a b" }],
  ],
  "extmap-allow-mixed": [[undefined, true]],
  fingerprint: [["sha-256 0A:FF", { hash: "sha-256", value: "0A:FF" }]],
  fmtp: [
    ["111 minptime=10;useinbandfec=1", { format: "111", parameters: "minptime=10;useinbandfec=1" }],
    ["101 0-15", { format: "101", parameters: "0-15" }],
  ],
  framerate: [["29.97", 29.97]],
  group: [
    ["BUNDLE 0 1", { semantics: "BUNDLE", mids: ["0", "1"] }],
    ["BUNDLE", { semantics: "BUNDLE", mids: [] }],
  ],
  "ice-lite": [[undefined, true]],
  "ice-mismatch": [[undefined, true]],
  "ice-options": [["trickle ice2", ["trickle", "ice2"]]],
  "ice-pacing": [["50", 50]],
  "ice-pwd": [["0lQeqzqGQBvxLoBzkP1Tutpc", "0lQeqzqGQBvxLoBzkP1Tutpc"]],
  "ice-ufrag": [["m9Tl", "m9Tl"]],
  identity: [
    ["eyJpZHAi==", { assertion: "eyJpZHAi==", extensions: [] }],
    ["eyJp a=b;c", { assertion: "eyJp", extensions: ["a=b", "c"] }],
  ],
  imageattr: [
    [
      "97 send [x=800,y=640,sar=1.1,q=0.6] [x=480,y=320] recv [x=330,y=250]",
      {
        payloadType: 97,
        send: [
          [
            ["x", "800"],
            ["y", "640"],
            ["sar", "1.1"],
            ["q", "0.6"],
          ],
          [
            ["x", "480"],
            ["y", "320"],
          ],
        ],
        recv: [
          [
            ["x", "330"],
            ["y", "250"],
          ],
        ],
      },
    ],
    [
      "* send [x=[480:16:800],y=[320:16:640],par=[1.2-1.3]] recv *",
      {
        payloadType: "*",
        send: [
          [
            ["x", "[480:16:800]"],
            ["y", "[320:16:640]"],
            ["par", "[1.2-1.3]"],
          ],
        ],
        recv: "*",
      },
    ],
  ],
  inactive: [[undefined, true]],
  label: [["main", "main"]],
  "max-message-size": [
    ["262144", 262_144],
    ["0", 0],
  ],
  maxptime: [["60", 60]],
  mid: [["0", "0"]],
  msid: [
    ["stream", { id: "stream" }],
    ["{a} {b}", { id: "{a}", appData: "{b}" }],
  ],
  "msid-semantic": [["WMS *", { semantic: "WMS", ids: ["*"] }]],
  ptime: [["20", 20]],
  recvonly: [[undefined, true]],
  "remote-candidates": [
    [
      "1 192.0.2.1 5000 2 192.0.2.1 5001",
      [
        { component: 1, address: "192.0.2.1", port: 5000 },
        { component: 2, address: "192.0.2.1", port: 5001 },
      ],
    ],
  ],
  rid: [
    ["q send", { id: "q", direction: "send", restrictions: [] }],
    [
      "hi recv pt=97,98;max-width=1280;max-fps",
      {
        id: "hi",
        direction: "recv",
        payloadTypes: [97, 98],
        restrictions: [
          ["max-width", "1280"],
          ["max-fps", undefined],
        ],
      },
    ],
  ],
  rtcp: [
    ["53020", { port: 53_020 }],
    ["9 IN IP4 0.0.0.0", { port: 9, netType: "IN", addressType: "IP4", address: "0.0.0.0" }],
  ],
  "rtcp-fb": [
    ["96 nack pli", { payloadType: 96, type: "nack", parameter: "pli" }],
    ["* transport-cc", { payloadType: "*", type: "transport-cc" }],
  ],
  "rtcp-mux": [[undefined, true]],
  "rtcp-mux-only": [[undefined, true]],
  "rtcp-rsize": [[undefined, true]],
  "rtcp-xr": [
    ["rcvr-rtt=all stat-summary=loss,dup", ["rcvr-rtt=all", "stat-summary=loss,dup"]],
    [undefined, []],
  ],
  rtpmap: [
    ["111 opus/48000/2", { payloadType: 111, encodingName: "opus", clockRate: 48_000, encodingParameters: "2" }],
    ["0 PCMU/8000", { payloadType: 0, encodingName: "PCMU", clockRate: 8000 }],
  ],
  "sctp-init": [["AQAAHiZO8pAAUAAA/////wxkHzPAAAAEgAgABoLA", "AQAAHiZO8pAAUAAA/////wxkHzPAAAAEgAgABoLA"]],
  "sctp-port": [["5000", 5000]],
  sctpmap: [
    ["5000 webrtc-datachannel 1024", { port: 5000, protocol: "webrtc-datachannel", streams: 1024 }],
    ["5000 webrtc-datachannel", { port: 5000, protocol: "webrtc-datachannel" }],
  ],
  sendonly: [[undefined, true]],
  sendrecv: [[undefined, true]],
  setup: [["actpass", "actpass"]],
  simulcast: [
    [
      "send q,~h;f recv 1",
      {
        send: [
          [
            { id: "q", paused: false },
            { id: "h", paused: true },
          ],
          [{ id: "f", paused: false }],
        ],
        recv: [[{ id: "1", paused: false }]],
      },
    ],
    ["recv q", { recv: [[{ id: "q", paused: false }]] }],
  ],
  ssrc: [
    ["914925749 cname:{3daab8c7}", { ssrc: 914_925_749, attribute: "cname", value: "{3daab8c7}" }],
    ["1 msid:a b", { ssrc: 1, attribute: "msid", value: "a b" }],
    ["1 label", { ssrc: 1, attribute: "label" }],
  ],
  "ssrc-group": [["FID 1 4294967295", { semantics: "FID", ssrcs: [1, 4_294_967_295] }]],
  "tls-id": [["01234567890123456789", "01234567890123456789"]],
  tool: [["purertc 1.0", "purertc 1.0"]],
};

/** Texts each grammar refuses. `undefined` is the bare name. */
const BAD: { readonly [Name in AttributeName]: readonly (string | undefined)[] } = {
  "bundle-only": ["", "x"],
  candidate: [
    undefined,
    "",
    "1 1 udp 1 1.2.3.4 5 host",
    "1 1 udp 1 1.2.3.4 70000 typ host",
    "1 x udp 1 1.2.3.4 5 typ host",
    "1 1 udp -1 1.2.3.4 5 typ host",
    "a*b 1 udp 1 1.2.3.4 5 typ host",
    `${"a".repeat(33)} 1 udp 1 1.2.3.4 5 typ host`,
    "1 1 udp 1 1.2.3.4 5 typ",
    "1  udp 1 1.2.3.4 5 typ host",
  ],
  connection: [undefined, "old"],
  crypto: [
    undefined,
    "1",
    "1 AES",
    "x AES inline:AAAA",
    "1 AES inline:",
    "1 AES inline",
    "1 AES inline:****",
    "1 AES inline:AAAA|x:1",
    "1 AES inline:AAAA|1:129",
    "1 AES inline:AAAA|2^20|2^20",
    "1 AES inline:AAAA|1:1|2^20",
    "1 AES inline:AAAA|2^20|1:1|1:1",
    "1 A-S inline:AAAA",
    "1 AES inline:AAAA ",
  ],
  "end-of-candidates": [""],
  extmap: [undefined, "x urn:a", "1", "1/both urn:a", "70000 urn:a", "1 "],
  "extmap-allow-mixed": ["1"],
  fingerprint: [undefined, "sha-256", "sha-256 0A:F", "sha-256 0A:FF:", "sha-256 0AFF", " 0A", "sha-256  0A"],
  fmtp: [undefined, "111", "111 ", " a"],
  framerate: [undefined, "0", "-1", "x", "1."],
  group: [undefined, "", "BUNDLE ", "BUNDLE 0  1"],
  "ice-lite": ["1"],
  "ice-mismatch": ["1"],
  "ice-options": [undefined, "", "a  b"],
  "ice-pacing": [undefined, "x", "99999999999"],
  "ice-pwd": [undefined, "short", "a".repeat(21), "a".repeat(257), `${"a".repeat(22)} `],
  "ice-ufrag": [undefined, "abc", "a".repeat(257), "ab cd", "abc\u00e9"],
  identity: [undefined, "", "no!", "AAAA "],
  imageattr: [
    undefined,
    "97",
    "97 send",
    "97 both *",
    "97 send [x]",
    "97 send x=1",
    "97 send [x=1] send [x=2]",
    "97 send [x=[1,y=2]",
    "97 send [x=1]]",
    "97 send []",
    "128 send *",
  ],
  inactive: [""],
  label: [undefined, "", "a b"],
  "max-message-size": [undefined, "", "-1", "1.5", "1".repeat(33)],
  maxptime: [undefined, "x"],
  mid: [undefined, "", "a b", "a:b"],
  msid: [undefined, "", "a b c", " a"],
  "msid-semantic": [undefined, ""],
  ptime: [undefined, "0", ""],
  recvonly: [""],
  "remote-candidates": [undefined, "", "1 a", "1 a 2 3", "x a 2"],
  rid: [undefined, "q", "q both", "q send pt=200", "q send max-width=1;pt=97", "q send a b", "q! send", "q send ;"],
  rtcp: [undefined, "70000", "9 IN", "9 IN IP4", "9 IN IP4 a b"],
  "rtcp-fb": [undefined, "96", "128 nack", "x nack", "96 nack "],
  "rtcp-mux": ["x"],
  "rtcp-mux-only": ["x"],
  "rtcp-rsize": ["x"],
  "rtcp-xr": ["a  b"],
  rtpmap: [undefined, "111", "128 opus/48000", "111 opus", "111 opus/x", "111 opus/48000/2/3", "111 /48000", "111 opus/48000/"],
  "sctp-init": [undefined, "", "a b", "===="],
  "sctp-port": [undefined, "", "65536", "-1"],
  sctpmap: [undefined, "5000", "70000 a", "5000 a b", "5000 a 1 2"],
  sendonly: [""],
  sendrecv: [""],
  setup: [undefined, "", "ACTIVE", "both"],
  simulcast: [undefined, "", "send", "send q send h", "both q", "send q;", "send q recv", "send ~"],
  ssrc: [undefined, "x cname:a", "1", "4294967296 cname:a", "1 :a"],
  "ssrc-group": [undefined, "", "FID x", "FID 4294967296"],
  "tls-id": [undefined, "0123456789012345678", "a".repeat(256), "0123456789012345678 9"],
  tool: [undefined, ""],
};

const NAMES = Object.keys(ATTRIBUTE_GRAMMARS) as AttributeName[];

test.each(NAMES)("RFC 8866 §5.13: a=%s is read, written back, and refused when its grammar is not followed", (name) => {
  expect(GOOD[name].length).toBeGreaterThan(0);
  for (const [text, value] of GOOD[name]) {
    expect(ATTRIBUTE_GRAMMARS[name].parse(text)).toEqual(value);
    expect(written(name, value)).toBe(text);
  }
  for (const text of BAD[name]) expect(ATTRIBUTE_GRAMMARS[name].parse(text), `a=${name}:${text}`).toBeUndefined();
});

test("RFC 8866 §5.13: whatever text an attribute has, its grammar gives a value that survives writing, or undefined", () => {
  const pieces = fc.constantFrom(..." :;,|=/[]~*0123456789", "send", "recv", "inline:", "typ", "IN", "x", "pt", "2^20", "AAAA", "host");
  const text = fc.oneof(
    fc.string(),
    fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(fc.constantFrom(...NAMES), fc.option(text, { nil: undefined }), (name, input) => {
      const value = ATTRIBUTE_GRAMMARS[name].parse(input);
      if (value !== undefined) expect(ATTRIBUTE_GRAMMARS[name].parse(written(name, value))).toEqual(value);
    }),
    { numRuns: 5000 },
  );
});

test("RFC 8866 §5.13: a value that follows the grammar and lost, doubled or changed a character is still read to a value or refused", () => {
  const texts = NAMES.flatMap((name) => GOOD[name].flatMap(([text]) => (text === undefined ? [] : [[name, text] as const])));
  const edit = fc.record({ at: fc.nat(200), drop: fc.nat(3), put: fc.string({ maxLength: 2 }) });
  fc.assert(
    fc.property(fc.constantFrom(...texts), edit, ([name, text], { at, drop, put }) => {
      const changed = text.slice(0, at) + put + text.slice(at + drop);
      const value = ATTRIBUTE_GRAMMARS[name].parse(changed);
      if (value !== undefined) expect(ATTRIBUTE_GRAMMARS[name].parse(written(name, value))).toEqual(value);
    }),
    { numRuns: 5000 },
  );
});

test("RFC 8122 §5: fingerprints in the other case mean the same", () => {
  expect(ATTRIBUTE_GRAMMARS.fingerprint.parse("SHA-256 0a:ff")).toEqual({ hash: "sha-256", value: "0A:FF" });
});

test("RFC 8841 §6.1: a limit beyond what a number holds is the largest number", () => {
  expect(ATTRIBUTE_GRAMMARS["max-message-size"].parse("18446744073709551615")).toBe(Number.MAX_SAFE_INTEGER);
});

test("INTEROP Chromium 156: a=msid-semantic with a space after the colon", () => {
  expect(ATTRIBUTE_GRAMMARS["msid-semantic"].parse(" WMS stream")).toEqual({ semantic: "WMS", ids: ["stream"] });
  expect(ATTRIBUTE_GRAMMARS["msid-semantic"].parse(" WMS")).toEqual({ semantic: "WMS", ids: [] });
});

test("INTEROP: ice-ufrag with the extra characters that libwebrtc takes", () => {
  expect(ATTRIBUTE_GRAMMARS["ice-ufrag"].parse("a-b_c=#")).toBe("a-b_c=#");
});

function written<Name extends AttributeName>(name: Name, value: AttributeValues[Name]): string | undefined {
  return ATTRIBUTE_GRAMMARS[name].write(value);
}
