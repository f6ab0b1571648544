/** What every bench prints with: medians, tables and bars. */

export function median(values) {
  return percentile(values, 50);
}

/** The p-th percentile (0 to 100) of numbers in any order. */
export function percentile(values, p) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((p / 100) * sorted.length))];
}

/** The value after `name` on a command line. */
export function option(args, name) {
  const at = args.indexOf(name);
  return at < 0 ? undefined : args[at + 1];
}

/** Prints a Markdown table. */
export function table(title, head, rows) {
  console.log(`\n## ${title}\n`);
  console.log(`| ${head.join(" | ")} |`);
  console.log(`|${head.map((_, i) => (i === 0 ? "---" : "--:")).join("|")}|`);
  for (const row of rows) console.log(`| ${row.join(" | ")} |`);
}

/** One bar: what was measured, what is asked, whether it holds. `next` is the project's later, harder bar. */
export function bar(what, value, relation, limit, next) {
  const met = relation === ">=" ? value >= limit : value <= limit;
  return { what, value, relation, limit, next, met };
}

/** Prints all bars and returns how many were missed. */
export function bars(verdicts) {
  const number = (value) => (value >= 100 ? value.toFixed(0) : value.toFixed(2));
  table(
    "bars",
    ["what", "measured", "bar", "", "next bar"],
    verdicts.map(({ what, value, relation, limit, next, met }) => [
      what,
      number(value),
      `${relation} ${limit}`,
      met ? "met" : "MISSED",
      next === undefined ? "" : `${relation} ${next}`,
    ]),
  );
  return verdicts.filter(({ met }) => !met).length;
}
