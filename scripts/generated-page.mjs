/** Writing or checking a page of `docs` that is made from the sources. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

/** Writes the page; with `--check` among the arguments, exits with 1 when the file does not hold it already. */
export function writeOrCheck(root, file, content, script) {
  const absolute = path.join(root, file);
  if (!process.argv.includes("--check")) {
    mkdirSync(path.dirname(absolute), { recursive: true });
    writeFileSync(absolute, content);
    console.log(`${file} is written`);
    return;
  }
  let present;
  try {
    present = readFileSync(absolute, "utf8");
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
  if (present === content) {
    console.log(`${file} is up to date`);
    return;
  }
  console.error(`${file} is ${present === undefined ? "missing" : "out of date"}; run: node ${script}`);
  process.exit(1);
}

/** The first argument that is no option, or the repository that the scripts are in. */
export function rootArgument() {
  return path.resolve(process.argv.slice(2).find((argument) => !argument.startsWith("--")) ?? path.join(import.meta.dirname, ".."));
}

/** Text that is safe inside a cell of a Markdown table. */
export function cell(text) {
  return text
    .replace(/\s+/g, " ")
    .replace(/[\\|<>]/g, (character) => `\\${character}`)
    .trim();
}
