/** One script out of CommonJS modules, for a page: JsSIP comes as these, and a bundler for this alone would be the largest thing here. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** An ES module whose default export is what the module `entry` exports. Each module is a function, called when it is first required. */
export function linkCommonJs(entry: string): string {
  const ids = new Map<string, number>();
  const bodies: string[] = [];
  const add = (path: string): number => {
    const known = ids.get(path);
    if (known !== undefined) return known;
    const id = ids.size;
    ids.set(path, id);
    const source = readFileSync(path, "utf8");
    const require = createRequire(path);
    bodies[id] = path.endsWith(".json")
      ? `module.exports = ${source};`
      : source.replaceAll(/\brequire\((['"])([^'"]+)\1\)/g, (_, __, name: string) => `require(${add(resolve(require, name))})`);
    return id;
  };
  add(entry);
  const functions = bodies.map((body) => `(module, exports, require) => {\n${body}\n}`);
  return `const modules = [${functions.join(",\n")}];
const loaded = new Map();
function require(id) {
  const known = loaded.get(id);
  if (known !== undefined) return known.exports;
  const module = { exports: {} };
  loaded.set(id, module);
  modules[id].call(module.exports, module, module.exports, require);
  return module.exports;
}
export default require(0);
`;
}

/** The file that a page needs: the one for browsers where a package has two, and the package where Node has a module of that name. */
function resolve(require: NodeJS.Require, name: string): string {
  if (name.startsWith(".")) return require.resolve(name);
  const manifest = require.resolve(`${name}/package.json`);
  const { main, browser } = JSON.parse(readFileSync(manifest, "utf8")) as { readonly main?: string; readonly browser?: unknown };
  return require.resolve(join(dirname(manifest), typeof browser === "string" ? browser : (main ?? "index.js")));
}
