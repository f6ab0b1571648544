/** What every browser is put through: the battery, one address family at a time, and addresses hidden behind mDNS names. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { battery } from "../agent/battery.ts";
import { connect } from "../agent/connect.ts";
import { localPeer } from "../agent/local-peer.ts";
import type { Peer } from "../agent/peer.ts";
import { type Browser, hasBrowser } from "./browser.ts";

/** Declares the tests of one browser; they are skipped, loudly, where it is not installed. */
export function browserTests(
  name: Parameters<typeof hasBrowser>[0],
  launch: (options?: { readonly mdns?: boolean }) => Promise<Browser>,
): void {
  describe.skipIf(!hasBrowser(name))(name, () => {
    let browser: Browser;
    let page: Peer;
    beforeAll(async () => {
      browser = await launch();
      page = await browser.newPeer();
    });
    afterAll(() => browser?.close());

    battery(() => page);

    test.each(["ipv4", "ipv6"] as const)("only %s at our side", async (family) => {
      const local = localPeer({ ipv4: family === "ipv4", ipv6: family === "ipv6" });
      for (const [offerer, answerer] of [
        [page, local],
        [local, page],
      ] as const) {
        const connection = await connect(offerer, answerer);
        await local.call("opened", connection.id, "main");
        const pair = await local.call("pair", connection.id);
        expect(pair?.local.address?.includes(":")).toBe(family === "ipv6");
        await connection.drop();
      }
    });
  });

  describe.skipIf(!hasBrowser(name))(`${name}, hiding its addresses behind mDNS names as it does by default`, () => {
    let browser: Browser;
    let page: Peer;
    beforeAll(async () => {
      browser = await launch({ mdns: true });
      page = await browser.newPeer();
    });
    afterAll(() => browser?.close());

    test.each(["offerer", "answerer"] as const)("%s: connects by peer-reflexive candidates", async (role) => {
      const local = localPeer();
      const connection = await (role === "offerer" ? connect(page, local) : connect(local, page));
      const sdp = await page.call("description", connection.id, "local");
      await Promise.all([page, local].map((peer) => peer.call("opened", connection.id, "main")));
      expect(sdp).toContain(".local");
      await page.call("sendBytes", connection.id, "main", 100_000, 5);
      expect((await local.call("messages", connection.id, "main", 1))[0]?.length).toBe(100_000);
      await connection.drop();
    });
  });
}
