import { type IncomingCall, SipUserAgent } from "@purertc/sip";
import { RTCPeerConnection } from "purertc";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { SipServer } from "../../examples/sip-server/server.ts";
import { hasBrowser, within } from "../browsers/browser.ts";
import { gathered } from "../browsers/gathered.ts";
import { startSipServer } from "../sip-server.ts";
import { type Library, PhoneBrowser } from "./browser-phones.ts";

const PASSWORDS = { alice: "wonderland", bob: "builder" };

/** The media of one call in this process. */
class NodeMedia {
  readonly connection = new RTCPeerConnection();

  /** Resolves with the whole description: SIP has no trickling here. */
  async #described(): Promise<string> {
    await this.connection.setLocalDescription();
    return (await gathered(this.connection)).sdp ?? "";
  }

  offer(): Promise<string> {
    this.connection.addTransceiver("audio");
    return this.#described();
  }

  async answer(offer: string): Promise<string> {
    await this.connection.setRemoteDescription({ type: "offer", sdp: offer });
    for (const transceiver of this.connection.getTransceivers()) transceiver.direction = "sendrecv";
    return this.#described();
  }

  async answered(answer: string): Promise<void> {
    await this.connection.setRemoteDescription({ type: "answer", sdp: answer });
  }

  /** RTP packets that came. */
  async received(): Promise<number> {
    let packets = 0;
    for (const [, each] of await this.connection.getStats()) {
      if ("packetsReceived" in each && typeof each.packetsReceived === "number") packets += each.packetsReceived;
    }
    return packets;
  }

  /** Waits until packets come. */
  async flows(): Promise<void> {
    const before = await this.received();
    const more = async (): Promise<void> => {
      while ((await this.received()) <= before) await new Promise((resolve) => setTimeout(resolve, 50));
    };
    await within(15_000, "media", more());
  }
}

describe.skipIf(!hasBrowser("chromium"))("SIP and WebRTC in Node, to browsers", () => {
  let server: SipServer;
  let browser: PhoneBrowser;
  let agent: SipUserAgent;
  let media: NodeMedia;

  beforeAll(async () => {
    ({ server } = await startSipServer(["TCP", "WSS"], PASSWORDS));
    browser = await PhoneBrowser.launch();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  beforeEach(async () => {
    const tcp = server.listening.find(({ transport }) => transport === "TCP")!;
    agent = new SipUserAgent({
      uri: "sip:bob@test.local",
      credentials: { username: "bob", password: PASSWORDS.bob },
      proxy: `sip:127.0.0.1:${tcp.port};transport=tcp`,
      listen: [{ transport: "TCP", host: "127.0.0.1" }],
    });
    media = new NodeMedia();
    await agent.register();
  });

  afterEach(async () => {
    await browser.closePhones();
    await agent.close();
    media.connection.close();
  });

  function phone(library: Library) {
    const { port } = server.listening.find(({ transport }) => transport === "WSS")!;
    return browser.phone(library, { server: `wss://127.0.0.1:${port}/`, user: "alice", password: PASSWORDS.alice, realm: "test.local" });
  }

  test.each(["jssip", "sipjs"] as const)("%s calls Node: audio arrives, also after hold", async (library) => {
    const alice = await phone(library);
    const incoming = new Promise<IncomingCall>((resolve) => agent.addEventListener("invite", ({ call }) => resolve(call), { once: true }));
    await alice.run("call", "bob");
    const call = await incoming;
    call.ring();
    call.addEventListener("offer", (event) => event.respondWith(media.answer(event.offer ?? "")));
    expect(await call.accept({ answer: await media.answer(call.offer ?? "") })).toBe(true);
    await alice.mediaConnected();
    await media.flows();
    await alice.run("hold");
    await alice.run("unhold");
    await media.flows();
    await alice.run("hangUp");
    await call.ended;
  });

  test.each(["jssip", "sipjs"] as const)("Node calls %s: audio arrives", async (library) => {
    const alice = await phone(library);
    const call = await agent.invite("sip:alice@test.local", { offer: await media.offer() });
    await media.answered(call.remoteDescription ?? "");
    await alice.mediaConnected();
    await media.flows();
    await call.hangUp();
    await alice.heard("ended");
  });
});
