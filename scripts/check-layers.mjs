/**
 * Checks who imports whom: `node scripts/check-layers.mjs [root]`.
 *
 * - A package depends only on the packages that its layer may know (`LAYERS`), in `package.json` and in `src`, and its sources import what it depends on.
 * - An import of another package names an entry of its `exports`; no deep imports.
 * - A relative import stays in its package, ends in `.ts`, and leaves tests alone.
 * - Third-party packages and `node:*` appear only at the edge (`EDGES`).
 *
 * Tests may use Node, the dependencies for development and their own package by name, but keep to the other rules.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { finish, isTest, lineAt, packageFolders, typescriptFiles, without } from "./source-text.mjs";

/** For each folder in `packages`: the packages it may know. A new line or a new name here is an architecture decision. */
const LAYERS = {
  core: [],
  crypto: ["@purertc/core"],
  simulator: ["@purertc/core"],
  // Siblings: they never meet.
  "stun-ice": ["@purertc/core"],
  dtls: ["@purertc/core"],
  srtp: ["@purertc/core"],
  "sctp-datachannel": ["@purertc/core"],
  rtp: ["@purertc/core"],
  sdp: ["@purertc/core"],
  "sip-parser": ["@purertc/core"],
  codecs: ["@purertc/core"],
  // Only these compose.
  "peer-connection": [
    "@purertc/core",
    "@purertc/dtls",
    "@purertc/rtp",
    "@purertc/sctp-datachannel",
    "@purertc/sdp",
    "@purertc/srtp",
    "@purertc/stun-ice",
  ],
  purertc: ["@purertc/core", "@purertc/crypto", "@purertc/peer-connection"],
  media: ["@purertc/codecs", "@purertc/core"],
  sip: ["@purertc/core", "@purertc/sip-parser"],
};

/** Where what is not ours may be imported; `node:*` included. */
const EDGES = [
  { modules: /^@noble\//, files: /^packages\/crypto\/src\/noble\// },
  { modules: /^libopus-wasm$/, files: /^packages\/codecs\/src\/opus-libopus\.ts$/ },
  { modules: /^(mediabunny|node:.+)$/, files: /^packages\/media\/src\/(source|sink)\// },
  { modules: /^node:/, files: /^packages\/simulator\/src\/node-memory\.ts$/ },
  { modules: /^ws$/, files: /^packages\/sip\/src\/transport\// },
  { modules: /^node:/, files: /^packages\/(crypto\/src\/node|purertc\/src|sip\/src\/(transport|user-agent))\// },
  { modules: /^node:/, files: /^packages\/sip\/src\/(auth|registrar|resolver)\/(node|sqlite)-[^/]+\.ts$/ },
];

const root = path.resolve(process.argv[2] ?? path.join(import.meta.dirname, ".."));
const problems = [];
const manifests = new Map(
  packageFolders(root).map((folder) => [folder, JSON.parse(readFileSync(path.join(root, "packages", folder, "package.json"), "utf8"))]),
);
const folderByName = new Map([...manifests].map(([folder, { name }]) => [name, folder]));

let imports = 0;
for (const [folder, manifest] of manifests) {
  const layer = LAYERS[folder];
  if (layer === undefined) {
    problems.push(`packages/${folder}: no layer; add it to LAYERS in scripts/check-layers.mjs`);
    continue;
  }
  for (const name of Object.keys(manifest.dependencies ?? {})) {
    if (isOurs(name) && !layer.includes(name))
      problems.push(`packages/${folder}/package.json: depends on ${name}, which its layer may not know`);
  }
  const unused = new Set(Object.keys(manifest.dependencies ?? {}));
  for (const { file, text } of [...typescriptFiles(root, `packages/${folder}/src`), ...typescriptFiles(root, `packages/${folder}/test`)]) {
    for (const { module, offset } of importsOf(text)) {
      imports += 1;
      if (!isTest(file)) unused.delete(packageName(module));
      const problem = module.startsWith(".") ? relativeProblem(folder, file, module) : packageProblem(folder, file, module);
      if (problem !== undefined) problems.push(`${file}:${lineAt(text, offset)}: ${problem}`);
    }
  }
  for (const name of unused) problems.push(`packages/${folder}/package.json: depends on ${name}, which nothing in src imports`);
}
finish(problems, `${imports} imports of ${manifests.size} packages keep to their layers`);

/** Modules that a text imports or re-exports, statically, dynamically or for types. */
function importsOf(text) {
  const code = without(text, "comment", "regexp");
  const bare = without(text, "comment", "regexp", "string", "template");
  const patterns = [
    /\b(?:import|export)\s[^"'`;]*?\bfrom\s*["']([^"'\n]+)["']/g,
    /\bimport\s*["']([^"'\n]+)["']/g,
    /\b(?:import|require)\s*\(\s*["'`]([^"'`\n]+)["'`]/g,
  ];
  return patterns
    .flatMap((pattern) => [...code.matchAll(pattern)])
    .filter(({ index }) => bare[index] !== " ") // inside a string: text about imports
    .map((match) => ({ module: match[1], offset: match.index }));
}

function relativeProblem(folder, file, module) {
  const target = path.posix.join(path.posix.dirname(file), module);
  if (!target.startsWith(`packages/${folder}/`)) return `"${module}" leads out of the package; import it by name`;
  if (!module.endsWith(".ts")) return `"${module}" does not end in .ts`;
  if (!isTest(file) && (isTest(target) || !target.startsWith(`packages/${folder}/src/`)))
    return `"${module}" is not part of the published sources`;
  return undefined;
}

function packageProblem(folder, file, module) {
  const name = packageName(module);
  const manifest = manifests.get(folder);
  const own = name === manifest.name;
  if (isOurs(name)) {
    const target = manifests.get(folderByName.get(name) ?? "");
    if (target === undefined) return `there is no package ${name}`;
    if (!(`.${module.slice(name.length)}` in (target.exports ?? {}))) return `"${module}" is not an entry of ${name}; no deep imports`;
    if (isTest(file)) return own || declares(manifest, name, true) ? undefined : `${name} is not in package.json`;
    if (own) return `${name} imports itself by name`;
    if (!LAYERS[folder].includes(name)) return `${name} is not for ${manifest.name} to know`;
    return declares(manifest, name, false) ? undefined : `${name} is not under "dependencies" in package.json`;
  }
  if (isTest(file)) return undefined;
  if (!EDGES.some(({ modules, files }) => modules.test(module) && files.test(file))) return `"${module}" may not be imported here`;
  return module.startsWith("node:") || declares(manifest, name, false) ? undefined : `${name} is not under "dependencies" in package.json`;
}

function isOurs(name) {
  return name === "purertc" || name.startsWith("@purertc/");
}

function packageName(module) {
  return module.split("/", module.startsWith("@") ? 2 : 1).join("/");
}

function declares(manifest, name, forTests) {
  return name in (manifest.dependencies ?? {}) || (forTests && name in (manifest.devDependencies ?? {}));
}
