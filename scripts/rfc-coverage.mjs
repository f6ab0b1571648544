/**
 * Writes docs/rfc-coverage.md: `node scripts/rfc-coverage.mjs [root] [--check]`.
 *
 * Joins the sections that comments in the sources cite with the sections that test names cite. Both are written as `RFC 8489 §6.2.1`; further
 * sections of the same RFC may follow in the same comment as `§6.3` or `§6.3-6.5`. A bare `§` elsewhere in a file belongs to the RFC that the
 * file's first comment names, when it names exactly one.
 */
import { cell, rootArgument, writeOrCheck } from "./generated-page.mjs";
import { compareText, isTest, packageFolders, pieces, typescriptFiles } from "./source-text.mjs";

/** Names of documents with sections of their own. */
const OTHER_DOCUMENT = /\b(?:W3C|WebRTC|WebIDL|Web IDL|WHATWG|ECMA-\d+|FIPS|SEC \d|SP 800-\d+|IEEE|[XHGYT]\.\d+|draft-[a-z0-9-]+)\b/;
const NUMBER = String.raw`\d+(?:\.\d+)*|[A-Z](?:\.\d+)*(?![A-Za-z])`;
const ANCHOR = new RegExp(
  String.raw`\bRFC[ \n*/]+(\d{1,5})\b|§\s?(${NUMBER})(?:[-–]§?(\d+(?:\.\d+)*))?|\b[Aa]ppendix ([A-Z](?:\.\d+)*)(?![A-Za-z])|${OTHER_DOCUMENT.source}`,
  "g",
);

const root = rootArgument();
/** RFC number, then section, to where it is cited. */
const coverage = new Map();

