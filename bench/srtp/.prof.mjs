import { implementations } from "./implementations.mjs";

const [, , profile = "SRTP_AES128_CM_HMAC_SHA1_80", operation = "protect", size = "100", protocol = "rtp", n = "1000000"] = process.argv;
const c = implementations.purertc({ profile, operation, size: +size, protocol });
c.run(20000);
const N = +n;
const t = [];
for (let i = 0; i < 7; i++) t.push(c.run((N / 7) | 0) / ((N / 7) | 0));
t.sort((a, b) => a - b);
console.log(profile, operation, size, t[3].toFixed(0), "ns", "best", t[0].toFixed(0));
