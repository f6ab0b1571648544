/** What the checks in this folder share: finding source files, and telling code from comments and strings without a parser. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** Names of the folders in `packages` of a repository, sorted. */
export function packageFolders(root) {
  return readdirSync(path.join(root, "packages"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/** All `.ts` files under a folder of `root`, as `{ file, text }` with a path relative to `root` and `/` between its parts, sorted. A missing folder has none. */
export function typescriptFiles(root, folder) {
  const files = [];
  const visit = (relative) => {
    let entries;
    try {
      entries = readdirSync(path.join(root, relative), { withFileTypes: true });
    } catch (error) {
      if (error.code === "ENOENT") return;
      throw error;
    }
    for (const entry of entries) {
      const file = `${relative}/${entry.name}`;
      if (entry.isDirectory()) {
        if (entry.name !== "node_modules" && entry.name !== "dist") visit(file);
      } else if (entry.name.endsWith(".ts") && !entry.name.endsWith(".d.ts")) {
        files.push({ file, text: readFileSync(path.join(root, file), "utf8") });
      }
    }
  };
  visit(folder);
  return files.sort((a, b) => compareText(a.file, b.file));
}

/** Whether a file is a test, which may use Node and the dependencies for development. */
export function isTest(file) {
  return /\.test\.ts$/.test(file) || /^packages\/[^/]+\/test\//.test(file);
}

/** An order that is the same on every machine, unlike `localeCompare`. */
export function compareText(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The number of the line, from 1, that an offset is on. */
export function lineAt(text, offset) {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) line += 1;
  return line;
}

/**
 * TypeScript in pieces, in order and without gaps: `{ kind, start, end }` with kind `code`, `comment`, `string` (quotes included), `template`
 * (the text of a template literal; what is inside `${}` is code) or `regexp`.
 */
export function pieces(text) {
  const found = [];
  let codeStart = 0;
  let at = 0;
  /** Braces open within each `${}` that is open. */
  const templates = [];

  const push = (kind, start, end) => {
    if (start > codeStart) found.push({ kind: "code", start: codeStart, end: start });
    found.push({ kind, start, end });
    codeStart = end;
    at = end;
  };
  /** Reads on from inside a template's text: to its end, or to its next `${`. */
  const readTemplate = (start) => {
    let end = at;
    while (end < text.length && text[end] !== "`" && !text.startsWith("${", end)) end += text[end] === "\\" ? 2 : 1;
    const isExpression = text.startsWith("${", end);
    push("template", start, Math.min(end + (isExpression ? 2 : 1), text.length));
    if (isExpression) templates.push(0);
  };

  while (at < text.length) {
    const character = text[at];
    const next = text[at + 1];
    if (character === "/" && next === "/") {
      const end = text.indexOf("\n", at);
      push("comment", at, end === -1 ? text.length : end);
    } else if (character === "/" && next === "*") {
      const end = text.indexOf("*/", at + 2);
      push("comment", at, end === -1 ? text.length : end + 2);
    } else if (character === '"' || character === "'") {
      let end = at + 1;
      while (end < text.length && text[end] !== character && text[end] !== "\n") end += text[end] === "\\" ? 2 : 1;
      push("string", at, Math.min(end + 1, text.length));
    } else if (character === "`") {
      const start = at;
      at += 1;
      readTemplate(start);
    } else if (character === "}" && templates.at(-1) === 0) {
      templates.pop();
      const start = at;
      at += 1;
      readTemplate(start);
    } else if (character === "/" && startsRegularExpression(text, at)) {
      push("regexp", at, endOfRegularExpression(text, at));
    } else {
      if (templates.length > 0 && character === "{") templates[templates.length - 1] += 1;
      if (templates.length > 0 && character === "}") templates[templates.length - 1] -= 1;
      at += 1;
    }
  }
  if (codeStart < text.length) found.push({ kind: "code", start: codeStart, end: text.length });
  return found;
}

/** The text with every piece of these kinds turned into spaces; line breaks, and so line numbers, stay. */
export function without(text, ...kinds) {
  let result = "";
  for (const { kind, start, end } of pieces(text)) {
    const part = text.slice(start, end);
    result += kinds.includes(kind) ? part.replace(/[^\n]/g, " ") : part;
  }
  return result;
}

/** After an operand a slash divides; anywhere else it starts a regular expression. */
function startsRegularExpression(text, at) {
  const before = text.slice(Math.max(0, at - 20), at).trimEnd();
  if (before === "") return true;
  if (/[)\]}\w$"'`]$/.test(before)) return /(^|[^\w$.])(return|typeof|case|in|of|delete|void|yield|await|else)$/.test(before);
  return true;
}

function endOfRegularExpression(text, at) {
  let end = at + 1;
  let inClass = false;
  while (end < text.length && text[end] !== "\n" && (inClass || text[end] !== "/")) {
    if (text[end] === "\\") end += 1;
    else if (text[end] === "[") inClass = true;
    else if (text[end] === "]") inClass = false;
    end += 1;
  }
  end += 1;
  while (/[a-z]/.test(text[end] ?? "")) end += 1;
  return Math.min(end, text.length);
}

/** Prints what is wrong, one problem to a line, and ends the process: with 1 when there is a problem. */
export function finish(problems, summary) {
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) {
    console.error(`${problems.length} problem${problems.length === 1 ? "" : "s"}`);
    process.exit(1);
  }
  console.log(summary);
}