const folders = [...packageFolders(root).map((folder) => `packages/${folder}`), "interop", "examples", "bench"];
for (const { file, text } of folders.flatMap((folder) => typescriptFiles(root, folder))) {
  const isTestFile = isTest(file) || file.endsWith(".test.ts");
  if (isTestFile) readTests(file, text);
  else if (/^packages\/[^/]+\/src\//.test(file)) readSource(file, text);
}
writeOrCheck(root, "docs/rfc-coverage.md", page(), "scripts/rfc-coverage.mjs");

function readSource(file, text) {
  const comments = joinLineComments(text);
  const header = new Set([...(comments[0] ?? "").matchAll(/\bRFC (\d+)/g)].map((match) => match[1]));
  const usual = header.size === 1 && !OTHER_DOCUMENT.test(comments[0]) ? [...header][0] : undefined;
  for (const comment of comments) {
    for (const { rfc, section } of anchorsOf(comment, usual)) rowOf(rfc, section).sources.add(file);
  }
}

function readTests(file, text) {
  let before = "";
  for (const { kind, start, end } of pieces(text)) {
    const part = text.slice(start, end);
    // The first argument of a call, which is where a test's name stands.
    if ((kind === "string" || kind === "template") && /^.RFC \d/.test(part) && /\(\s*$/.test(before)) {
      const name = part.slice(1, kind === "string" || part.endsWith("`") ? -1 : undefined);
      for (const { rfc, section } of anchorsOf(name.split(": ", 1)[0], undefined)) {
        rowOf(rfc, section).tests.push({ file, name: name.includes(": ") ? name.slice(name.indexOf(": ") + 2) : name });
      }
    }
    before = part;
  }
}

/** Comments of a file. Line comments on consecutive lines are one. */
function joinLineComments(text) {
  const comments = [];
  let open = false;
  for (const { kind, start, end } of pieces(text)) {
    const part = text.slice(start, end);
    if (kind === "comment") {
      const isLine = part.startsWith("//");
      if (open && isLine) comments[comments.length - 1] += `\n${part}`;
      else comments.push(part);
      open = isLine;
    } else if (part.trim() !== "" || part.split("\n").length > 2) {
      open = false;
    }
  }
  return comments;
}

/** The sections that a text cites; `section` is "" for a whole RFC. */
function anchorsOf(text, usual) {
  const anchors = [];
  let rfc = usual;
  let whole;
  const endWhole = () => {
    if (whole !== undefined) anchors.push({ rfc: whole, section: "" });
    whole = undefined;
  };
  for (const match of text.matchAll(ANCHOR)) {
    const [, number, first, last, appendix] = match;
    if (number !== undefined) {
      endWhole();
      rfc = number;
      whole = number;
    } else if (first !== undefined || appendix !== undefined) {
      if (rfc === undefined) continue;
      whole = undefined;
      for (const section of first === undefined ? [appendix] : range(first, last)) anchors.push({ rfc, section });
    } else {
      endWhole();
      rfc = undefined; // another document: its sections are not the RFC's
    }
  }
  endWhole();
  return anchors;
}

/** `14.5` to `14.7` is three sections; anything that is no such range is its two ends. */
function range(first, last) {
  if (last === undefined) return [first];
  const head = first.slice(0, first.lastIndexOf(".") + 1);
  const [from, to] = [Number(first.slice(head.length)), Number(last.startsWith(head) ? last.slice(head.length) : last)];
  if (!Number.isInteger(from) || !Number.isInteger(to) || to < from || to - from > 50) return [first, last];
  return Array.from({ length: to - from + 1 }, (_, i) => `${head}${from + i}`);
}

function rowOf(rfc, section) {
  if (!coverage.has(rfc)) coverage.set(rfc, new Map());
  const sections = coverage.get(rfc);
  if (!sections.has(section)) sections.set(section, { sources: new Set(), tests: [] });
  return sections.get(section);
}

function page() {
  const rfcs = [...coverage].sort(([a], [b]) => Number(a) - Number(b));
  const lines = [
    "# RFC coverage",
    "",
    "Generated by `node scripts/rfc-coverage.mjs` from comments and test names; do not edit. A section without tests of its own may be covered by",
    "those of another, and a test with a section's number need not cover all of it: this page says where to look.",
    "",
    "| RFC | sections cited in the sources | of these, named by tests | tests |",
    "|---|--:|--:|--:|",
  ];
  for (const [rfc, sections] of rfcs) {
    const cited = [...sections.values()].filter(({ sources }) => sources.size > 0);
    const tested = cited.filter(({ tests }) => tests.length > 0);
    const tests = new Set([...sections.values()].flatMap(({ tests: all }) => all.map(({ file, name }) => `${file} ${name}`)));
    lines.push(`| [${rfc}](#rfc-${rfc}) | ${cited.length} | ${tested.length} | ${tests.size} |`);
  }
  for (const [rfc, sections] of rfcs) {
    lines.push("", `## RFC ${rfc}`, "", "| section | sources | tests |", "|---|---|---|");
    for (const [section, { sources, tests }] of [...sections].sort(([a], [b]) => compareSections(a, b))) {
      const sourceCell = [...sources].sort(compareText).map(link).join("<br>");
      const testCell = [
        ...new Set(tests.sort((a, b) => compareText(a.file, b.file)).map(({ file, name }) => `${cell(name)} (${link(file)})`)),
      ].join("<br>");
      lines.push(`| ${sectionLink(rfc, section)} | ${sourceCell || "-"} | ${testCell || "-"} |`);
    }
  }
  return `${lines.join("\n")}\n`;
}

function link(file) {
  return `[${file.replace(/^packages\//, "")}](../${file})`;
}

function sectionLink(rfc, section) {
  const url = `https://www.rfc-editor.org/rfc/rfc${rfc}`;
  if (section === "") return `[whole](${url})`;
  return `[§${section}](${url}#${/^[A-Z]/.test(section) ? "appendix" : "section"}-${section})`;
}

/** 2 before 10, appendices last. */
function compareSections(a, b) {
  const [left, right] = [a.split("."), b.split(".")];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const [x, y] = [left[i], right[i]];
    if (x === y) continue;
    if (x === undefined || x === "") return -1;
    if (y === undefined || y === "") return 1;
    const [m, n] = [Number(x), Number(y)];
    if (Number.isNaN(m) || Number.isNaN(n)) return Number.isNaN(m) === Number.isNaN(n) ? compareText(x, y) : Number.isNaN(m) ? 1 : -1;
    return m - n;
  }
  return 0;
}
