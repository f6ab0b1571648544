import { bytesFromHex, transportAddress } from "@purertc/core";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { answerBindingRequest, isStun, parseBindingResponse, writeBindingRequest } from "./stun-binding.ts";

const ID = Uint8Array.from({ length: 12 }, (_, i) => i);

/** RFC 5769 §2.2: a sample IPv4 response, 192.0.2.1:32853. */
const RFC5769_RESPONSE = bytesFromHex(
  "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a643000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96",
);

test("RFC 5769 §2.2: the sample response is read, its fingerprint checked", () => {
  expect(isStun(RFC5769_RESPONSE)).toBe(true);
  expect(parseBindingResponse(RFC5769_RESPONSE)?.mapped).toBe("192.0.2.1 32853");
  const forged = Uint8Array.from(RFC5769_RESPONSE);
  forged[46]! ^= 1;
  expect(parseBindingResponse(forged)).toBeUndefined();
});

test.each(["192.0.2.1", "2001:db8::7"])("RFC 5626 §8: a Binding request from %s is answered with its address", (ip) => {
  const answer = answerBindingRequest(writeBindingRequest(ID), transportAddress(ip, 5555)!)!;
  expect(parseBindingResponse(answer)).toEqual({ transactionId: ID, mapped: `${ip} 5555` });
});

test("RFC 8489 §6.3.1: what has to be understood and is not is refused with 420", () => {
  const request = writeBindingRequest(ID);
  const asking = Uint8Array.of(...request.subarray(0, 20), 0x7f, 0xff, 0, 0);
  asking[3] = 4;
  const answer = answerBindingRequest(asking, transportAddress("192.0.2.1", 1)!)!;
  expect([...answer.subarray(0, 2)]).toEqual([0x01, 0x11]);
  expect([...answer.subarray(20, 28)]).toEqual([0, 9, 0, 4, 0, 0, 4, 20]);
  expect([...answer.subarray(28, 34)]).toEqual([0, 10, 0, 2, 0x7f, 0xff]);
  expect(parseBindingResponse(answer)).toEqual({ transactionId: ID, mapped: undefined });
});

test("RFC 8489 §6.3.1: however much is not understood, the answer stays small", () => {
  const attributes = Array.from({ length: 200 }, (_, i) => [0x40, i, 0, 0]).flat();
  const request = Uint8Array.of(0, 1, attributes.length >> 8, attributes.length & 255, 0x21, 0x12, 0xa4, 0x42, ...ID, ...attributes);
  expect(answerBindingRequest(request, transportAddress("192.0.2.1", 1)!)!.length).toBe(20 + 8 + 20 + 8);
});

test("RFC 8489 §6.3: only Binding requests are answered, so that two ports do not answer each other for ever", () => {
  const source = transportAddress("192.0.2.1", 1)!;
  const answer = answerBindingRequest(writeBindingRequest(ID), source)!;
  expect(answerBindingRequest(answer, source)).toBeUndefined();
  expect(parseBindingResponse(writeBindingRequest(ID))).toBeUndefined();
});

test("RFC 8489 §5: no bytes throw, and answers stay small", () => {
  const source = transportAddress("2001:db8::1", 1)!;
  const stunLike = fc.uint8Array({ maxLength: 200 }).map((rest) => {
    const bytes = Uint8Array.of(0, 1, 0, rest.length & 0xfc, 0x21, 0x12, 0xa4, 0x42, ...ID, ...rest.subarray(0, rest.length & 0xfc));
    return bytes;
  });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 100 }), stunLike), (bytes) => {
      if (!isStun(bytes)) return;
      parseBindingResponse(bytes);
      const answer = answerBindingRequest(bytes, source);
      if (answer !== undefined) expect(answer.length).toBeLessThanOrEqual(64);
    }),
  );
});

test("RFC 5626 §8: SIP is not taken for STUN", () => {
  expect(isStun(Buffer.from("OPTIONS sip:a@b SIP/2.0\r\n\r\n"))).toBe(false);
  expect(isStun(Buffer.from("\r\n\r\n"))).toBe(false);
});
