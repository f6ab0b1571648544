/**
 * Checks that pure packages take time, randomness and I/O as arguments: `node scripts/check-ambient.mjs [root]`.
 *
 * The compiler knows no Node or DOM globals in these packages, but `Date` and `Math.random` are part of the language, and a global can be
 * declared by hand. Comments, strings and tests are left out.
 */
import path from "node:path";
import { finish, isTest, lineAt, typescriptFiles, without } from "./source-text.mjs";

/** Folders that are pure. `peer-connection` is pure in its engine and its SDP algorithms; `w3c` has the platform's EventTarget. */
const PURE = [
  "packages/core/src",
  "packages/dtls/src",
  "packages/peer-connection/src/engine",
  "packages/peer-connection/src/jsep",
  "packages/rtp/src",
  "packages/sctp-datachannel/src",
  "packages/sdp/src",
  "packages/simulator/src",
  "packages/sip-parser/src",
  "packages/sip/src/auth",
  "packages/sip/src/dialog",
  "packages/sip/src/identity",
  "packages/sip/src/registrar",
  "packages/sip/src/registration",
  "packages/sip/src/resolver",
  "packages/sip/src/session",
  "packages/sip/src/transaction",
  "packages/srtp/src",
  "packages/stun-ice/src",
];

/** No property, private field or object key of the same name: not after `.` or `#`, not before `:` or `?:`. */
const GLOBAL = (names) => new RegExp(`(?<![.#\\w$])(?:${names})\\b(?!\\s*\\??:)`, "g");

const FORBIDDEN = [
  { what: "the wall clock", pattern: GLOBAL("Date") },
  { what: "ambient randomness", pattern: /(?<![.#\w$])Math\s*(?:\.\s*random\b|\?\.|\[|(?!\s*\.)[;,)=}\s])/g },
  { what: "an ambient clock", pattern: /(?<![.#\w$])performance\s*[.[]/g },
  { what: "an ambient timer", pattern: GLOBAL("(?:set|clear)(?:Timeout|Interval|Immediate)|queueMicrotask|requestAnimationFrame") },
  { what: "the process", pattern: /(?<![.#\w$])process\s*[.[]/g },
  { what: "Node's Buffer", pattern: GLOBAL("Buffer") },
  { what: "the console", pattern: /(?<![.#\w$])console\s*[.[]/g },
  { what: "the network", pattern: /(?<![.#\w$])fetch\s*\((?![^()]*\)\s*[:{])/g },
  { what: "ambient cryptography", pattern: /(?<![.#\w$])crypto\s*\.\s*(?:subtle|getRandomValues|randomUUID|randomBytes|webcrypto)\b/g },
  { what: "the global object", pattern: GLOBAL("globalThis") },
];

const root = path.resolve(process.argv[2] ?? path.join(import.meta.dirname, ".."));
const problems = [];
let count = 0;
for (const folder of PURE) {
  for (const { file, text } of typescriptFiles(root, folder)) {
    if (isTest(file) || /\/(?:node|sqlite)-[^/]+\.ts$/.test(file)) continue; // host files by their name
    count += 1;
    const code = without(text, "comment", "string", "template", "regexp");
    for (const { what, pattern } of FORBIDDEN) {
      for (const match of code.matchAll(pattern)) {
        problems.push(`${file}:${lineAt(code, match.index)}: ${match[0].trim()} is ${what}; pure packages are told such things`);
      }
    }
  }
}
finish(problems, `${count} pure files ask nobody for time, randomness or I/O`);
