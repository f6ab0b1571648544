/** TLS on the wire: whose certificate proves what (RFC 5922), and connections used backwards (RFC 5923). */
import { connect } from "node:tls";
import { expect, test } from "vitest";
import type { SipTarget } from "../../src/flow.ts";
import type { ListenOptions } from "../../src/transport/options.ts";
import { createSelfSignedCertificate } from "../../src/transport/self-signed.ts";
import type { TlsServerOptions } from "../../src/transport/tls-options.ts";
import { RawStream } from "./raw-peers.ts";
import { optionsRequest, Recorder } from "./recorder.ts";

const alpha = createSelfSignedCertificate({ hosts: ["alpha.example"] });
const beta = createSelfSignedCertificate({ hosts: ["beta.example", "gamma.example"] });
const both = [String(alpha.cert), String(beta.cert)];

async function tlsServer(tls: TlsServerOptions, extra: Partial<ListenOptions> = {}): Promise<{ server: Recorder; target: SipTarget }> {
  const server = new Recorder().answering();
  const { port } = await server.transports.listen({ transport: "TLS", host: "127.0.0.1", tls, ...extra });
  return { server, target: { transport: "TLS", ip: "127.0.0.1", port } };
}

test("RFC 5922 §7.3: the server has to be the domain that was asked for, and trusted", async () => {
  const { target } = await tlsServer(alpha);
  const trusting = new Recorder({ tls: { ca: both } }).transports;
  const flow = await trusting.flowTo({ ...target, hostname: "Alpha.Example" });
  expect(flow.peerIdentities).toEqual(["alpha.example"]);
  await expect(trusting.flowTo({ ...target, hostname: "beta.example" })).rejects.toMatchObject({ code: "TLS_IDENTITY" });
  await expect(trusting.flowTo({ ...target, hostname: "sip.alpha.example" })).rejects.toMatchObject({ code: "TLS_IDENTITY" });
  await expect(trusting.flowTo(target)).rejects.toMatchObject({ code: "TLS_IDENTITY" }); // nor is it the address
  const strict = new Recorder({ tls: { ca: beta.cert } }).transports;
  await expect(strict.flowTo({ ...target, hostname: "alpha.example" })).rejects.toMatchObject({ code: "TLS_FAILED" });
  const blind = new Recorder({ tls: { verify: false } }).transports;
  const unproved = await blind.flowTo({ ...target, hostname: "beta.example" });
  expect(unproved.peerIdentities).toEqual([]);
});

test("RFC 6066 §3: one server, several domains, each with its certificate", async () => {
  const { target } = await tlsServer({ ...alpha, virtualHosts: { "Beta.Example": beta } });
  const client = new Recorder({ tls: { ca: both } }).transports;
  const a = await client.flowTo({ ...target, hostname: "alpha.example" });
  const b = await client.flowTo({ ...target, hostname: "beta.example" });
  expect([a.peerIdentities, b.peerIdentities]).toEqual([["alpha.example"], ["beta.example", "gamma.example"]]);
  // RFC 5923 §9.3: each has its own connection, unless a certificate proves both.
  expect(b).not.toBe(a);
  expect(await client.flowTo({ ...target, hostname: "gamma.example" })).toBe(b);
  expect(await client.flowTo({ ...target, hostname: "alpha.example" })).toBe(a);
});

test("RFC 3261 §26.3.1: mutual TLS: asked for, required, and who the client is", async () => {
  const requiring = await tlsServer({ ...alpha, ca: beta.cert, clientCertificate: "require" });
  const requesting = await tlsServer({ ...alpha, ca: beta.cert, clientCertificate: "request" });
  const known = new Recorder({ tls: { ca: alpha.cert, ...beta } });
  const unknown = new Recorder({ tls: { ca: alpha.cert, ...createSelfSignedCertificate({ hosts: ["beta.example"] }) } });
  const nobody = new Recorder({ tls: { ca: alpha.cert } });
  const identities = async ({ server, target }: typeof requiring, client: Recorder): Promise<readonly string[] | "closed"> => {
    const count = server.received.length;
    const flow = await client.transports.flowTo({ ...target, hostname: "alpha.example" });
    client.sendOptions(flow);
    await client.until(() => server.received.length > count || !flow.open);
    return server.received[count]?.flow.peerIdentities ?? "closed";
  };
  expect(await identities(requiring, known)).toEqual(["beta.example", "gamma.example"]);
  expect(await identities(requesting, known)).toEqual(["beta.example", "gamma.example"]);
  expect(await identities(requesting, nobody)).toEqual([]);
  expect(await identities(requesting, unknown)).toEqual([]); // self-made, and in the name of another
  // TLS 1.3 tells a client after its own handshake that the server wants none of it.
  expect(await identities(requiring, nobody).catch(() => "closed")).toBe("closed");
  expect(await identities(requiring, unknown).catch(() => "closed")).toBe("closed");
  expect(requiring.server.received).toHaveLength(1);
});

