import { nodeCrypto } from "@purertc/crypto/node";
import { SrtpReceiver, SrtpSender } from "@purertc/srtp";

const P = process.argv[2] ?? "SRTP_AEAD_AES_128_GCM",
  L = +(process.argv[3] ?? 100);
const opt = { crypto: nodeCrypto, profile: P, masterKey: new Uint8Array(16), masterSalt: new Uint8Array(P.includes("GCM") ? 12 : 14) };
const s = new SrtpSender(opt);
const p = new Uint8Array(12 + L);
p[0] = 0x80;
p[11] = 5;
const out = new Uint8Array(2048);
const B = 32768;
const pk = Array.from({ length: B }, (_, q) => {
  const x = new Uint8Array(12 + L + s.overhead);
  ++q;
  p[2] = q >> 8;
  p[3] = q;
  s.protect(p, x);
  return x;
});
const res = [];
for (let rep = 0; rep < 60; rep++) {
  const r = new SrtpReceiver(opt);
  const a = process.cpuUsage();
  for (const x of pk) r.unprotect(x, out);
  const b = process.cpuUsage(a);
  res.push(((b.user + b.system) * 1000) / B);
}
res.sort((a, b) => a - b);
console.log("med", res[30].toFixed(0), "best", res[0].toFixed(0));
