import { nodeCrypto } from "@purertc/crypto/node";
import { SrtpReceiver, SrtpSender, splitDtlsSrtpKeys } from "@purertc/srtp";

const profile = "SRTP_AEAD_AES_128_GCM";
const exported = new Uint8Array(56).fill(7); // DTLS: exportKeyingMaterial(DTLS_SRTP_EXPORTER_LABEL, undefined, 56)
const { client } = splitDtlsSrtpKeys(profile, exported);
const sender = new SrtpSender({ crypto: nodeCrypto, profile, ...client });
const receiver = new SrtpReceiver({ crypto: nodeCrypto, profile, ...client });

const rtp = Uint8Array.of(0x80, 111, 0, 1, 0, 0, 0, 0, 0x12, 0x34, 0x56, 0x78, 104, 101, 108, 108, 111);
const wire = new Uint8Array(1500);
const srtp = wire.subarray(0, sender.protect(rtp, wire));
const out = new Uint8Array(1500);
console.log(receiver.unprotect(srtp, out)); // 17: the RTP packet's length
console.log(receiver.unprotect(srtp, out)); // "replayed"
