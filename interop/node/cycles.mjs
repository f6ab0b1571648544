// Connects and closes many times and tells what is left: `node --expose-gc cycles.mjs <cycles>`.
import { connectedPair } from "./pair.mjs";

async function cycle() {
  const { a, b } = await connectedPair();
  a.close();
  b.close();
}

/** What is left once everything had time to go. */
async function measure() {
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    globalThis.gc();
  }
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return { heapUsed, external, arrayBuffers, resources: process.getActiveResourcesInfo().filter((name) => !name.includes("Pipe")) };
}

const cycles = Number(process.argv[2]);
for (let i = 0; i < cycles; i++) await cycle(); // V8 compiles and keeps what it learned: 2 MB, and then no more
const before = await measure();
for (let i = 0; i < cycles; i++) await cycle();
process.send({ before, after: await measure() });
process.disconnect();
