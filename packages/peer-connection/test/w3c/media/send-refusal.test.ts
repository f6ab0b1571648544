import { expect, test } from "vitest";
import { EncodedTrackGenerator } from "../../../src/index.ts";
import { exchangeCandidates, negotiate, virtualPeers } from "../../virtual-host.ts";
import { vp8Frame } from "./tracks.ts";

test("RTCRtpSender.sendRefusal: why nothing of a track is sent", async () => {
  const { create, host } = virtualPeers();
  const [a, b] = [create(), create()];
  const generator = new EncodedTrackGenerator({ kind: "video" });
  const sender = a.addTrack(generator.track);
  const writer = generator.writable.getWriter();
  const write = async (mimeType: string): Promise<unknown> => {
    await writer.write({ data: vp8Frame(20, true), timestamp: 0, mimeType });
    return sender.sendRefusal;
  };
  expect([sender.sendRefusal, await write("video/VP8")]).toEqual([null, "not-negotiated"]);
  exchangeCandidates(a, b);
  await negotiate(a, b);
  await host.sleep(1000);
  expect([await write("video/theora"), await write("video/VP8")]).toEqual(["wrong-codec", null]);
  a.getTransceivers()[0]!.direction = "inactive";
  await negotiate(a, b);
  expect(await write("video/VP8")).toBe("muted");
  a.removeTrack(sender);
  expect(sender.sendRefusal).toBeNull();
});
