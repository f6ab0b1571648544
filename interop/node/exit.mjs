// One way for a process to be done with WebRTC, by name; it never calls process.exit.
import { RTCPeerConnection } from "purertc";
import { connectedPair } from "./pair.mjs";

const ways = {
  async "both ends close"() {
    const { a, b } = await connectedPair();
    a.close();
    b.close();
  },
  async "never negotiated"() {
    new RTCPeerConnection().createDataChannel("x");
  },
  async "closed while gathering"() {
    const pc = new RTCPeerConnection({ iceServers: [{ urls: "stun:192.0.2.99:3478" }] });
    pc.createDataChannel("x");
    await pc.setLocalDescription();
    setTimeout(() => pc.close(), 50);
  },
  async "closed while nobody answers"() {
    const pc = new RTCPeerConnection();
    pc.createDataChannel("x");
    await pc.setLocalDescription();
    const other = new RTCPeerConnection();
    await other.setRemoteDescription(pc.localDescription);
    await other.setLocalDescription();
    await pc.setRemoteDescription(other.localDescription);
    other.close();
    setTimeout(() => pc.close(), 100);
  },
  async "closed in the middle of a transfer"() {
    const { a, b, channel } = await connectedPair();
    for (let i = 0; i < 50; i++) channel.send(new Uint8Array(65_536));
    a.close();
    b.close();
  },
  async "still open"() {
    await connectedPair();
  },
};

await ways[process.argv[2]]();
process.stdout.write("done\n");
