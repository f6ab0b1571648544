import { expect, test } from "vitest";
import { RTCError, type RTCPeerConnection, RTCSessionDescription } from "../../src/index.ts";
import { negotiate, next, rejection, virtualPeers } from "../virtual-host.ts";

const withChannel = (pc: RTCPeerConnection): RTCPeerConnection => {
  pc.createDataChannel("x");
  return pc;
};

test("dom-rtcpeerconnection-createoffer: an offer, as a plain dictionary, in a later task", async () => {
  const pc = withChannel(virtualPeers().create());
  const offer = await pc.createOffer();
  expect(Object.keys(offer).sort()).toEqual(["sdp", "type"]);
  expect(offer.type).toBe("offer");
  expect(offer.sdp).toContain("m=application 9 UDP/DTLS/SCTP webrtc-datachannel");
  expect(offer).not.toBeInstanceOf(RTCSessionDescription);
  expect(pc.localDescription).toBeNull();
});

test("dfn-create-an-offer step 1, dfn-create-an-answer step 1: InvalidStateError in the wrong state", async () => {
  const { create } = virtualPeers();
  const [a, b] = [withChannel(create()), create()];
  expect(await rejection(a.createAnswer())).toBe("InvalidStateError");
  await b.setRemoteDescription(await a.createOffer());
  expect(await rejection(b.createOffer())).toBe("InvalidStateError");
  expect(await rejection(b.createAnswer())).toBe("fulfilled");
});

test("dom-rtcpeerconnection-setlocaldescription: description and state change in the task that resolves the promise, the event before it", async () => {
  const pc = withChannel(virtualPeers().create());
  const offer = await pc.createOffer();
  const log: string[] = [];
  pc.addEventListener("signalingstatechange", () => log.push(`event ${pc.signalingState} ${pc.localDescription?.type}`));
  const done = pc.setLocalDescription(offer).then(() => log.push("resolved"));
  expect(pc.signalingState).toBe("stable");
  await Promise.resolve();
  expect(pc.signalingState).toBe("stable");
  await done;
  expect(log).toEqual(["event have-local-offer offer", "resolved"]);
  expect(pc.pendingLocalDescription).toBeInstanceOf(RTCSessionDescription);
  expect(pc.pendingLocalDescription?.sdp).toBe(offer.sdp);
  expect(pc.currentLocalDescription).toBeNull();
  expect(pc.localDescription).toBe(pc.pendingLocalDescription);
});

test("dom-rtcpeerconnection-setlocaldescription steps 4.2 and 4.3: changed SDP is an InvalidModificationError", async () => {
  const { create } = virtualPeers();
  const [a, b] = [withChannel(create()), create()];
  const offer = await a.createOffer();
  expect(await rejection(a.setLocalDescription({ type: "offer", sdp: `${offer.sdp}a=x\r\n` }))).toBe("InvalidModificationError");
  await b.setRemoteDescription(offer);
  const answer = await b.createAnswer();
  expect(await rejection(b.setLocalDescription({ type: "answer", sdp: answer.sdp.replace("a=mid:0", "a=mid:1") }))).toBe(
    "InvalidModificationError",
  );
  expect(await rejection(b.setLocalDescription({ type: "pranswer", sdp: "v=0" }))).toBe("InvalidModificationError");
});

test("dom-rtcpeerconnection-setlocaldescription step 4.1: without a type it is an offer or an answer, as the state asks", async () => {
  const { create } = virtualPeers();
  const [a, b] = [withChannel(create()), create()];
  await a.setLocalDescription();
  expect(a.signalingState).toBe("have-local-offer");
  await a.setLocalDescription();
  expect(a.signalingState).toBe("have-local-offer");
  await b.setRemoteDescription(a.localDescription!);
  await b.setLocalDescription();
  expect(b.signalingState).toBe("stable");
  expect(b.currentLocalDescription?.type).toBe("answer");
});

