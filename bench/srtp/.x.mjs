import { nodeCrypto } from "@purertc/crypto/node";
import { SrtpReceiver, SrtpSender } from "@purertc/srtp";

const cpu = () => {
  const u = process.cpuUsage();
  return (u.user + u.system) * 1000;
};
const opt = {
  crypto: nodeCrypto,
  profile: process.argv[2] ?? "SRTP_AEAD_AES_128_GCM",
  masterKey: new Uint8Array(16),
  masterSalt: new Uint8Array((process.argv[2] ?? "GCM").includes("GCM") ? 12 : 14),
};
for (const B of [16, 64, 256, 1024, 4096]) {
  const s = new SrtpSender(opt),
    r = new SrtpReceiver(opt);
  const p = new Uint8Array(112);
  p[0] = 0x80;
  p[11] = 5;
  const out = new Uint8Array(2048);
  let q = 0;
  const pk = Array.from({ length: B }, () => new Uint8Array(112 + s.overhead));
  const res = [];
  for (let rep = 0; rep < (1 << 20) / B; rep++) {
    for (const x of pk) {
      ++q;
      p[2] = q >> 8;
      p[3] = q;
      s.protect(p, x);
    }
    const a = cpu();
    for (const x of pk) r.unprotect(x, out);
    res.push((cpu() - a) / B);
  }
  res.sort((a, b) => a - b);
  console.log(B, "p10", res[(res.length / 10) | 0].toFixed(0), "med", res[res.length >> 1].toFixed(0));
}