test("RFC 5923 §8.2: a peer that both have authenticated may be reached over the connection it opened, if it says so", async () => {
  const proxy = async (): Promise<Recorder> => new Recorder({ tls: { ca: alpha.cert, ...beta } });
  for (const [via, connectionReuse, reused] of [
    [";alias;rport", true, true],
    [";rport", true, false],
    [";alias;rport", false, false],
  ] as const) {
    const server = new Recorder({ connectionReuse, tls: { ca: both }, timeouts: { connect: 500 } }).answering();
    const tls = { ...alpha, ca: beta.cert, clientCertificate: "require" as const };
    const { port } = await server.transports.listen({ transport: "TLS", host: "127.0.0.1", tls });
    const peer = await proxy();
    const flow = await peer.transports.flowTo({ transport: "TLS", ip: "127.0.0.1", port, hostname: "alpha.example" });
    peer.transports.send(flow, optionsRequest("TLS", "beta.example:5097", { via }));
    const { flow: accepted } = await server.nextRequest();
    const back = { transport: "TLS", ip: "127.0.0.1", port: 5097 } as const;
    const found = await server.transports.flowTo({ ...back, hostname: "gamma.example" }).catch(() => undefined);
    expect(found === accepted).toBe(reused);
    if (reused) {
      // It has a port or two, not all of them.
      for (let i = 0; i < 10; i++) peer.transports.send(flow, optionsRequest("TLS", `beta.example:${5100 + i}`, { via }));
      await server.nextRequest(10);
      expect(await server.transports.flowTo({ ...back, port: 5101, hostname: "beta.example" })).toBe(accepted);
      await expect(server.transports.flowTo({ ...back, port: 5109, hostname: "beta.example" })).rejects.toThrow();
    }
    // Not for a domain its certificate does not prove, nor without one.
    for (const target of [{ ...back, hostname: "alpha.example" }, back]) {
      expect(await server.transports.flowTo(target).catch(() => undefined)).not.toBe(accepted);
    }
    await server.transports.close();
    await peer.transports.close();
  }
});

test("RFC 5923 §8.2: a peer that is not authenticated cannot draw other peers' requests to itself", async () => {
  const { server, target } = await tlsServer(alpha);
  const peer = new Recorder({ tls: { ca: alpha.cert } });
  const flow = await peer.transports.flowTo({ ...target, hostname: "alpha.example" });
  peer.transports.send(flow, optionsRequest("TLS", "beta.example:5097", { via: ";alias" }));
  await server.nextRequest();
  const back = server.transports.flowTo({ transport: "TLS", ip: "127.0.0.1", port: 5097, hostname: "beta.example" });
  await expect(back).rejects.toMatchObject({ code: "CONNECT_FAILED" });
});

test("who stops in the middle of a TLS handshake, or speaks no TLS, is closed and counts until then", async () => {
  const server = new Recorder({ timeouts: { handshake: 30 }, limits: { maxConnections: 2 } });
  const { port } = await server.transports.listen({ transport: "TLS", host: "127.0.0.1", tls: alpha });
  const [silent, plain] = [await RawStream.connect(port), await RawStream.connect(port)];
  const third = await RawStream.connect(port);
  await third.untilClosed();
  plain!.send(optionsRequest("TLS", "x"));
  await plain!.untilClosed();
  await silent!.untilClosed();
  expect(server.opened).toEqual([]);
  const socket = connect({ host: "127.0.0.1", port, ca: String(alpha.cert), servername: "alpha.example" });
  const fine = new RawStream(socket);
  fine.send(optionsRequest("TLS", "x"));
  await server.nextRequest();
});

test("RFC 3261 §26.2.1: a listener without a certificate makes one, which clients trust when told to", async () => {
  const server = new Recorder().answering();
  const { port } = await server.transports.listen({ transport: "TLS", host: "127.0.0.1" });
  const client = new Recorder({ tls: { verify: false } });
  const flow = await client.transports.flowTo({ transport: "TLS", ip: "127.0.0.1", port });
  client.sendOptions(flow);
  expect((await client.nextResponse()).response.statusCode).toBe(200);
});
