/** Real peers: OpenSSL's s_server and s_client. */
import { hexFromBytes, type NamedGroup } from "@purertc/core";
import { nodeRandom } from "@purertc/crypto/node";
import type { CipherSuiteName, DtlsOptions } from "@purertc/dtls";
import { afterAll, describe, expect, test } from "vitest";
import { P256, P384, RSA2048, type SelfSigned, selfSigned } from "./self-signed.ts";
import { connectionsWith, freePort, installed, Peer, pemFiles, UdpEnd } from "./udp-end.ts";

const certificates = {
  ours: selfSigned(P256, nodeRandom),
  theirs: selfSigned(P256, nodeRandom),
  ours384: selfSigned(P384, nodeRandom),
  theirs384: selfSigned(P384, nodeRandom),
  oursRsa: selfSigned(RSA2048, nodeRandom),
  theirsRsa: selfSigned(RSA2048, nodeRandom),
  oursLong: selfSigned(P256, nodeRandom, 5000),
  theirsLong: selfSigned(P256, nodeRandom, 5000),
} satisfies Record<string, SelfSigned>;
const files = pemFiles(certificates);
afterAll(() => files.remove());

type Name = keyof typeof certificates;

const connection = connectionsWith(certificates);

/** Our client with s_server, which demands our certificate. */
async function withServer(
  options: { readonly args?: readonly string[]; readonly ours?: Name; readonly theirs?: Name; readonly dtls?: Partial<DtlsOptions> },
  body: (end: UdpEnd, peer: Peer) => Promise<void>,
): Promise<void> {
  const { args = [], ours = "ours", theirs = "theirs", dtls } = options;
  const port = await freePort();
  const peer = new Peer("openssl", [
    ...["s_server", "-dtls1_2", "-accept", `127.0.0.1:${port}`, "-cert", files.path(`${theirs}.crt`), "-key", files.path(`${theirs}.key`)],
    ...["-Verify", "1", "-verify_return_error", "-CAfile", files.path(`${ours}.crt`), ...args],
  ]);
  const end = new UdpEnd(connection("client", ours, theirs, dtls), port);
  try {
    await peer.until(/ACCEPT/);
    await end.start();
    await body(end, peer);
  } finally {
    end.close();
    peer.kill();
  }
}

/** Our server with s_client. */
async function withClient(
  options: { readonly args?: readonly string[]; readonly ours?: Name; readonly theirs?: Name; readonly dtls?: Partial<DtlsOptions> },
  body: (end: UdpEnd, peer: Peer) => Promise<void>,
): Promise<void> {
  const { args = [], ours = "ours", theirs = "theirs", dtls } = options;
  const end = new UdpEnd(connection("server", ours, theirs, dtls));
  const port = await end.start();
  const peer = new Peer("openssl", [
    ...["s_client", "-dtls1_2", "-connect", `127.0.0.1:${port}`, "-cert", files.path(`${theirs}.crt`), "-key", files.path(`${theirs}.key`)],
    ...["-CAfile", files.path(`${ours}.crt`), "-verify_return_error", ...args],
  ]);
  try {
    await body(end, peer);
  } finally {
    end.close();
    peer.kill();
  }
}

async function talk(end: UdpEnd, peer: Peer): Promise<void> {
  await end.until(() => end.connection.state === "connected");
  end.call((dtls) => dtls.send(performance.now(), new Uint8Array(Buffer.from("from purertc\n"))));
  await peer.until(/from purertc/);
  peer.write("from openssl\n");
  await end.until(() => end.text().includes("from openssl"));
}

const SRTP = ["-use_srtp", "SRTP_AEAD_AES_256_GCM:SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80"];
const EXPORT = ["-keymatexport", "EXTRACTOR-dtls_srtp", "-keymatexportlen", "60"];

/** IANA and OpenSSL names. */
const SUITES: readonly (readonly [CipherSuiteName, string, Name, Name])[] = [
  ["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256", "ours", "theirs"],
  ["TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384", "ours384", "theirs384"],
  ["TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305", "ours", "theirs384"],
  ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "oursRsa", "theirsRsa"],
  ["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384", "oursRsa", "theirsRsa"],
  ["TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305", "oursRsa", "theirsRsa"],
];

const GROUPS: readonly (readonly [NamedGroup, string])[] = [
  ["x25519", "X25519"],
  ["secp256r1", "P-256"],
  ["secp384r1", "P-384"],
];

