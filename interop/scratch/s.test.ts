import { appendFileSync, writeFileSync } from "node:fs";
import { DataChannels } from "@purertc/sctp-datachannel";
import { expect, test } from "vitest";
import { connect } from "../agent/connect.ts";
import { localPeer } from "../agent/local-peer.ts";
import { launchChromium } from "../browsers/chromium.ts";

{
  const P = DataChannels.prototype as any;
  const h = P.handleDatagram,
    t = P.pollTransmit;
  const log = (d: string, b: Uint8Array) =>
    appendFileSync(
      "/tmp/host/sctp.log",
      `${performance.now().toFixed(1)} ${d} ${Buffer.from(b).toString("hex").slice(0, 240)} ${b.length}\n`,
    );
  P.handleDatagram = function (n: any, d: any, r: any) {
    log("in ", d);
    return h.call(this, n, d, r);
  };
  P.pollTransmit = function (o: any) {
    const x = t.call(this, o);
    if (x) log("out", o.subarray(0, x.length));
    return x;
  };
}
test("x", async () => {
  writeFileSync("/tmp/host/sctp.log", "");
  const B = await launchChromium();
  const local = localPeer({
    observer: {
      packet: (now: number, d: string, l: string, b: Uint8Array) =>
        l === "sctp" &&
        appendFileSync("/tmp/host/sctp.log", `${now.toFixed(1)} ${d} ${Buffer.from(b).toString("hex").slice(0, 200)} ${b.length}\n`),
    },
  });
  try {
    const b = await B.newPeer();
    const c = await connect(local, b, {});
    await b.call("opened", c.id, "main");
    await local.call("opened", c.id, "main");
    await local.call("sendBytes", c.id, "main", 2000, 3);
    await b.call("messages", c.id, "main", 1);
    appendFileSync("/tmp/host/sctp.log", "CLOSE\n");
    await local.call("closeChannel", c.id, "main");
    await new Promise((r) => setTimeout(r, 3000));
    console.log(await local.call("properties", c.id, "main"), await b.call("properties", c.id, "main"));
    await c.drop();
  } finally {
    await B.close();
  }
});
