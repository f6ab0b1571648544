/** Prints the bytes of heap that one idle registration holds: a registrar with its bindings in memory, and nobody calling. Run with --expose-gc. */
import { hostRandom, Registrar } from "@purertc/sip";
import { parseSipMessage } from "@purertc/sip-parser";

const count = Number(process.argv[2] ?? 50_000);
const registrar = new Registrar({ domains: ["test.local"], random: hostRandom });

function register(i) {
  return Buffer.from(
    `REGISTER sip:test.local SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.${i % 250}:5060;branch=z9hG4bK${i}\r\nMax-Forwards: 70\r\n` +
      `From: <sip:user${i}@test.local>;tag=${i}\r\nTo: <sip:user${i}@test.local>\r\nCall-ID: ${i}-a84b4c76e66710@192.0.2.1\r\nCSeq: 1 REGISTER\r\n` +
      `Contact: <sip:user${i}@192.0.2.${i % 250}:5060;transport=udp>;expires=3600\r\nContent-Length: 0\r\n\r\n`,
  );
}

async function heapAfter(from, to) {
  for (let i = from; i < to; i++) {
    const response = await registrar.register(0, parseSipMessage(register(i)), { user: `user${i}`, flow: String(i) });
    if (response.statusCode !== 200) throw new Error(`${response.statusCode} ${response.reasonPhrase}`);
  }
  globalThis.gc();
  return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
}

const before = await heapAfter(0, 2000);
const after = await heapAfter(2000, 2000 + count);
console.log(Math.round((after - before) / count));
