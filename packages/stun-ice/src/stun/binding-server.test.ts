import { transportAddress } from "@purertc/core";
import { expect, test } from "vitest";
import type { StunAttribute } from "../codec/attributes.ts";
import { findAttribute, parseStunMessage, stunMessageBytes } from "../codec/message.ts";
import type { StunMessageType } from "../codec/message-type.ts";
import { answerBindingRequest, type BindingServerOptions } from "./binding-server.ts";

const transactionId = new Uint8Array(12).fill(3);
const source = transportAddress("2001:db8::5", 5555)!;

function answer(type: StunMessageType, attributes: readonly StunAttribute[], options?: BindingServerOptions) {
  const out = new Uint8Array(300);
  const length = answerBindingRequest(out, stunMessageBytes({ type, transactionId, attributes }), source, options);
  if (length === 0) return undefined;
  const message = parseStunMessage(out.subarray(0, length));
  if ("reason" in message) throw new Error(message.reason);
  return message;
}

test("RFC 8489 §6.3.1.1: a success response with the reflexive transport address", () => {
  const response = answer("binding-request", [{ type: "FINGERPRINT" }], { software: "purertc" });
  expect(response?.type).toBe("binding-success-response");
  expect(response?.transactionId).toEqual(transactionId);
  expect(findAttribute(response!, "XOR-MAPPED-ADDRESS")?.value).toEqual({ family: 6, ip: "2001:db8::5", port: 5555 });
  expect(response?.attributes.map(({ type }) => type)).toEqual(["XOR-MAPPED-ADDRESS", "SOFTWARE", "FINGERPRINT"]);
  expect(answer("binding-request", [])?.attributes.map(({ type }) => type)).toEqual(["XOR-MAPPED-ADDRESS"]);
});

test("RFC 8489 §6.3.1: unknown comprehension-required attributes get a 420 that names them", () => {
  const response = answer("binding-request", [
    { type: 0x7ffe, bytes: new Uint8Array(2) },
    { type: 0xc057, bytes: new Uint8Array(4) },
  ]);
  expect(response?.type).toBe("binding-error-response");
  expect(findAttribute(response!, "ERROR-CODE")?.value.code).toBe(420);
  expect(findAttribute(response!, "UNKNOWN-ATTRIBUTES")?.value).toEqual([0x7ffe]);
});

test("RFC 8489 §6.3: everything else is met with silence", () => {
  expect(answer("binding-indication", [])).toBeUndefined();
  expect(answer("binding-success-response", [])).toBeUndefined();
  expect(answer("allocate-request", [])).toBeUndefined();
  expect(answer("binding-request", [{ type: "FINGERPRINT", value: 1 }])).toBeUndefined();
  expect(answerBindingRequest(new Uint8Array(100), new Uint8Array(19), source)).toBe(0);
});
