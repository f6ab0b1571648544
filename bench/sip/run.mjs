/**
 * OPTIONS answered without state, and whole INVITE-ACK-BYE calls, over UDP on one core with sipp as the load, against kamailio in the same run. What
 * counts is the processor time a message costs, which a busy machine changes little: answers per second of it are what one core can do. Then the memory
 * of an idle registration and of a call that goes on.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { bar, table } from "../report.mjs";
import { delay, has, runSipp, startKamailio, startOurs } from "./peers.mjs";

export async function sipBench(args) {
  if (!has("sipp", "-v") || !has("taskset", "-V")) {
    console.log("\nsip: sipp or taskset is not installed (Debian: sip-tester, util-linux); nothing measured");
    return [];
  }
  const quick = args.includes("--quick");
  const load = quick ? { options: 20_000, calls: 5_000, held: 1_000 } : { options: 100_000, calls: 30_000, held: 5_000 };
  const ours = {
    options: await measure(() => startOurs("options", 5780), "options", load.options),
    calls: await measure(() => startOurs("calls", 5781), "call", load.calls),
  };
  const kamailio = has("kamailio", "-v")
    ? {
        options: await measure(() => startKamailio(5782), "options", load.options),
        calls: await measure(() => startKamailio(5783), "call", load.calls),
      }
    : undefined;
  if (kamailio === undefined) console.log("\nsip: kamailio is not installed; nothing to compare with");
  const row = (name, { options, calls }) => [
    name,
    ...[options, calls].flatMap((each) => [each.perCpuSecond, each.perSecond, each.failed].map((value) => value.toFixed(0))),
  ];
  table(
    "SIP over UDP, one core",
    ["peer", "OPTIONS per processor second", "per second", "failed", "calls per processor second", "per second", "failed"],
    [row("purertc", ours), ...(kamailio === undefined ? [] : [row("kamailio (transactions only)", kamailio)])],
  );
  const registration = bytesPerRegistration(quick ? 10_000 : 50_000);
  const call = await bytesPerCall(load.held);
  table("SIP, heap bytes", ["an idle registration", "a call that goes on"], [[registration.toFixed(0), call.toFixed(0)]]);
  const verdicts = [
    bar("SIP OPTIONS answered without state, per processor second", ours.options.perCpuSecond, ">=", 30_000),
    bar("SIP calls, INVITE to BYE, per processor second", ours.calls.perCpuSecond, ">=", 1_500, 4_000),
    bar("calls that failed under load", ours.calls.failed + ours.options.failed, "<=", 0),
    bar("heap bytes of an idle registration", registration, "<=", 1_500),
    bar("heap bytes of a call that goes on", call, "<=", 20_000),
  ];
  if (kamailio !== undefined)
    verdicts.push(bar("OPTIONS, times kamailio's", ours.options.perCpuSecond / kamailio.options.perCpuSecond, ">=", 0.4));
  return verdicts;
}

/** A first tenth warms up; the rest counts. */
async function measure(start, scenario, count) {
  const peer = await start();
  try {
    await runSipp(peer, scenario, count / 10, 100);
    const before = peer.cpuSeconds();
    const { seconds, failed } = await runSipp(peer, scenario, count, 200);
    return { perCpuSecond: count / (peer.cpuSeconds() - before), perSecond: count / seconds, failed };
  } finally {
    await peer.stop();
  }
}

function bytesPerRegistration(count) {
  const file = fileURLToPath(new URL("./registrations.mjs", import.meta.url));
  return Number(spawnSync(process.execPath, ["--expose-gc", file, String(count)], { encoding: "utf8" }).stdout);
}

/** What the heap grows by while so many calls stand, once their INVITE transactions are over (64 T1). */
async function bytesPerCall(count) {
  const peer = await startOurs("calls", 5784);
  try {
    await runSipp(peer, "call", 1000, 100);
    await delay(33_000);
    const before = await peer.heap();
    const calls = runSipp(peer, "held-call", count, count);
    await delay(45_000);
    const after = await peer.heap();
    await calls;
    return (after - before) / count;
  } finally {
    await peer.stop();
  }
}
