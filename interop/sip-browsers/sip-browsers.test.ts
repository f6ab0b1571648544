import { type IncomingCall, SipUserAgent } from "@purertc/sip";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { SipServer } from "../../examples/sip-server/server.ts";
import { hasBrowser } from "../browsers/browser.ts";
import { startSipServer } from "../sip-server.ts";
import { type BrowserPhone, type Library, PhoneBrowser } from "./browser-phones.ts";
import { directionOf, webrtcAnswer, webrtcOffer } from "./descriptions.ts";

const PASSWORDS = { alice: "wonderland", bob: "builder", carol: "christmas" };

describe.skipIf(!hasBrowser("chromium"))("JsSIP and SIP.js in Chromium over WSS", () => {
  let server: SipServer;
  let browser: PhoneBrowser;

  beforeAll(async () => {
    ({ server } = await startSipServer(["UDP", "TCP", "WSS"], PASSWORDS));
    browser = await PhoneBrowser.launch();
  });

  afterEach(() => browser.closePhones());

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  function phone(library: Library, user: keyof typeof PASSWORDS, password: string = PASSWORDS[user]): Promise<BrowserPhone> {
    const { port } = server.listening.find(({ transport }) => transport === "WSS")!;
    return browser.phone(library, { server: `wss://127.0.0.1:${port}/`, user, password, realm: "test.local" });
  }

  test.each(["jssip", "sipjs"] as const)("%s registers, and not with a wrong password", async (library) => {
    const alice = await phone(library, "alice");
    expect(await alice.run("disconnect")).toBe("unregistered");
    await expect(phone(library, "alice", "wrong")).rejects.toThrow();
  });

  test.each([
    ["jssip", "sipjs"],
    ["sipjs", "jssip"],
    ["jssip", "jssip"],
    ["sipjs", "sipjs"],
  ] as const)("%s calls %s: media flow, hold and back, BYE", async (caller, callee) => {
    const [alice, bob] = await Promise.all([phone(caller, "alice"), phone(callee, "bob")]);
    await alice.run("call", "bob");
    await Promise.all([alice.heard("confirmed"), bob.heard("confirmed")]);
    await Promise.all([alice.mediaConnected(), bob.mediaConnected()]);
    await alice.run("hold");
    if (callee === "jssip") await bob.heard("hold by remote");
    await alice.run("unhold");
    if (callee === "jssip") await bob.heard("unhold by remote");
    await bob.run("hangUp");
    await Promise.all([alice.heard("ended"), bob.heard("ended")]);
  });

  test.each([
    ["jssip", "sipjs"],
    ["sipjs", "jssip"],
  ] as const)("%s transfers %s to a third phone", async (transferor, transferee) => {
    const [alice, bob, carol] = await Promise.all([phone(transferor, "alice"), phone(transferee, "bob"), phone("jssip", "carol")]);
    await alice.run("call", "bob");
    await Promise.all([alice.heard("confirmed"), bob.heard("confirmed")]);
    expect(await alice.run("transfer", "carol")).toBe("accepted");
    await carol.heard("confirmed");
    await Promise.all([bob.mediaConnected(), carol.mediaConnected()]);
    await carol.run("hangUp");
    await carol.heard("ended");
  });

  describe.each(["jssip", "sipjs"] as const)("%s and SipUserAgent", (library) => {
    let alice: BrowserPhone;
    let agent: SipUserAgent;

    beforeEach(async () => {
      const udp = server.listening.find(({ transport }) => transport === "UDP")!;
      agent = new SipUserAgent({
        uri: "sip:bob@test.local",
        credentials: { username: "bob", password: PASSWORDS.bob },
        proxy: `sip:127.0.0.1:${udp.port}`,
        listen: [{ transport: "UDP", host: "127.0.0.1" }],
        calls: { infoPackages: [] },
      });
      await agent.register();
      alice = await phone(library, "alice");
    });

    afterEach(async () => {
      await agent.close();
    });

    test("the browser calls, holds, sends a tone and hangs up", async () => {
      const incoming = new Promise<IncomingCall>((resolve) =>
        agent.addEventListener("invite", ({ call }) => resolve(call), { once: true }),
      );
      await alice.run("call", "bob");
      const call = await incoming;
      call.ring();
      const holds: (string | undefined)[] = [];
      call.addEventListener("offer", (event) => {
        holds.push(directionOf(event.offer));
        event.respondWith(webrtcAnswer(event.offer ?? ""));
      });
      const tone = new Promise<string>((resolve) => call.addEventListener("dtmf", (event) => resolve(event.tone), { once: true }));
      expect(await call.accept({ answer: webrtcAnswer(call.offer ?? "") })).toBe(true);
      await alice.heard("confirmed");
      await alice.run("hold");
      await alice.run("unhold");
      expect(holds).toEqual([expect.stringMatching(/sendonly|inactive/), "sendrecv"]);
      await alice.run("sendTone", "5");
      expect(await tone).toBe("5");
      await alice.run("hangUp");
      expect((await call.ended).cause).toBe("remote-bye");
    });

    test("the browser is called, held and hung up on", async () => {
      const call = await agent.invite("sip:alice@test.local", { offer: webrtcOffer(1) });
      await alice.heard("confirmed");
      expect(directionOf(call.remoteDescription)).toBe("sendrecv");
      await call.hold();
      expect(directionOf(call.remoteDescription)).toBe("recvonly");
      await call.resume();
      expect(directionOf(call.remoteDescription)).toBe("sendrecv");
      await call.hangUp();
      await alice.heard("ended");
    });

    test("the browser gives up before anybody answers", async () => {
      const incoming = new Promise<IncomingCall>((resolve) =>
        agent.addEventListener("invite", ({ call }) => resolve(call), { once: true }),
      );
      await alice.run("call", "bob");
      const call = await incoming;
      call.ring();
      await alice.run("cancel");
      expect((await call.ended).cause).toBe("cancelled");
    });

    test("a call that the browser's server cannot place is refused with its status", async () => {
      const refused = await agent.invite("sip:carol@test.local", { offer: webrtcOffer() }).catch((error: unknown) => error);
      expect(refused).toMatchObject({ statusCode: 480 });
    });

    test("the user agent transfers the browser", async () => {
      const carol = await phone(library === "jssip" ? "sipjs" : "jssip", "carol");
      const call = await agent.invite("sip:alice@test.local", { offer: webrtcOffer(1) });
      await alice.heard("confirmed");
      const transfer = call.transfer("sip:carol@test.local");
      await transfer.completed;
      await carol.heard("confirmed");
      await carol.mediaConnected();
    });
  });
});
