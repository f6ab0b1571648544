/**
 * The seeds that a simulation test runs with: `defaults`, or those of the environment variable `SIMULATION_SEED` when it is set. The
 * simulator reads no environment, so tests pass `process.env.SIMULATION_SEED`. The variable holds numbers and ranges: `7`, `1,5,9`,
 * `100-199`. Throws `SyntaxError` for anything else.
 *
 * Put the seed into the test's name, so that a failure prints it:
 *
 * ```ts
 * test.each(simulationSeeds(process.env.SIMULATION_SEED, [1, 2, 3]))("RFC 9260 §6.3: survives loss, seed %i", (seed) => { ... });
 * ```
 */
export function simulationSeeds(env: string | undefined, defaults: readonly number[]): readonly number[] {
  if (env === undefined || env.trim() === "") return defaults;
  return env.split(",").flatMap((item) => {
    const match = /^\s*(\d{1,15})(?:-(\d{1,15}))?\s*$/.exec(item);
    if (match === null) throw new SyntaxError(`SIMULATION_SEED: "${item}" is neither a number nor a range such as 100-199`);
    const first = Number(match[1]);
    const last = match[2] === undefined ? first : Number(match[2]);
    if (last < first || last - first >= MAX_RANGE)
      throw new SyntaxError(`SIMULATION_SEED: the range "${item}" is empty or above ${MAX_RANGE} seeds`);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/**
 * Runs `body` once for each seed. When one fails, its error's message says which seed and how to run that one alone. For loops over many
 * seeds inside one test; `body` may be asynchronous.
 */
export async function forEachSeed(seeds: readonly number[], body: (seed: number) => void | Promise<void>): Promise<void> {
  for (const seed of seeds) {
    try {
      await body(seed);
    } catch (error) {
      throw withSeed(error, seed);
    }
  }
}

/** The same error with the seed in its message. A message that names a seed already is left alone. */
export function withSeed(error: unknown, seed: number | string): unknown {
  if (error instanceof Error && !error.message.includes("SIMULATION_SEED=")) {
    const note = `\n(run this again with SIMULATION_SEED=${seed})`;
    error.message += note;
    // The stack holds a copy of the message from when the error was made; reporters print the stack.
    if (error.stack !== undefined) error.stack += note;
  }
  return error;
}

const MAX_RANGE = 1_000_000;
