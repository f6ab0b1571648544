import { expect, test } from "vitest";
import { RTCCertificate } from "../../src/index.ts";
import { exchangeCandidates, negotiate, next, thrown, virtualPeers } from "../virtual-host.ts";

const invalid = (value: unknown): never => value as never;

test("dom-peerconnection: initial values of the slots", () => {
  const pc = virtualPeers().create();
  expect(pc.signalingState).toBe("stable");
  expect(pc.iceConnectionState).toBe("new");
  expect(pc.iceGatheringState).toBe("new");
  expect(pc.connectionState).toBe("new");
  for (const description of ["localDescription", "currentLocalDescription", "pendingLocalDescription"] as const)
    expect(pc[description]).toBeNull();
  for (const description of ["remoteDescription", "currentRemoteDescription", "pendingRemoteDescription"] as const) {
    expect(pc[description]).toBeNull();
  }
  expect(pc.canTrickleIceCandidates).toBeNull();
  expect(pc.sctp).toBeNull();
});

test("dom-rtcconfiguration: defaults, and getConfiguration gives a fresh dictionary", () => {
  const pc = virtualPeers().create();
  const configuration = pc.getConfiguration();
  expect(configuration).toEqual({
    iceServers: [],
    iceTransportPolicy: "all",
    bundlePolicy: "balanced",
    rtcpMuxPolicy: "require",
    certificates: [],
    iceCandidatePoolSize: 0,
  });
  expect(pc.getConfiguration()).not.toBe(configuration);
  configuration.iceServers!.push({ urls: "stun:example.org" });
  expect(pc.getConfiguration().iceServers).toEqual([]);
});

test("dom-rtcconfiguration: null and undefined are the empty dictionary, other primitives a TypeError", () => {
  const { create } = virtualPeers();
  expect(thrown(() => create(invalid(null)))).toBe("returned");
  expect(thrown(() => create(undefined))).toBe("returned");
  expect(thrown(() => create(invalid(1)))).toBe("TypeError");
  expect(thrown(() => create(invalid("x")))).toBe("TypeError");
});

test.each([
  ["bundlePolicy", "none"],
  ["rtcpMuxPolicy", "negotiate"],
  ["iceTransportPolicy", "none"],
  ["iceTransportPolicy", null],
  ["iceCandidatePoolSize", -1],
  ["iceCandidatePoolSize", 256],
  ["iceCandidatePoolSize", Number.NaN],
  ["iceServers", null],
  ["iceServers", [{}]],
  ["iceServers", [null]],
  ["certificates", [{}]],
  ["certificates", null],
])("dom-rtcconfiguration: %s %o is a TypeError", (member, value) => {
  const { create } = virtualPeers();
  expect(thrown(() => create({ [member]: value }))).toBe("TypeError");
});

test.each([
  [[], "SyntaxError"],
  ["", "SyntaxError"],
  ["//example.org", "SyntaxError"],
  ["http://example.org", "SyntaxError"],
  ["stun:", "SyntaxError"],
  ["stun://example.org", "SyntaxError"],
  ["stun:example.org/path", "SyntaxError"],
  ["stun:user@example.org", "SyntaxError"],
  ["stun:example.org#", "SyntaxError"],
  ["stun:example.org?transport=udp", "SyntaxError"],
  ["stun:example.org:99999", "SyntaxError"],
  ["stun::3478", "SyntaxError"],
  ["stun:exa mple.org", "SyntaxError"],
  ["turn:example.org?transport=sctp", "SyntaxError"],
  ["turn:example.org", "InvalidAccessError"],
  ["turns:example.org?transport=tcp", "InvalidAccessError"],
  ["stun:example.org", "returned"],
  ["STUN:example.org:443", "returned"],
  ["stun:[2001:db8::1]:3478", "returned"],
  [["stun:a.example", "stuns:b.example"], "returned"],
] as const)("dfn-validate-an-ice-server-url: %o gives %s", (urls, outcome) => {
  const { create } = virtualPeers();
  expect(thrown(() => create({ iceServers: [{ urls: urls as string | string[] }] }))).toBe(outcome);
});

