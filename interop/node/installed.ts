/** A program that has the packages from npm: `install.test.ts` compiles it without DOM types and without `skipLibCheck`, and runs it. */
import { encodeAlaw } from "@purertc/codecs";
import { Malformed, randomBytes } from "@purertc/core";
import { nodeCrypto, nodeRandom } from "@purertc/crypto/node";
import { DtlsConnection } from "@purertc/dtls";
import { IvfReader, MediaRecorder } from "@purertc/media";
import { parseRtcp } from "@purertc/rtp";
import { SctpAssociation } from "@purertc/sctp-datachannel";
import { parseSdp } from "@purertc/sdp";
import { SipStack, SipUserAgent } from "@purertc/sip";
import { parseSipMessage } from "@purertc/sip-parser";
import { SrtpReceiver, SrtpSender } from "@purertc/srtp";
import { IceAgent } from "@purertc/stun-ice";
import { type RTCDataChannel, RTCPeerConnection } from "purertc";

const classes = [DtlsConnection, SctpAssociation, SipStack, SipUserAgent, IceAgent, encodeAlaw, IvfReader, MediaRecorder, parseRtcp];
if (classes.some((one) => typeof one !== "function")) throw new Error("something is missing");

const request = parseSipMessage(new TextEncoder().encode("OPTIONS sip:bob@example.com SIP/2.0\r\n\r\n"));
if (request instanceof Malformed) throw new Error(request.reason);

const keys = {
  crypto: nodeCrypto,
  profile: "SRTP_AEAD_AES_128_GCM",
  masterKey: randomBytes(nodeRandom, 16),
  masterSalt: randomBytes(nodeRandom, 12),
} as const;
const packet = new Uint8Array(64);
packet[0] = 0x80;
const sealed = packet.subarray(0, new SrtpSender(keys).protect(packet, packet, 32));
if (new SrtpReceiver(keys).unprotect(sealed, packet) !== 32) throw new Error("SRTP does not open what it sealed");

const a = new RTCPeerConnection();
const b = new RTCPeerConnection();
a.onicecandidate = ({ candidate }) => void b.addIceCandidate(candidate);
b.onicecandidate = ({ candidate }) => void a.addIceCandidate(candidate);
const channel: RTCDataChannel = a.createDataChannel("greeting");
channel.onopen = () => channel.send("hello");
b.ondatachannel = (event) => {
  event.channel.onmessage = ({ data }) => {
    console.log(`all there: ${data}`);
    a.close();
    b.close();
  };
};
await a.setLocalDescription();
if (parseSdp(a.localDescription?.sdp ?? "") instanceof Malformed) throw new Error("an offer that is no SDP");
await b.setRemoteDescription(a.localDescription!);
await b.setLocalDescription();
await a.setRemoteDescription(b.localDescription!);
