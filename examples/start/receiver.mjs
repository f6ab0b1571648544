// The other process: answers, counts and hashes what arrives, and tells its parent after `total` bytes.
import { createHash } from "node:crypto";
import { RTCPeerConnection } from "purertc";

const pc = new RTCPeerConnection();
pc.addEventListener("icecandidate", ({ candidate }) => process.connected && process.send({ candidate }));
pc.addEventListener("datachannel", ({ channel }) => {
  const hash = createHash("sha256");
  let bytes = 0;
  channel.binaryType = "arraybuffer";
  channel.addEventListener("message", ({ data }) => {
    hash.update(new Uint8Array(data));
    bytes += data.byteLength;
    if (bytes >= total) process.send({ received: { bytes, hash: hash.digest("hex") } });
  });
});

let last = Promise.resolve();
let total = Number.POSITIVE_INFINITY;
process.on("message", (message) => {
  last = last.then(() => receive(message));
});
process.on("disconnect", () => pc.close());

async function receive(message) {
  if (message.total) total = message.total;
  if (message.candidate) await pc.addIceCandidate(message.candidate);
  if (message.description) {
    await pc.setRemoteDescription(message.description);
    await pc.setLocalDescription();
    process.send({ description: pc.localDescription });
  }
}