test("dfn-validate-an-ice-server-url: a TURN server needs a username of at most 508 bytes and a credential", () => {
  const { create } = virtualPeers();
  const turn = (username: string | undefined, credential: string | undefined) =>
    thrown(() =>
      create({
        iceServers: [
          {
            urls: "turn:example.org",
            ...(username === undefined ? {} : { username }),
            ...(credential === undefined ? {} : { credential }),
          },
        ],
      }),
    );
  expect(turn("user", undefined)).toBe("InvalidAccessError");
  expect(turn(undefined, "secret")).toBe("InvalidAccessError");
  expect(turn("u".repeat(509), "secret")).toBe("InvalidAccessError");
  expect(turn("é".repeat(255), "secret")).toBe("InvalidAccessError");
  expect(turn("u".repeat(508), "secret")).toBe("returned");
});

test("dom-rtcconfiguration-iceservers: more than 32 servers are accepted, those above the limit not even looked at", () => {
  const { create } = virtualPeers();
  const iceServers = [...Array.from({ length: 32 }, (_, i) => ({ urls: `stun:s${i}.example` })), { urls: "nonsense" }];
  expect(thrown(() => create({ iceServers }))).toBe("returned");
});

test("dom-rtcpeerconnection-getconfiguration: the urls of a server are a list, whatever was given", () => {
  const pc = virtualPeers().create({ iceServers: [{ urls: "stun:a.example" }, { urls: ["stun:b.example", "stun:c.example"] }] });
  expect(pc.getConfiguration().iceServers).toEqual([{ urls: ["stun:a.example"] }, { urls: ["stun:b.example", "stun:c.example"] }]);
});

test("dom-rtcconfiguration-certificates: the offer has the fingerprints of all of them", async () => {
  const { RTCPeerConnection, create } = virtualPeers();
  const certificates = [
    await RTCPeerConnection.generateCertificate({ name: "ECDSA", namedCurve: "P-256" }),
    await RTCPeerConnection.generateCertificate({ name: "ECDSA", namedCurve: "P-384" }),
  ];
  const pc = create({ certificates });
  pc.createDataChannel("x");
  const { sdp } = await pc.createOffer();
  for (const certificate of certificates) {
    for (const { algorithm, value } of certificate.getFingerprints()) {
      expect(sdp).toContain(`\r\na=fingerprint:${algorithm} ${value!.toUpperCase()}\r\n`);
    }
  }
  // The first is the one that the handshake shows.
  const other = create();
  exchangeCandidates(pc, other);
  await negotiate(pc, other);
  while (other.connectionState !== "connected") await next(other, "connectionstatechange");
});

test("certificate-validation: an expired certificate is an InvalidAccessError", async () => {
  const { RTCPeerConnection, create, host } = virtualPeers();
  const certificate = await RTCPeerConnection.generateCertificate({ name: "ECDSA", namedCurve: "P-256", expires: 1000 });
  expect(thrown(() => create({ certificates: [certificate] }))).toBe("returned");
  await host.sleep(1001);
  expect(thrown(() => create({ certificates: [certificate] }))).toBe("InvalidAccessError");
});

test("set-the-configuration: certificates, bundlePolicy and rtcpMuxPolicy cannot change", async () => {
  const { RTCPeerConnection, create } = virtualPeers();
  const [one, two] = await Promise.all([1, 2].map(() => RTCPeerConnection.generateCertificate({ name: "ECDSA", namedCurve: "P-256" })));
  const pc = create({ certificates: [one!], bundlePolicy: "max-bundle" });
  expect(pc.getConfiguration().certificates![0]).toBe(one);
  expect(thrown(() => pc.setConfiguration({ certificates: [one!], bundlePolicy: "max-bundle" }))).toBe("returned");
  expect(thrown(() => pc.setConfiguration({ certificates: [two!], bundlePolicy: "max-bundle" }))).toBe("InvalidModificationError");
  expect(thrown(() => pc.setConfiguration({ bundlePolicy: "max-bundle" }))).toBe("InvalidModificationError");
  expect(thrown(() => pc.setConfiguration({ certificates: [one!] }))).toBe("InvalidModificationError");
});

