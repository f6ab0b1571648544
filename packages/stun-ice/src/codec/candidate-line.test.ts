import fc from "fast-check";
import { expect, test } from "vitest";
import { formatCandidateLine, type IceCandidate, parseCandidateLine } from "./candidate-line.ts";

const HOST = "candidate:1 1 udp 2122252543 192.0.2.1 5000 typ host";

function reason(line: string): unknown {
  const result = parseCandidateLine(line);
  return "reason" in result ? [result.reason, result.offset] : "parsed";
}

test("RFC 8839 §5.1: a host candidate, with and without a=", () => {
  const expected = {
    foundation: "1",
    component: 1,
    transport: "udp",
    priority: 2122252543,
    address: "192.0.2.1",
    port: 5000,
    type: "host",
  };
  expect(parseCandidateLine(HOST)).toEqual(expected);
  expect(parseCandidateLine(`a=${HOST}`)).toEqual(expected);
  expect(parseCandidateLine(`${HOST} `)).toEqual(expected);
});

test("RFC 8839 §5.1, RFC 6544 §4.5: everything a line may carry", () => {
  const line =
    "candidate:842163049 2 tcp 1677729535 2001:db8::1 9 typ srflx raddr 10.0.0.1 rport 9 tcptype active generation 0 ufrag EsAw network-id 1 network-cost 10";
  const candidate = parseCandidateLine(line);
  expect(candidate).toEqual({
    foundation: "842163049",
    component: 2,
    transport: "tcp",
    priority: 1677729535,
    address: "2001:db8::1",
    port: 9,
    type: "srflx",
    relatedAddress: "10.0.0.1",
    relatedPort: 9,
    tcpType: "active",
    usernameFragment: "EsAw",
    extensions: [
      ["tcptype", "active"],
      ["generation", "0"],
      ["ufrag", "EsAw"],
      ["network-id", "1"],
      ["network-cost", "10"],
    ],
  });
  expect(formatCandidateLine(candidate as IceCandidate)).toBe(line);
});

test("RFC 8839 §5.1: fields win over extensions of the same meaning and keep their place", () => {
  const candidate = parseCandidateLine(`${HOST} generation 0 ufrag EsAw network-id 1`) as IceCandidate;
  expect(formatCandidateLine({ ...candidate, usernameFragment: "next" })).toBe(`${HOST} generation 0 ufrag next network-id 1`);
  const { usernameFragment: _, ...without } = candidate;
  expect(formatCandidateLine(without)).toBe(`${HOST} generation 0 network-id 1`);
  expect(formatCandidateLine({ ...without, extensions: [], usernameFragment: "abcd", tcpType: "so" })).toBe(
    `${HOST} tcptype so ufrag abcd`,
  );
});

test("RFC 8839 §5.1: names are matched without regard to case; mDNS names are addresses", () => {
  const line = "candidate:0 1 UDP 2122187007 7c72b43e-2f82-4ce9-870f-b091a314663c.local 56243 TYP HOST RADDR 0.0.0.0 RPORT 0";
  expect(parseCandidateLine(line)).toMatchObject({ transport: "udp", type: "host", relatedAddress: "0.0.0.0", relatedPort: 0 });
});

test.each([
  ["", ["not-a-candidate", 0]],
  ["candidates:1 1 udp 1 192.0.2.1 1 typ host", ["not-a-candidate", 0]],
  ["candidate:1 1 udp 1 192.0.2.1 1 typ", ["truncated", 35]],
  ["candidate: 1 udp 1 192.0.2.1 1 typ host", ["bad-foundation", 10]],
  [`candidate:${"a".repeat(33)} 1 udp 1 192.0.2.1 1 typ host`, ["bad-foundation", 10]],
  ["candidate:a_b 1 udp 1 192.0.2.1 1 typ host", ["bad-foundation", 10]],
  ["candidate:1 0 udp 1 192.0.2.1 1 typ host", ["bad-component", 12]],
  ["candidate:1 257 udp 1 192.0.2.1 1 typ host", ["bad-component", 12]],
  ["candidate:1 3 udp 1 192.0.2.1 1 typ host", ["unsupported-component", 12]],
  ["candidate:1 1 sctp 1 192.0.2.1 1 typ host", ["unsupported-transport", 14]],
  ["candidate:1 1 udp 0 192.0.2.1 1 typ host", ["bad-priority", 18]],
  ["candidate:1 1 udp 2147483648 192.0.2.1 1 typ host", ["bad-priority", 18]],
  ["candidate:1 1 udp -1 192.0.2.1 1 typ host", ["bad-priority", 18]],
  ["candidate:1 1 udp 1 2001:db8:::1 1 typ host", ["bad-address", 20]],
  ["candidate:1 1 udp 1 fe80::1%eth0 1 typ host", ["bad-address", 20]],
  ["candidate:1 1 udp 1 192.0.2.1 65536 typ host", ["bad-port", 30]],
  ["candidate:1 1 udp 1 192.0.2.1 1 type host", ["missing-typ", 32]],
  ["candidate:1 1 udp 1 192.0.2.1 1 typ local", ["unsupported-type", 36]],
  [`${HOST} raddr ?`, ["bad-related-address", 59]],
  [`${HOST} raddr`, ["bad-related-address", 58]],
  [`${HOST} rport x`, ["bad-related-port", 59]],
  [`${HOST} tcptype x`, ["bad-tcp-type", 61]],
  [`${HOST} ufrag a`, ["bad-extension", 59]],
  [`${HOST} odd`, ["bad-extension", 53]],
  [`${HOST}  two spaces`, ["bad-extension", 53]],
])("RFC 8839 §5.1: %j is refused", (line, expected) => {
  expect(reason(line)).toEqual(expected);
});

const token = fc.stringMatching(/^[A-Za-z0-9+/-]{1,12}$/);
const candidate = fc.record(
  {
    foundation: fc.stringMatching(/^[A-Za-z0-9+/]{1,32}$/),
    component: fc.constantFrom<1 | 2>(1, 2),
    transport: fc.constantFrom<"udp" | "tcp">("udp", "tcp"),
    priority: fc.integer({ min: 1, max: 0x7fff_ffff }),
    address: fc.oneof(
      fc.ipV4(),
      fc.ipV6().filter((ip) => !ip.includes(".")),
      fc.constant("abc-def.local"),
    ),
    port: fc.nat(0xffff),
    type: fc.constantFrom<IceCandidate["type"]>("host", "srflx", "prflx", "relay"),
    relatedAddress: fc.ipV4(),
    relatedPort: fc.nat(0xffff),
    extensions: fc.array(fc.tuple(token, token), { minLength: 1, maxLength: 4 }),
  },
  { requiredKeys: ["foundation", "component", "transport", "priority", "address", "port", "type"] },
);

test("RFC 8839 §5.1: parse(format(x)) is x; any text is a candidate or Malformed", () => {
  fc.assert(
    fc.property(
      candidate.filter(({ extensions = [] }) => extensions.every(([name]) => !/^(tcptype|ufrag|raddr|rport)$/i.test(name))),
      (value) => {
        expect(parseCandidateLine(formatCandidateLine(value))).toEqual(value);
      },
    ),
  );
  fc.assert(fc.property(fc.string(), (text) => void parseCandidateLine(`candidate:${text}`)));
});
