import { expect, test } from "vitest";
import { MediaPeers } from "./media-peers.ts";

test("RFC 8834 §4: two peers exchange audio and video both ways, every frame whole and in order", () => {
  const peers = new MediaPeers({ link: { delayMs: 10 } });
  const { offerer, answerer } = peers;
  const audio = peers.add(offerer, "audio");
  const video = peers.add(offerer, "video");
  peers.add(answerer, "audio");
  peers.add(answerer, "video");
  peers.connect();
  const theirs = [peers.counterpart(answerer, audio), peers.counterpart(answerer, video)] as const;
  const got = [peers.receive(theirs[0]), peers.receive(theirs[1]), peers.receive(audio), peers.receive(video)] as const;
  const sent = [
    peers.sendAudio(offerer, audio, 100),
    peers.sendVideo(offerer, video, 50),
    peers.sendAudio(answerer, theirs[0], 100),
    peers.sendVideo(answerer, theirs[1], 50),
  ] as const;
  peers.network.runFor(4000);
  for (const i of [0, 1, 2, 3] as const) {
    expect(got[i].length).toBe(i % 2 === 0 ? 100 : 50);
    expect(got[i].map(({ data }) => data)).toEqual(sent[i].map(({ data }) => data));
  }
});