test("dom-rtcpeerconnection-setlocaldescription step 4.4: the offer made last is the one that is set, an ICE restart included", async () => {
  const { create } = virtualPeers();
  const [a, b] = [withChannel(create()), create()];
  await negotiate(a, b);
  const offer = await a.createOffer({ iceRestart: true });
  await a.setLocalDescription();
  expect(/a=ice-ufrag:(\S+)/.exec(a.pendingLocalDescription!.sdp)![1]).toBe(/a=ice-ufrag:(\S+)/.exec(offer.sdp)![1]);
});

test("dom-rtcpeerconnection-setremotedescription: a whole exchange moves descriptions from pending to current", async () => {
  const { create } = virtualPeers();
  const [a, b] = [withChannel(create()), create()];
  await a.setLocalDescription();
  await b.setRemoteDescription(a.localDescription!);
  expect(b.signalingState).toBe("have-remote-offer");
  expect(b.pendingRemoteDescription?.type).toBe("offer");
  expect(b.canTrickleIceCandidates).toBe(true);
  await b.setLocalDescription();
  expect([b.pendingRemoteDescription, b.pendingLocalDescription]).toEqual([null, null]);
  expect([b.currentRemoteDescription?.type, b.currentLocalDescription?.type]).toEqual(["offer", "answer"]);
  await a.setRemoteDescription(b.localDescription!);
  expect(a.signalingState).toBe("stable");
  expect([a.currentLocalDescription?.type, a.currentRemoteDescription?.type]).toEqual(["offer", "answer"]);
});

test("set-description: provisional answers on both sides", async () => {
  const { create } = virtualPeers();
  const [a, b] = [withChannel(create()), create()];
  await a.setLocalDescription();
  await b.setRemoteDescription(a.localDescription!);
  const { sdp } = await b.createAnswer();
  await b.setLocalDescription({ type: "pranswer", sdp });
  expect(b.signalingState).toBe("have-local-pranswer");
  await a.setRemoteDescription({ type: "pranswer", sdp });
  expect(a.signalingState).toBe("have-remote-pranswer");
  expect(await rejection(a.setLocalDescription({ type: "rollback" }))).toBe("InvalidStateError");
  expect(await rejection(b.setRemoteDescription({ type: "rollback" }))).toBe("InvalidStateError");
  await b.setLocalDescription({ type: "answer", sdp });
  await a.setRemoteDescription({ type: "answer", sdp });
  expect([a.signalingState, b.signalingState]).toEqual(["stable", "stable"]);
});

test("set-description step 2: rollback in stable is an InvalidStateError, of either side's offer it returns to stable", async () => {
  const { create } = virtualPeers();
  const [a, b] = [withChannel(create()), create()];
  expect(await rejection(a.setLocalDescription({ type: "rollback" }))).toBe("InvalidStateError");
  expect(await rejection(a.setRemoteDescription({ type: "rollback" }))).toBe("InvalidStateError");
  await a.setLocalDescription();
  await b.setRemoteDescription(a.localDescription!);
  expect(b.sctp).not.toBeNull();
  await a.setLocalDescription({ type: "rollback" });
  await b.setRemoteDescription({ type: "rollback" });
  expect([a.signalingState, b.signalingState]).toEqual(["stable", "stable"]);
  expect([a.localDescription, b.remoteDescription]).toEqual([null, null]);
  expect([a.sctp, b.sctp]).toEqual([null, null]);
});

test("dom-rtcpeerconnection-setremotedescription step 3.1: a colliding offer rolls ours back, with its own event", async () => {
  const { create } = virtualPeers();
  const [a, b] = [withChannel(create()), withChannel(create())];
  await a.setLocalDescription();
  const states: string[] = [];
  a.addEventListener("signalingstatechange", () => states.push(a.signalingState));
  await a.setRemoteDescription(await b.createOffer());
  expect(states).toEqual(["stable", "have-remote-offer"]);
  expect(a.pendingLocalDescription).toBeNull();
});

