import { expect, test } from "vitest";
import * as webrtc from "./index.ts";

test("W3C names: every interface has its own name, and only those with a constructor can be constructed", () => {
  const interfaces = Object.entries(webrtc).filter(([name]) => /^[A-Z]/.test(name));
  expect(interfaces.length).toBe(32);
  for (const [name, value] of interfaces) {
    expect(value).toBeTypeOf("function");
    expect(value).toHaveProperty("name", name);
    expect(Object.prototype.toString.call(Object.create(Reflect.get(value, "prototype")))).toBe(`[object ${name}]`);
  }
  expect(Object.keys(webrtc).filter((name) => !/^(RTC|MediaStream)/.test(name))).toEqual([
    "EncodedTrackGenerator",
    "EncodedTrackProcessor",
    "KeyframeRequestEvent",
    "OverconstrainedError",
    "RtpTrackGenerator",
    "RtpTrackProcessor",
    "supportedMedia",
    "nodeRuntime",
  ]);
  expect(() => Reflect.construct(webrtc.RTCDataChannel, [])).toThrow("Illegal constructor");
});

test("W3C: a connection that was never used needs no close, and generateCertificate is static", async () => {
  const pc = new webrtc.RTCPeerConnection();
  expect([pc.connectionState, pc.signalingState]).toEqual(["new", "stable"]);
  const certificate = await webrtc.RTCPeerConnection.generateCertificate({ name: "ECDSA", namedCurve: "P-256" });
  expect(certificate).toBeInstanceOf(webrtc.RTCCertificate);
  expect(certificate.expires).toBeGreaterThan(Date.now());
});

test("settings: the second argument reaches the sockets", async () => {
  const pc = new webrtc.RTCPeerConnection({}, { loopback: true, ipv6: false, addressFilter: (ip) => ip === "127.0.0.1" });
  const lines: string[] = [];
  const gathered = new Promise<void>((resolve) => {
    pc.onicecandidate = ({ candidate }) => {
      if (candidate === null) resolve();
      else if (candidate.candidate !== "") lines.push(candidate.candidate);
    };
  });
  pc.createDataChannel("x");
  await pc.setLocalDescription();
  await gathered;
  expect(lines).toEqual([expect.stringMatching(/ 127\.0\.0\.1 \d+ typ host/)]);
  pc.close();
});

test("polyfill: sets every interface as a global that can be replaced and is not enumerable", async () => {
  const names = Object.keys(webrtc).filter((name) => /^(RTC|MediaStream)/.test(name));
  await import("./polyfill.ts");
  for (const name of names) {
    const descriptor = Object.getOwnPropertyDescriptor(globalThis, name);
    expect(descriptor).toMatchObject({ writable: true, enumerable: false, configurable: true });
    expect(descriptor?.value).toBe(Reflect.get(webrtc, name));
    Reflect.deleteProperty(globalThis, name);
  }
});
