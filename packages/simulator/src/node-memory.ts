/** Memory as law 8 of the contract wants it measured. For Node only; everything else of this package runs anywhere. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let collectGarbage: (() => void) | undefined;

/** Bytes in use now, after garbage collection: what `checkProtocolContract` takes as `memoryInUse`. The first call gives the process V8's flag `--expose-gc`. */
export function memoryInUse(): number {
  if (collectGarbage === undefined) {
    setFlagsFromString("--expose-gc");
    collectGarbage = runInNewContext("gc") as () => void;
  }
  collectGarbage();
  collectGarbage(); // the memory of array buffers is given back one collection later
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
