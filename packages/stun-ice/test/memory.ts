import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** Bytes in use after garbage collection. */
export function memoryInUse(): number {
  collectGarbage();
  collectGarbage(); // the memory of array buffers is given back one collection later
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
