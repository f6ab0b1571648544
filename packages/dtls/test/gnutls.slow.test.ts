/** Real peers: gnutls-serv and gnutls-cli. */
import { nodeRandom } from "@purertc/crypto/node";
import { afterAll, describe, expect, test } from "vitest";
import { P256, RSA2048, type SelfSigned, selfSigned } from "./self-signed.ts";
import { connectionsWith, freePort, installed, Peer, pemFiles, UdpEnd } from "./udp-end.ts";

const certificates = {
  ours: selfSigned(P256, nodeRandom),
  theirs: selfSigned(P256, nodeRandom),
  oursRsa: selfSigned(RSA2048, nodeRandom),
  theirsRsa: selfSigned(RSA2048, nodeRandom),
} satisfies Record<string, SelfSigned>;
const files = pemFiles(certificates);
afterAll(() => files.remove());

const connection = connectionsWith(certificates, { srtpProfiles: [0x0001] });

const CIPHERS = [
  ["ours", "theirs", "AES-128-GCM", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"],
  ["ours", "theirs", "AES-256-GCM", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"],
  ["ours", "theirs", "CHACHA20-POLY1305", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"],
  ["oursRsa", "theirsRsa", "AES-128-GCM", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"],
] as const;

describe.skipIf(!installed("gnutls-serv", "gnutls-bin"))("GnuTLS", () => {
  for (const [ours, theirs, cipher, iana] of CIPHERS) {
    const priority = `NORMAL:-VERS-ALL:+VERS-DTLS1.2:-CIPHER-ALL:+${cipher}`;
    const srtp = ["--srtp-profiles", "SRTP_AES128_CM_HMAC_SHA1_80", "--priority", priority];

    for (const cookie of ["with a cookie", "without a cookie"]) {
      test(`RFC 6347 §4.2: ${iana} with gnutls-serv ${cookie}`, async () => {
        const port = await freePort();
        const peer = new Peer("gnutls-serv", [
          ...["-u", "-p", `${port}`, "--x509certfile", files.path(`${theirs}.crt`), "--x509keyfile", files.path(`${theirs}.key`)],
          ...["--x509cafile", files.path(`${ours}.crt`), "-r", "--mtu", "600", "--echo", ...srtp],
          ...(cookie === "without a cookie" ? ["--nocookie"] : []),
        ]);
        const end = new UdpEnd(connection("client", ours, theirs), port);
        try {
          await peer.until(/listening/);
          await end.start();
          await end.until(() => end.connection.state === "connected");
          expect(end.events[0]).toMatchObject({ cipherSuite: iana, srtpProfile: 0x0001 });
          end.call((dtls) => dtls.send(performance.now(), new Uint8Array(Buffer.from("echo me\n"))));
          await end.until(() => end.text().includes("echo me"));
          end.call((dtls) => dtls.close(performance.now()));
        } finally {
          end.close();
          peer.kill();
        }
      });
    }

    test(`RFC 6347 §4.2: ${iana} with gnutls-cli`, async () => {
      const end = new UdpEnd(connection("server", ours, theirs, { cookieExchange: true }));
      const port = await end.start();
      const peer = new Peer("gnutls-cli", [
        ...["-u", "-p", `${port}`, "127.0.0.1", "--insecure", "--x509certfile", files.path(`${theirs}.crt`)],
        ...["--x509keyfile", files.path(`${theirs}.key`), ...srtp],
      ]);
      try {
        await end.until(() => end.connection.state === "connected");
        expect(end.events[0]).toMatchObject({ cipherSuite: iana, srtpProfile: 0x0001 });
        await peer.until(/Handshake was completed/);
        peer.write("from gnutls\n");
        await end.until(() => end.text().includes("from gnutls"));
        end.call((dtls) => dtls.send(performance.now(), new Uint8Array(Buffer.from("from purertc\n"))));
        await peer.until(/from purertc/);
        peer.process.stdin?.end();
        await end.until(() => end.connection.state === "closed");
      } finally {
        end.close();
        peer.kill();
      }
    });
  }
});
