/**
 * Data channels on loopback between two processes, purertc against werift and libwebrtc (@roamhq/wrtc) in the same run.
 * Rounds are interleaved (A B C, A B C, …) so that drift of the machine hits all alike; figures are medians. Bars come from issue texts
 * and are ratios. `--quick` makes everything shorter; `--only "NAME[;NAME]"` picks implementations.
 */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { bar, median, option, percentile, table } from "../report.mjs";

/** The implementation that keeps to packets as they go over a network. */
const NETWORK = "purertc, 1200-byte packets";
const worker = fileURLToPath(new URL("./worker.mjs", import.meta.url));

export async function dataChannelBench(args) {
  const quick = args.includes("--quick");
  const names = option(args, "--only")?.split(";") ?? ["purertc", NETWORK, "werift", "libwebrtc"];
  const rounds = quick ? 1 : 3;
  const seconds = quick ? 1 : 3;
  const results = Object.fromEntries(names.map((name) => [name, { bulk: [], bulkCpu: [], small: [], ping: [], pingTail: [] }]));

  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      const pair = await connect(name);
      try {
        const big = await transfer(pair, 65536, seconds);
        results[name].bulk.push(big.megabytesPerSecond);
        results[name].bulkCpu.push(big.cpuMsPerMegabyte);
        results[name].small.push((await transfer(pair, 1024, seconds)).messagesPerSecond);
        const times = await pair.sender.call("ping", { count: quick ? 500 : 3000, warmup: 500 });
        results[name].ping.push(percentile(times, 50));
        results[name].pingTail.push(percentile(times, 99));
      } finally {
        pair.close();
      }
    }
  }
  for (const name of names) {
    const single = await spawnWorker(name);
    results[name].open = await single.call("openPairs", { count: quick ? 20 : 100, warmup: 10 });
    single.close();
    const fresh = await spawnWorker(name);
    results[name].idle = await fresh.call("idlePairs", { count: quick ? 50 : 200 });
    fresh.close();
  }

  const of = (name, key) => median(results[name][key]);
  table(
    "data channel, two processes on loopback",
    [
      "",
      "64 KiB MB/s",
      "CPU ms/MB",
      "1 KiB messages/s",
      "round trip p50 µs",
      "p99 µs",
      "open p50 ms",
      "open CPU ms/pair",
      "idle KB/endpoint heap",
      "RSS",
    ],
    names.map((name) => [
      name,
      of(name, "bulk").toFixed(1),
      of(name, "bulkCpu").toFixed(1),
      of(name, "small").toFixed(0),
      of(name, "ping").toFixed(1),
      of(name, "pingTail").toFixed(1),
      percentile(results[name].open.wall, 50).toFixed(2),
      results[name].open.cpuMs.toFixed(2),
      (results[name].idle.heap / 1024).toFixed(1),
      (results[name].idle.rss / 1024).toFixed(1),
    ]),
  );
  if (!names.includes("purertc")) return [];
  const verdicts = [];
  const ratio = (key, peer) => of("purertc", key) / of(peer, key);
  if (names.includes("werift")) {
    verdicts.push(bar("64 KiB messages, MB/s against werift", ratio("bulk", "werift"), ">=", 10));
    verdicts.push(bar("1 KiB messages/s against werift", ratio("small", "werift"), ">=", 10));
  }
  if (names.includes("libwebrtc")) {
    verdicts.push(bar("64 KiB messages, MB/s against libwebrtc", ratio("bulk", "libwebrtc"), ">=", 0.8, 1.2));
    verdicts.push(bar("CPU ms/MB against libwebrtc", ratio("bulkCpu", "libwebrtc"), "<=", 1.3));
    verdicts.push(bar("1 KiB messages/s against libwebrtc", ratio("small", "libwebrtc"), ">=", 2, 4));
  }
  if (names.includes("libwebrtc") && names.includes(NETWORK)) {
    const network = (key) => of(NETWORK, key) / of("libwebrtc", key);
    verdicts.push(bar("64 KiB messages in 1200-byte packets, MB/s against libwebrtc", network("bulk"), ">=", 0.8, 1.2));
    verdicts.push(bar("CPU ms/MB in 1200-byte packets against libwebrtc", network("bulkCpu"), "<=", 1.3));
  }
  verdicts.push(bar("round trip p50, µs", of("purertc", "ping"), "<=", 35));
  verdicts.push(bar("new RTCPeerConnection to open channel p50, ms", percentile(results.purertc.open.wall, 50), "<=", 15, 5));
  verdicts.push(bar("CPU to open a pair, ms", results.purertc.open.cpuMs, "<=", 2.5));
  verdicts.push(bar("memory per idle connected endpoint, KB of heap", results.purertc.idle.heap / 1024, "<=", 50));
  return verdicts;
}

async function transfer(pair, size, seconds) {
  await pair.receiver.call("reset");
  const sent = await pair.sender.call("send", { size, seconds });
  let got = await pair.receiver.call("received");
  const giveUp = performance.now() + 30_000;
  while (got.messages < sent.messages && performance.now() < giveUp) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    got = await pair.receiver.call("received");
  }
  if (got.messages !== sent.messages) throw new Error(`sent ${sent.messages} messages, received ${got.messages}`);
  const elapsed = (got.last - got.first) / 1000;
  return {
    megabytesPerSecond: got.bytes / elapsed / 1e6,
    messagesPerSecond: got.messages / elapsed,
    cpuMsPerMegabyte: (sent.cpuMs + got.cpuMs) / (got.bytes / 1e6),
  };
}

async function connect(name) {
  const sender = await spawnWorker(name);
  const receiver = await spawnWorker(name);
  const answer = await receiver.call("answer", await sender.call("offer"));
  await sender.call("accept", answer);
  await Promise.all([sender.call("open"), receiver.call("open")]);
  return {
    sender,
    receiver,
    close: () => {
      sender.close();
      receiver.close();
    },
  };
}

function spawnWorker(name) {
  const child = fork(worker, [name], { execArgv: ["--expose-gc"], serialization: "advanced" });
  const waiting = new Map();
  let last = 0;
  child.on("message", ({ id, result, error }) => {
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) resolve(result);
    else reject(new Error(`${name}: ${error}`));
  });
  child.on("exit", (code, signal) => {
    if (signal === "SIGKILL") return;
    for (const { reject } of waiting.values()) reject(new Error(`${name}: worker ended (${code ?? signal})`));
    waiting.clear();
  });
  return {
    call: (method, argument) =>
      new Promise((resolve, reject) => {
        last += 1;
        waiting.set(last, { resolve, reject });
        child.send({ id: last, method, argument });
      }),
    close: () => child.kill("SIGKILL"),
  };
}