test("set-description step 4: what is wrong decides the exception", async () => {
  const { create } = virtualPeers();
  const a = create();
  expect(await rejection(a.setRemoteDescription({ type: "answer", sdp: "v=0\r\n" }))).toBe("InvalidStateError");
  const good = (await withChannel(create()).createOffer()).sdp;
  const broken = good.replace("s=-\r\n", "s=-\r\nnonsense\r\n");
  const error = await a.setRemoteDescription({ type: "offer", sdp: broken }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(RTCError);
  expect(error).toMatchObject({ name: "OperationError", errorDetail: "sdp-syntax-error", sdpLineNumber: 4 });
  const withoutUfrag = good.replace(/a=ice-ufrag:.*\r\n/, "");
  expect(await rejection(a.setRemoteDescription({ type: "offer", sdp: withoutUfrag }))).toBe("InvalidAccessError");
  expect(a.signalingState).toBe("stable");
});

test("dom-rtcsessiondescriptioninit: type is required, and must be known", async () => {
  const pc = virtualPeers().create();
  expect(await rejection(pc.setRemoteDescription(undefined as never))).toBe("TypeError");
  expect(await rejection(pc.setRemoteDescription({} as never))).toBe("TypeError");
  expect(await rejection(pc.setRemoteDescription({ type: "Offer" } as never))).toBe("TypeError");
  expect(await rejection(pc.setLocalDescription({ type: "" } as never))).toBe("TypeError");
});

test("dfn-chain: operations run one after another, in the order they were called", async () => {
  const { create } = virtualPeers();
  const [a, b] = [withChannel(create()), create()];
  const order: string[] = [];
  const offered = a.createOffer();
  void offered.then(() => order.push("createOffer"));
  const local = a.setLocalDescription().then(() => order.push("setLocalDescription"));
  const again = a.createOffer().then(() => order.push("createOffer again"));
  const offer = await offered;
  await Promise.all([local, again]);
  expect(order).toEqual(["createOffer", "setLocalDescription", "createOffer again"]);
  const remote = b.setRemoteDescription(offer);
  const answer = b.createAnswer(); // would fail at once if it did not wait
  await remote;
  expect((await answer).type).toBe("answer");
});

test("dfn-chain step 2: after close every operation is rejected with InvalidStateError", async () => {
  const pc = virtualPeers().create();
  pc.close();
  expect(await rejection(pc.createOffer())).toBe("InvalidStateError");
  expect(await rejection(pc.createAnswer())).toBe("InvalidStateError");
  expect(await rejection(pc.setLocalDescription())).toBe("InvalidStateError");
  expect(await rejection(pc.setRemoteDescription({ type: "offer", sdp: "" }))).toBe("InvalidStateError");
  expect(await rejection(pc.addIceCandidate())).toBe("InvalidStateError");
});

test("dfn-chain step 7: what is under way at close is never settled", async () => {
  const { create, host } = virtualPeers();
  const pc = withChannel(create());
  let settled = false;
  void pc.createOffer().finally(() => (settled = true));
  void pc.setLocalDescription().finally(() => (settled = true));
  pc.close();
  await host.sleep(1000);
  expect(settled).toBe(false);
});

test("legacy-interface-extensions: callbacks get the outcome, the promise undefined", async () => {
  const { create } = virtualPeers();
  const [a, b] = [withChannel(create()), create()];
  const call = <T>(act: (success: (value: T) => void, failure: (error: unknown) => void) => Promise<void>): Promise<T> =>
    new Promise((resolve, reject) => void act(resolve, reject).then((value) => expect(value).toBeUndefined()));
  const offer = await call<{ type: "offer"; sdp: string }>((s, f) => a.createOffer(s as never, f));
  expect(offer.type).toBe("offer");
  await call<void>((s, f) => a.setLocalDescription(offer, () => s(), f));
  await call<void>((s, f) => b.setRemoteDescription(offer, () => s(), f));
  const answer = await call<{ type: "answer"; sdp: string }>((s, f) => b.createAnswer(s as never, f));
  await call<void>((s, f) => b.setLocalDescription(answer, () => s(), f));
  await expect(call<void>((s, f) => a.addIceCandidate({ candidate: "x", sdpMid: "0" }, () => s(), f))).rejects.toMatchObject({
    name: "InvalidStateError",
  });
  expect(await rejection(a.createOffer(null as never, () => undefined))).toBe("TypeError");
  expect(await rejection(a.setLocalDescription(offer, undefined as never, undefined as never))).toBe("TypeError");
});

test("dfn-update-the-negotiation-needed-flag: once for the first channel, in a task, and again only when it was cleared", async () => {
  const { create, host } = virtualPeers();
  const [a, b] = [create(), create()];
  let count = 0;
  a.addEventListener("negotiationneeded", () => (count += 1));
  a.createDataChannel("one");
  expect(count).toBe(0);
  a.createDataChannel("two");
  await host.sleep(1);
  expect(count).toBe(1);
  await negotiate(a, b);
  await host.sleep(1);
  a.createDataChannel("three");
  await host.sleep(1);
  expect(count).toBe(1);
});

test("dfn-update-the-negotiation-needed-flag step 1: not while an operation runs, but when the chain is empty", async () => {
  const { create, host } = virtualPeers();
  const [a, b] = [create(), withChannel(create())];
  const states: string[] = [];
  a.addEventListener("negotiationneeded", () => states.push(a.signalingState));
  const offer = await b.createOffer();
  const applied = a.setRemoteDescription(offer);
  a.createDataChannel("early");
  await applied;
  await host.sleep(1);
  expect(states).toEqual([]); // not stable: looked at again when it is
  await a.setLocalDescription();
  await host.sleep(1);
  expect(states).toEqual([]); // the answer has the data section
});

test("dom-rtcpeerconnection-restartice: negotiation is needed until new credentials are in place", async () => {
  const { create, host } = virtualPeers();
  const [a, b] = [withChannel(create()), create()];
  await negotiate(a, b);
  await host.sleep(10);
  const ufrag = (pc: RTCPeerConnection) => /a=ice-ufrag:(\S+)/.exec(pc.localDescription!.sdp)![1];
  const before = [ufrag(a), ufrag(b)];
  const needed = next(a, "negotiationneeded");
  a.restartIce();
  await needed;
  await negotiate(a, b);
  expect(ufrag(a)).not.toBe(before[0]);
  expect(ufrag(b)).not.toBe(before[1]);
  let again = false;
  a.addEventListener("negotiationneeded", () => (again = true));
  await host.sleep(10);
  expect(again).toBe(false);
});

test("dom-rtcofferoptions-icerestart: the offer has other credentials, without it the same", async () => {
  const { create } = virtualPeers();
  const [a, b] = [withChannel(create()), create()];
  await negotiate(a, b);
  const ufrag = (sdp: string) => /a=ice-ufrag:(\S+)/.exec(sdp)![1];
  expect(ufrag((await a.createOffer()).sdp)).toBe(ufrag(a.localDescription!.sdp));
  expect(ufrag((await a.createOffer({ iceRestart: true })).sdp)).not.toBe(ufrag(a.localDescription!.sdp));
});

test("example-perfect-negotiation: two polite and impolite peers that offer at once end up connected", async () => {
  const { create, host } = virtualPeers();
  const [polite, impolite] = [create(), create()];
  const wire = (pc: RTCPeerConnection, other: () => (message: unknown) => void, isPolite: boolean) => {
    let makingOffer = false;
    let ignoreOffer = false;
    const errors: unknown[] = [];
    const send = (message: unknown) => host.after(3, () => other()(message));
    pc.onicecandidate = ({ candidate }) => send({ candidate });
    pc.onnegotiationneeded = async () => {
      makingOffer = true;
      await pc.setLocalDescription();
      send({ description: pc.localDescription });
      makingOffer = false;
    };
    const receive = async ({ description, candidate }: { description?: RTCSessionDescription; candidate?: never }) => {
      try {
        if (description !== undefined) {
          const collision = description.type === "offer" && (makingOffer || pc.signalingState !== "stable");
          ignoreOffer = !isPolite && collision;
          if (ignoreOffer) return;
          await pc.setRemoteDescription(description);
          if (description.type === "offer") {
            await pc.setLocalDescription();
            send({ description: pc.localDescription });
          }
        } else if (candidate !== undefined) {
          await pc.addIceCandidate(candidate).catch((error) => {
            if (!ignoreOffer) throw error;
          });
        }
      } catch (error) {
        errors.push(error);
      }
    };
    return { receive: receive as (message: unknown) => void, errors };
  };
  const near: ReturnType<typeof wire> = wire(polite, () => far.receive, true);
  const far: ReturnType<typeof wire> = wire(impolite, () => near.receive, false);
  const opened = Promise.all([polite.createDataChannel("p"), impolite.createDataChannel("i")].map((channel) => next(channel, "open")));
  await opened;
  expect([near.errors, far.errors]).toEqual([[], []]);
  expect([polite.signalingState, impolite.signalingState]).toEqual(["stable", "stable"]);
});

test("RFC 9429 §5.11: another fingerprint without an ICE restart is an InvalidAccessError, in an answer and in an offer", async () => {
  const { create } = virtualPeers();
  const [a, b] = [create(), create()];
  a.createDataChannel("x");
  await negotiate(a, b);
  const changed = (sdp: string): string => sdp.replace(/(a=fingerprint:sha-256 )[0-9A-F:]+/, `$1${Array(32).fill("AB").join(":")}`);
  const offer = await a.createOffer();
  expect(await rejection(b.setRemoteDescription({ type: "offer", sdp: changed(offer.sdp) }))).toBe("InvalidAccessError");
  await a.setLocalDescription(offer);
  await b.setRemoteDescription(offer);
  const answer = await b.createAnswer();
  expect(await rejection(a.setRemoteDescription({ type: "answer", sdp: changed(answer.sdp) }))).toBe("InvalidAccessError");
  expect(a.signalingState).toBe("have-local-offer");
  await a.setRemoteDescription(answer);
});

test("dom-peerconnection-restartice: wanted during an exchange, it takes another one; wanted before the peer's own restart, none", async () => {
  const { create, host } = virtualPeers();
  const ufrag = (pc: RTCPeerConnection): string => /a=ice-ufrag:(.*)/.exec(pc.localDescription!.sdp)![1]!;
  const [a, b] = [create(), create()];
  let needed = 0;
  a.restartIce();
  a.addEventListener("negotiationneeded", () => (needed += 1));
  await host.sleep(20);
  expect(needed).toBe(0); // there is nothing to restart
  a.createDataChannel("x");
  await a.setLocalDescription();
  const first = ufrag(a);
  a.restartIce();
  await b.setRemoteDescription(a.localDescription!);
  await b.setLocalDescription();
  await a.setRemoteDescription(b.localDescription!);
  expect(ufrag(a)).toBe(first);
  await host.sleep(20);
  expect(needed).toBe(1);
  await negotiate(a, b);
  const second = ufrag(a);
  expect(second).not.toBe(first);
  await host.sleep(20);
  expect(needed).toBe(1);
  // The peer restarts: our answer has new credentials, which is what we wanted.
  await b.setLocalDescription(await b.createOffer({ iceRestart: true }));
  await a.setRemoteDescription(b.localDescription!);
  a.restartIce();
  await a.setLocalDescription();
  await b.setRemoteDescription(a.localDescription!);
  expect(ufrag(a)).not.toBe(second);
  await host.sleep(20);
  expect(needed).toBe(1);
});
