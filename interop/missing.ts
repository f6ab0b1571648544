/** What tests do about a program of others that is not installed. */

/** Says loudly that tests are skipped, and how to get what they need. Throws instead where the environment variable `requiredBy` is 1. */
export function skipLoudly(advice: string, requiredBy?: "REQUIRE_BROWSERS" | "REQUIRE_FFMPEG"): void {
  if (requiredBy !== undefined && process.env[requiredBy] === "1") throw new Error(advice);
  process.stderr.write(`\n*** SKIPPED: ${advice} ***\n\n`);
}
