/** Both roles of every transport over loopback. */
import { expect, test } from "vitest";
import type { SipTransportName } from "../../src/flow.ts";
import { createSelfSignedCertificate } from "../../src/transport/self-signed.ts";
import { Recorder } from "./recorder.ts";

const TRANSPORTS: readonly SipTransportName[] = ["UDP", "TCP", "TLS", "WS", "WSS"];
const identity = createSelfSignedCertificate({ hosts: ["example.com", "127.0.0.1", "::1"] });

test.each(TRANSPORTS)("RFC 3261 §18: a request over %s arrives, and the response comes back", async (transport) => {
  for (const host of ["127.0.0.1", "::1"]) {
    const server = new Recorder().answering();
    const client = new Recorder({ tls: { ca: identity.cert } });
    const { port } = await server.transports.listen({ transport, host, tls: identity });
    const flow = await client.transports.flowTo({ transport, ip: host, port, hostname: "example.com" });
    client.sendOptions(flow);
    const { request, flow: serverFlow } = await server.nextRequest();
    const { response, flow: sameFlow } = await client.nextResponse();
    expect(request.method).toBe("OPTIONS");
    expect(response.statusCode).toBe(200);
    expect(sameFlow).toBe(flow);
    expect([flow.transport, flow.reliable, flow.secure, flow.open]).toEqual([
      transport,
      transport !== "UDP",
      /TLS|WSS/.test(transport),
      true,
    ]);
    expect(serverFlow.remote.port).toBe(flow.local.port);
    expect(serverFlow.local).toEqual(flow.remote);
    expect(response.topVia?.parameters.get("received")).toBe(host);
    expect(response.topVia?.parameters.get("rport")).toBe(String(flow.local.port));
    expect(flow.peerIdentities).toEqual(flow.secure ? ["example.com", "127.0.0.1", "::1"] : []);
  }
});
