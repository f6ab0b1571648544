// Two purertc peers in one process, connected and with one open channel.
import { RTCPeerConnection } from "purertc";

export async function connectedPair() {
  const a = new RTCPeerConnection();
  const b = new RTCPeerConnection();
  a.onicecandidate = ({ candidate }) => candidate && b.addIceCandidate(candidate).catch(ignoreClosed);
  b.onicecandidate = ({ candidate }) => candidate && a.addIceCandidate(candidate).catch(ignoreClosed);
  const channel = a.createDataChannel("main");
  const announced = new Promise((resolve) => {
    b.ondatachannel = (event) => resolve(event.channel);
  });
  await a.setLocalDescription();
  await b.setRemoteDescription(a.localDescription);
  await b.setLocalDescription();
  await a.setRemoteDescription(b.localDescription);
  const other = await announced;
  const echoed = new Promise((resolve) => {
    channel.onmessage = resolve;
  });
  other.onmessage = ({ data }) => other.send(data);
  if (channel.readyState === "open") channel.send("x");
  else channel.onopen = () => channel.send("x");
  await echoed;
  return { a, b, channel, other };
}

/** A candidate may still be on its way when the connection is closed. */
function ignoreClosed(error) {
  if (error.name !== "InvalidStateError") throw error;
}