test("set-the-configuration: iceCandidatePoolSize can change only before setLocalDescription", async () => {
  const pc = virtualPeers().create();
  pc.setConfiguration({ iceCandidatePoolSize: 4 });
  expect(pc.getConfiguration().iceCandidatePoolSize).toBe(4);
  pc.createDataChannel("x");
  await pc.setLocalDescription();
  expect(thrown(() => pc.setConfiguration({ iceCandidatePoolSize: 5 }))).toBe("InvalidModificationError");
  expect(thrown(() => pc.setConfiguration({ iceCandidatePoolSize: 4, iceTransportPolicy: "relay" }))).toBe("returned");
});

test("set-the-configuration: a failed change leaves the configuration as it was", () => {
  const pc = virtualPeers().create({ iceServers: [{ urls: "stun:old.example" }] });
  expect(thrown(() => pc.setConfiguration({ iceServers: [{ urls: "stun:" }] }))).toBe("SyntaxError");
  expect(pc.getConfiguration().iceServers).toEqual([{ urls: ["stun:old.example"] }]);
});

test("dom-rtcpeerconnection-setconfiguration: after close it is an InvalidStateError, but conversion comes first", () => {
  const pc = virtualPeers().create();
  pc.close();
  expect(thrown(() => pc.setConfiguration({}))).toBe("InvalidStateError");
  expect(thrown(() => pc.setConfiguration(invalid({ bundlePolicy: "x" })))).toBe("TypeError");
  expect(thrown(() => pc.getConfiguration())).toBe("returned");
});

test.each([
  ["DSA", "NotSupportedError"],
  [{ name: "invalid-algo" }, "NotSupportedError"],
  [{ name: "HMAC", hash: "SHA-256" }, "NotSupportedError"],
  ["ECDSA", "TypeError"],
  [{}, "TypeError"],
  [null, "NotSupportedError"],
  [{ name: "ECDSA", namedCurve: "P-521" }, "NotSupportedError"],
  [{ name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) }, "TypeError"],
  [{ name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-1" }, "NotSupportedError"],
  [{ name: "RSASSA-PKCS1-v1_5", modulusLength: 512, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" }, "NotSupportedError"],
  [{ name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: new Uint8Array([3]), hash: "SHA-256" }, "NotSupportedError"],
  [{ name: "ECDSA", namedCurve: "P-256", expires: -1 }, "TypeError"],
  [{ name: "ECDSA", namedCurve: "P-256", expires: Number.NaN }, "TypeError"],
])("dom-rtcpeerconnection-generatecertificate: %o is rejected with %s", async (algorithm, name) => {
  const { RTCPeerConnection } = virtualPeers();
  await expect(RTCPeerConnection.generateCertificate(algorithm as never)).rejects.toMatchObject({ name });
});

test("dom-rtcpeerconnection-generatecertificate: 30 days by default, expires in milliseconds, at most 365 days", async () => {
  const { RTCPeerConnection, host } = virtualPeers();
  const unixNow = host.runtime.timeOrigin + host.now;
  const lifetime = async (expires?: number) => {
    const algorithm = { name: "ecdsa", namedCurve: "P-256", ...(expires === undefined ? {} : { expires }) };
    return (await RTCPeerConnection.generateCertificate(algorithm)).expires - unixNow;
  };
  expect(await lifetime()).toBe(2_592_000_000);
  expect(await lifetime(5000)).toBe(5000);
  expect(await lifetime(1e15)).toBe(31_536_000_000);
});

test("dom-rtccertificate-getfingerprints: lower-case sha-256, and no constructor", async () => {
  const { RTCPeerConnection } = virtualPeers();
  const rsa = { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" };
  for (const algorithm of [{ name: "ECDSA", namedCurve: "P-256" }, rsa]) {
    const certificate = await RTCPeerConnection.generateCertificate(algorithm);
    expect(certificate).toBeInstanceOf(RTCCertificate);
    const [fingerprint] = certificate.getFingerprints();
    expect(fingerprint!.algorithm).toBe("sha-256");
    expect(fingerprint!.value).toMatch(/^([0-9a-f]{2}:){31}[0-9a-f]{2}$/);
  }
  expect(thrown(() => Reflect.construct(RTCCertificate, []))).toBe("TypeError");
});
