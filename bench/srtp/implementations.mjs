/** The JavaScript implementations under measurement: each makes, for a case, a function that works on a given number of packets. */
import { createRequire } from "node:module";
import path from "node:path";
import { nobleCrypto } from "@purertc/crypto/noble";
import { nodeCrypto } from "@purertc/crypto/node";
import { SrtcpReceiver, SrtcpSender, SrtpReceiver, SrtpSender } from "@purertc/srtp";

const require = createRequire(import.meta.url);
const SSRC = 0x11223344;
/** Packets protected ahead for each stretch of opening; each in memory of its own, as a socket delivers them, and as the bench of libsrtp has them. */
const BATCH = 256;

/** `{ run(count) }`, where `run` returns nanoseconds of processor time; undefined when the profile is not supported. */
export const implementations = {
  purertc: (what) => ourCase(nodeCrypto, what),
  "purertc (noble)": (what) => ourCase(nobleCrypto, what),
  werift: weriftCase,
};

/** Processor time of this process so far, in nanoseconds, all threads: collecting garbage counts. */
function cpuNs() {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

/** What reading that clock costs: the least of many tries. Tens of microseconds in some sandboxes, which would be much for a short stretch. */
const clockCost = Math.min(
  ...Array.from({ length: 200 }, () => {
    const began = cpuNs();
    for (let i = 0; i < 20; i++) cpuNs();
    return (cpuNs() - began) / 21;
  }),
);

/** An RTP or RTCP packet. */
function plainPacket(protocol, size) {
  const packet = Buffer.from(new ArrayBuffer((protocol === "rtp" ? 12 : 8) + size));
  for (let i = 0; i < packet.length; i++) packet[i] = i;
  packet[0] = 0x80;
  if (protocol === "rtp") {
    packet[1] = 96;
    packet.writeUInt32BE(SSRC, 8);
  } else {
    packet[1] = 200;
    packet.writeUInt16BE(packet.length / 4 - 1, 2);
    packet.writeUInt32BE(SSRC, 4);
  }
  return packet;
}

function keysOf(profile) {
  const gcm = profile.includes("GCM");
  return { masterKey: Buffer.alloc(profile.includes("256") ? 32 : 16, 7), masterSalt: Buffer.alloc(gcm ? 12 : 14, 9) };
}

function ourCase(crypto, { protocol, profile, operation, size }) {
  const options = { crypto, profile, ...keysOf(profile) };
  const rtp = protocol === "rtp";
  const sender = rtp ? new SrtpSender(options) : new SrtcpSender(options);
  const packet = plainPacket(protocol, size);
  const out = new Uint8Array(2048);
  out.set(packet);
  let sequence = 0;
  // In place, as libsrtp does it and as our own engine does: the payload of the next packet is the ciphertext of this one.
  const plain = out.subarray(0, packet.length);
  const protect = () => {
    if (!rtp) return sender.protect(plain, out);
    writeSequence(out, ++sequence);
    return sender.protect(out, out, packet.length);
  };
  if (operation === "protect") {
    return {
      run(count) {
        const began = cpuNs();
        for (let i = 0; i < count; i++) protect();
        return cpuNs() - began;
      },
    };
  }
  const receiver = rtp ? new SrtpReceiver(options) : new SrtcpReceiver(options);
  const opened = new Uint8Array(2048);
  return opening(
    () => out.subarray(0, protect()),
    (sealed) => receiver.unprotect(sealed, opened) > 0,
  );
}

function weriftCase({ protocol, profile, operation, size }) {
  const id = { SRTP_AES128_CM_HMAC_SHA1_80: 1, SRTP_AEAD_AES_128_GCM: 7 }[profile];
  if (id === undefined) return undefined;
  const folder = path.join(path.dirname(require.resolve("werift")), "../../rtp/src");
  const { SrtpSession } = require(path.join(folder, "srtp/srtp.js"));
  const { SrtcpSession } = require(path.join(folder, "srtp/srtcp.js"));
  const { RtpHeader } = require(path.join(folder, "rtp/rtp.js"));
  const { masterKey, masterSalt } = keysOf(profile);
  const keys = { localMasterKey: masterKey, localMasterSalt: masterSalt, remoteMasterKey: masterKey, remoteMasterSalt: masterSalt };
  const rtp = protocol === "rtp";
  const session = rtp ? new SrtpSession({ keys, profile: id }) : new SrtcpSession({ keys, profile: id });
  const packet = plainPacket(protocol, size);
  const payload = packet.subarray(12);
  const header = new RtpHeader({ version: 2, payloadType: 96, sequenceNumber: 0, timestamp: 0, ssrc: SSRC });
  let sequence = 0;
  const protect = () => {
    if (!rtp) return session.encrypt(packet);
    header.sequenceNumber = ++sequence & 0xffff;
    return session.encrypt(payload, header);
  };
  if (operation === "protect") {
    return {
      run(count) {
        const began = cpuNs();
        for (let i = 0; i < count; i++) protect();
        return cpuNs() - began;
      },
    };
  }
  return opening(protect, (sealed) => session.decrypt(sealed).length > 0);
}

/** Opens packets made just before, and counts the opening only. All are of one length, so that the memory of a batch serves the next as well. */
function opening(protect, open) {
  const memory = [];
  const fill = (count) => {
    while (memory.length < count) memory.push(undefined);
    for (let i = 0; i < count; i++) {
      const sealed = protect();
      memory[i] ??= Buffer.from(new ArrayBuffer(sealed.length));
      memory[i].set(sealed);
    }
  };
  return {
    run(count) {
      let spent = 0;
      for (let done = 0; done < count; done += BATCH) {
        const batch = Math.min(BATCH, count - done);
        fill(batch);
        const began = cpuNs();
        for (let i = 0; i < batch; i++) if (!open(memory[i])) throw new Error("a packet did not open");
        spent += cpuNs() - began - clockCost;
      }
      return spent;
    },
    /** Packets made ahead, for measuring what opening alone allocates. */
    prepare(count) {
      fill(count);
      return () => {
        for (let i = 0; i < count; i++) open(memory[i]);
      };
    },
  };
}

function writeSequence(packet, sequence) {
  packet[2] = sequence >> 8;
  packet[3] = sequence;
}
