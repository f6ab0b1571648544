// What `npm start` runs: 300 MB between two processes, then a page where a browser meets the Node peer.
//   node start.mjs [--once] [--megabytes 300]       PORT=8080 is the page's port
import { parseArgs } from "node:util";
import { serveSite } from "./site.mjs";
import { transfer } from "./transfer.mjs";

const { values } = parseArgs({ options: { once: { type: "boolean", default: false }, megabytes: { type: "string", default: "300" } } });
const megabytes = Number(values.megabytes);
const port = Number(process.env.PORT ?? 8080);

try {
  if (!(megabytes > 0 && megabytes <= 100_000)) throw new Error("--megabytes wants a number from 1 to 100000");
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`PORT=${process.env.PORT} is not a port`);
  await transfer(megabytes * 1_000_000);
  if (!values.once) await serveSite(port);
} catch (error) {
  process.stderr.write(`\npurertc: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
