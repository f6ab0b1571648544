/**
 * SRTP and SRTCP: processor time and bytes allocated per packet, of protect and unprotect, for each profile and size, in one run with werift and with C
 * libsrtp. One SSRC, packets in order. Rounds are interleaved and medians reported, so that other work on the machine hits all alike.
 *
 * Options: --quick, --profile NAME, --size BYTES, --noble (also the provider in JavaScript alone).
 */
import v8 from "node:v8";
import vm from "node:vm";
import { bar, median, option, table } from "../report.mjs";
import { implementations } from "./implementations.mjs";
import { startLibsrtp } from "./libsrtp.mjs";

const PROFILES = [
  "SRTP_AES128_CM_HMAC_SHA1_80",
  "SRTP_AES128_CM_HMAC_SHA1_32",
  "SRTP_AES256_CM_HMAC_SHA1_80",
  "SRTP_AEAD_AES_128_GCM",
  "SRTP_AEAD_AES_256_GCM",
];
const SIZES = [100, 160, 1200];

export async function srtpBench(args) {
  const quick = args.includes("--quick");
  const rounds = quick ? 5 : 9;
  const sliceMs = quick ? 10 : 25;
  const profiles = option(args, "--profile") === undefined ? PROFILES : [option(args, "--profile")];
  const sizes = option(args, "--size") === undefined ? SIZES : [Number(option(args, "--size"))];
  const names = ["purertc", ...(args.includes("--noble") ? ["purertc (noble)"] : []), "werift"];
  const libsrtp = await startLibsrtp();
  const verdicts = [];
  for (const protocol of ["rtp", "rtcp"]) {
    const rows = [];
    for (const profile of profiles) {
      for (const operation of ["protect", "unprotect"]) {
        for (const size of sizes) {
          const what = { protocol, profile, operation, size };
          const measured = await measure(what, names, libsrtp, rounds, sliceMs);
          rows.push(row(what, measured));
          if (protocol === "rtp") verdicts.push(...barsOf(what, measured));
        }
      }
    }
    const head = ["", "payload", "ns/packet", "packets/s", "bytes allocated", "libsrtp ns", "x libsrtp", "werift ns", "bytes", "x werift"];
    if (args.includes("--noble")) head.push("noble ns");
    table(`S${protocol.toUpperCase()}, CPU per packet${libsrtp === undefined ? "" : ` (${libsrtp.version})`}`, head, rows);
  }
  libsrtp?.stop();
  return verdicts;
}

/** name -> { ns, bytes }, the medians of interleaved rounds. */
async function measure(what, names, libsrtp, rounds, sliceMs) {
  const cases = new Map();
  for (const name of names) {
    const made = implementations[name](what);
    if (made === undefined) continue;
    made.run(20_000); // compiled, tables built
    let count = 1024;
    while (made.run(count) < sliceMs * 2e5) count *= 2;
    cases.set(name, { made, count: Math.ceil(count * ((sliceMs * 1e6) / Math.max(made.run(count), 1))), times: [] });
  }
  const native = [];
  for (let round = 0; round < rounds; round++) {
    for (const { made, count, times } of cases.values()) times.push(made.run(count) / count);
    const ns = await libsrtp?.measure(what.protocol, what.profile, what.operation, what.size, sliceMs);
    if (ns !== undefined) native.push(ns);
  }
  const results = new Map();
  for (const [name, { made, times }] of cases) results.set(name, { ns: median(times), bytes: bytesPerPacket(made) });
  if (native.length > 0) results.set("libsrtp", { ns: median(native) });
  return results;
}

/** Bytes of heap and of array buffers that one packet costs: the least of several tries, because other threads allocate too. */
function bytesPerPacket(made) {
  const count = 1000;
  const tries = [];
  for (let i = 0; i < 5; i++) {
    const work = made.prepare?.(count) ?? (() => made.run(count));
    collectGarbage();
    const before = process.memoryUsage();
    work();
    const after = process.memoryUsage();
    tries.push((after.heapUsed - before.heapUsed + after.arrayBuffers - before.arrayBuffers) / count);
  }
  return Math.max(0, median(tries));
}

function row({ profile, operation, size }, measured) {
  const ours = measured.get("purertc");
  const libsrtp = measured.get("libsrtp");
  const werift = measured.get("werift");
  const noble = measured.get("purertc (noble)");
  const ratio = (theirs) => (theirs === undefined ? "" : (theirs.ns / ours.ns).toFixed(2));
  const cells = [
    `${profile.slice(5)} ${operation}`,
    size,
    ours.ns.toFixed(0),
    Math.round(1e9 / ours.ns).toLocaleString("en"),
    ours.bytes.toFixed(0),
    libsrtp?.ns.toFixed(0) ?? "",
    ratio(libsrtp),
    werift?.ns.toFixed(0) ?? "",
    werift?.bytes.toFixed(0) ?? "",
    ratio(werift),
  ];
  if (noble !== undefined) cells.push(noble.ns.toFixed(0));
  return cells;
}

/** The bars of the project: so many times faster than each peer; and no arrays per packet, but for the keystream, which comes from node:crypto in new ones. */
function barsOf({ profile, operation, size }, measured) {
  const limits = {
    SRTP_AES128_CM_HMAC_SHA1_80: { libsrtp: 2, werift: size === 100 ? 8 : size === 1200 ? 3 : undefined },
    SRTP_AEAD_AES_128_GCM: size === 100 ? { libsrtp: 1.5, werift: 10 } : {},
  }[profile];
  if (limits === undefined) return [];
  const ours = measured.get("purertc");
  const verdicts = [
    bar(`${profile.slice(5)} ${operation}, ${size} bytes: bytes allocated beside the keystream`, ours.bytes - size, "<=", 400),
  ];
  for (const peer of ["libsrtp", "werift"]) {
    const theirs = measured.get(peer);
    if (limits[peer] === undefined || theirs === undefined) continue;
    const what = `${profile.slice(5)} ${operation}, ${size} bytes: times faster than ${peer}`;
    verdicts.push(bar(what, theirs.ns / ours.ns, ">=", limits[peer]));
  }
  return verdicts;
}

v8.setFlagsFromString("--expose-gc");
const collectGarbage = vm.runInNewContext("gc");
