/** werift keeps the transport of a bundle whose tag our offer stops, as RFC 9143 §7.3 has it, where browsers make a new one. */
import { EncodedTrackGenerator, RTCPeerConnection } from "purertc";
import { afterEach, expect, test } from "vitest";
import * as werift from "werift";
import { within } from "../browsers/browser.ts";
import { gathered } from "../browsers/gathered.ts";

let close: () => unknown = () => undefined;
afterEach(() => close());

test.each(["we", "they"] as const)("RFC 9143 §7.3: data channels go on when %s stop the first section of the bundle", async (side) => {
  const theirs = new werift.RTCPeerConnection({ bundlePolicy: "max-bundle", iceServers: [] });
  const ours = new RTCPeerConnection({}, { loopback: true });
  close = () => {
    ours.close();
    return theirs.close();
  };
  const channel = ours.createDataChannel("echo", { negotiated: true, id: 1 });
  const echo = theirs.createDataChannel("echo", { negotiated: true, id: 1 });
  echo.onMessage.subscribe((message) => echo.send(message));
  const transceiver =
    side === "we" ? ours.addTransceiver(new EncodedTrackGenerator({ kind: "audio" }).track) : theirs.addTransceiver("audio");
  const negotiate = async (): Promise<void> => {
    if (side === "they") {
      await theirs.setLocalDescription(await theirs.createOffer());
      await ours.setRemoteDescription({ type: "offer", sdp: theirs.localDescription!.sdp });
    }
    await ours.setLocalDescription();
    const { type, sdp } = await gathered(ours);
    if (type === "offer") {
      await theirs.setRemoteDescription({ type, sdp: sdp! });
      await theirs.setLocalDescription(await theirs.createAnswer());
      await ours.setRemoteDescription({ type: "answer", sdp: theirs.localDescription!.sdp });
    } else await theirs.setRemoteDescription({ type: "answer", sdp: sdp! });
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
  expect(ours.getTransceivers()).toEqual([]);
  expect(await echoed("at once")).toBe("at once");
  await new Promise((resolve) => setTimeout(resolve, 3000));
  expect(await echoed("later")).toBe("later");
  expect(ours.connectionState).toBe("connected");
});