describe.skipIf(!installed("openssl", "openssl"))("OpenSSL", () => {
  for (const [iana, name, ours, theirs] of SUITES) {
    test(`RFC 5289, RFC 7905: ${iana} with s_server`, async () => {
      await withServer({ args: ["-cipher", name], ours, theirs }, async (end, peer) => {
        await talk(end, peer);
        expect(end.events[0]).toMatchObject({ type: "connected", cipherSuite: iana });
      });
    });

    test(`RFC 5289, RFC 7905: ${iana} with s_client`, async () => {
      await withClient({ args: ["-cipher", name], ours, theirs }, async (end, peer) => {
        await talk(end, peer);
        expect(end.events[0]).toMatchObject({ type: "connected", cipherSuite: iana });
      });
    });
  }

  for (const [group, name] of GROUPS) {
    test(`RFC 8422 §5.1.1: ${group}, both roles`, async () => {
      // P-256 besides, because OpenSSL looks for the certificate's curve in the same list (RFC 8422 §5.1).
      const args = ["-groups", name === "P-256" ? name : `${name}:P-256`];
      const dtls: Partial<DtlsOptions> = { groups: [group, "secp256r1"] };
      for (const withPeer of [withServer, withClient]) {
        await withPeer({ args, dtls }, async (end, peer) => {
          await talk(end, peer);
          expect(end.events[0]).toMatchObject({ type: "connected", group });
        });
      }
    });
  }

  test("RFC 5764 §4.1.1, RFC 5705 §4: SRTP profile and exported keys are the same at both ends, s_server", async () => {
    await withServer({ args: [...SRTP, ...EXPORT], dtls: { srtpProfiles: [0x0001, 0x0007, 0x0008] } }, async (end, peer) => {
      await end.until(() => end.connection.state === "connected");
      expect(end.events[0]).toMatchObject({ srtpProfile: 0x0008 });
      const [, theirs] = await peer.until(/Keying material: ([0-9A-F]+)/);
      expect(hexFromBytes(end.connection.exportKeyingMaterial("EXTRACTOR-dtls_srtp", undefined, 60))).toBe(theirs!.toLowerCase());
    });
  });

  test("RFC 5764 §4.1.1, RFC 5705 §4: SRTP profile and exported keys are the same at both ends, s_client", async () => {
    await withClient({ args: [...SRTP, ...EXPORT], dtls: { srtpProfiles: [0x0001, 0x0007] } }, async (end, peer) => {
      await end.until(() => end.connection.state === "connected");
      expect(end.events[0]).toMatchObject({ srtpProfile: 0x0001 });
      const [, theirs] = await peer.until(/Keying material: ([0-9A-F]+)/);
      expect(hexFromBytes(end.connection.exportKeyingMaterial("EXTRACTOR-dtls_srtp", undefined, 60))).toBe(theirs!.toLowerCase());
      await peer.until(/SRTP_AES128_CM_SHA1_80/);
    });
  });

  test("RFC 6347 §4.2.3: fragments both ways, s_server with -mtu 512", async () => {
    const dtls = { mtu: 300 };
    await withServer({ args: ["-mtu", "512"], ours: "oursLong", theirs: "theirsLong", dtls }, async (end, peer) => {
      await talk(end, peer);
      expect(Math.max(...end.received)).toBeLessThanOrEqual(512);
    });
  });

  test("RFC 6347 §4.2.3: fragments both ways, s_client with -mtu 512", async () => {
    const dtls = { mtu: 300 };
    await withClient({ args: ["-mtu", "512"], ours: "oursLong", theirs: "theirsLong", dtls }, async (end, peer) => {
      await talk(end, peer);
      expect(Math.max(...end.received)).toBeLessThanOrEqual(512);
    });
  });

  test("RFC 6347 §4.2.1: the cookie of s_server -listen", async () => {
    await withServer({ args: ["-listen"] }, talk);
  });

  test("RFC 6347 §4.2.1: s_client returns our cookie", async () => {
    await withClient({ dtls: { cookieExchange: true } }, talk);
  });

  test("RFC 5246 §7.2.1: s_client closes and we close, and the other way round", async () => {
    await withClient({}, async (end, peer) => {
      await talk(end, peer);
      peer.process.stdin?.end();
      await end.until(() => end.connection.state === "closed");
      expect(end.events.at(-1)).toEqual({ type: "closed", cause: "close-notify" });
    });
    await withServer({}, async (end, peer) => {
      await talk(end, peer);
      end.call((dtls) => dtls.close(performance.now()));
      await peer.until(/DONE|CONNECTION CLOSED/);
    });
  });

  test("RFC 5246 §7.4.6: s_client without a certificate is refused", async () => {
    const end = new UdpEnd(connection("server", "ours", "theirs"));
    const port = await end.start();
    const peer = new Peer("openssl", ["s_client", "-dtls1_2", "-connect", `127.0.0.1:${port}`]);
    try {
      await end.until(() => end.connection.state === "failed");
      expect(end.events.at(-1)).toEqual({ type: "closed", cause: "alert-sent", alert: "handshake_failure" });
      await peer.until(/alert handshake failure/);
    } finally {
      end.close();
      peer.kill();
    }
  });

  test("RFC 5246 §7.4.4: s_server that asks for no certificate gets none", async () => {
    const port = await freePort();
    const args = [
      "s_server",
      "-dtls1_2",
      "-accept",
      `127.0.0.1:${port}`,
      "-cert",
      files.path("theirs.crt"),
      "-key",
      files.path("theirs.key"),
    ];
    const peer = new Peer("openssl", args);
    const end = new UdpEnd(connection("client", "ours", "theirs"), port);
    try {
      await peer.until(/ACCEPT/);
      await end.start();
      await talk(end, peer);
    } finally {
      end.close();
      peer.kill();
    }
  });

  test("RFC 5746 §4.4: s_client asks to renegotiate and is told no", async () => {
    await withClient({}, async (end, peer) => {
      await talk(end, peer);
      peer.write("R\n");
      await peer.until(/no renegotiation/);
    });
  });

  test("RFC 5246 §7.4.1.1: s_server asks to renegotiate and the connection goes on", async () => {
    await withServer({}, async (end, peer) => {
      await talk(end, peer);
      peer.write("r\n");
      end.call((dtls) => dtls.send(performance.now(), new Uint8Array(Buffer.from("still here\n"))));
      await peer.until(/still here/);
      peer.write("and so am I\n");
      await end.until(() => end.text().includes("and so am I"));
    });
  });

  test("RFC 6347 §4.2.2: DTLS 1.0 is refused in both roles", async () => {
    const end = new UdpEnd(connection("server", "ours", "theirs"));
    const port = await end.start();
    const peer = new Peer("openssl", ["s_client", "-dtls1", "-cipher", "ALL:@SECLEVEL=0", "-connect", `127.0.0.1:${port}`]);
    try {
      await end.until(() => end.connection.state === "failed");
      expect(end.events.at(-1)).toEqual({ type: "closed", cause: "alert-sent", alert: "protocol_version" });
    } finally {
      end.close();
      peer.kill();
    }
  });
});
