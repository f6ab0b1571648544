/** `npm run bench [-- NAME…] [--quick] [--node=24]`: runs the benches named, or all, and prints the bars at the end. Measure when nothing else runs. */
import os from "node:os";
import { dataChannelBench } from "./data-channel/run.mjs";
import { forwardingBench } from "./forwarding/run.mjs";
import { bars } from "./report.mjs";
import { rtpBench } from "./rtp/run.mjs";
import { sipBench } from "./sip/run.mjs";
import { sipParserBench } from "./sip-parser/run.mjs";
import { srtpBench } from "./srtp/run.mjs";
import { sweepBench } from "./sweep/run.mjs";

const benches = {
  "data-channel": dataChannelBench,
  srtp: srtpBench,
  rtp: rtpBench,
  forwarding: forwardingBench,
  "sip-parser": sipParserBench,
  sip: sipBench,
  sweep: sweepBench,
};

const args = process.argv.slice(2);
const chosen = args.filter((argument) => Object.hasOwn(benches, argument));
console.log(`Node ${process.version}, ${os.cpus().length} x ${os.cpus()[0]?.model ?? "unknown CPU"}`);
const verdicts = [];
for (const name of chosen.length > 0 ? chosen : Object.keys(benches)) verdicts.push(...(await benches[name](args)));
const missed = verdicts.length > 0 ? bars(verdicts) : 0;
process.exitCode = missed === 0 || args.includes("--report-only") ? 0 : 1;
