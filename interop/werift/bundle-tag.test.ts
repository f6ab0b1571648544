/** werift keeps the transport of a bundle whose tag our offer stops, as RFC 9143 §7.3 has it, where browsers make a new one. */
import { EncodedTrackGenerator, RTCPeerConnection } from "purertc";
import { afterEach, expect, test } from "vitest";
import * as werift from "werift";
import { within } from "../browsers/browser.ts";

let close: () => unknown = () => undefined;
afterEach(() => close());

test("RFC 9143 §7.3: data channels go on when the first section of the bundle is stopped", async () => {
  const theirs = new werift.RTCPeerConnection({ bundlePolicy: "max-bundle", iceServers: [] });
  const ours = new RTCPeerConnection({}, { loopback: true });
  close = () => {
    ours.close();
    return theirs.close();
  };
  const channel = ours.createDataChannel("echo");
  theirs.onDataChannel.subscribe((other) => void other.onMessage.subscribe((message) => other.send(message)));
  const transceiver = ours.addTransceiver(new EncodedTrackGenerator({ kind: "audio" }).track);
  const negotiate = async (): Promise<void> => {
    await ours.setLocalDescription();
    while (ours.iceGatheringState !== "complete") {
      await new Promise((resolve) => ours.addEventListener("icegatheringstatechange", resolve, { once: true }));
    }
    await theirs.setRemoteDescription({ type: "offer", sdp: ours.localDescription!.sdp });
    await theirs.setLocalDescription(await theirs.createAnswer());
    await ours.setRemoteDescription({ type: "answer", sdp: theirs.localDescription!.sdp });
  };
  const echoed = (text: string): Promise<unknown> => {
    const heard = new Promise((resolve) => {
      channel.addEventListener("message", ({ data }) => data === text && resolve(data));
    });
    channel.send(text);
    return within(10_000, `the echo of ${text}`, heard);
  };
  await negotiate();
  if (channel.readyState !== "open") await within(10_000, "a channel", new Promise((resolve) => channel.addEventListener("open", resolve)));
  expect(await echoed("before")).toBe("before");
  transceiver.stop();
  await negotiate();
  expect(transceiver.currentDirection).toBe("stopped");
  expect(await echoed("at once")).toBe("at once");
  await new Promise((resolve) => setTimeout(resolve, 3000));
  expect(await echoed("later")).toBe("later");
  expect(ours.connectionState).toBe("connected");
});
