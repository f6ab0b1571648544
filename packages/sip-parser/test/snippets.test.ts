import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test, vi } from "vitest";

/** Inside the package, so that the blocks import it by its name. */
const folder = mkdtempSync(fileURLToPath(new URL("./snippets-", import.meta.url)));
afterAll(() => rmSync(folder, { recursive: true }));
let written = 0;

/** The ts blocks of a page. */
function blocks(page: string): string[] {
  return [...readFileSync(new URL(page, import.meta.url), "utf8").matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1]!);
}

/** Runs a block and gives what it printed. */
async function run(code: string): Promise<string> {
  const file = `${folder}/block-${written++}.ts`;
  writeFileSync(file, `${code}\nexport {};\n`);
  const printed: string[] = [];
  const log = vi.spyOn(console, "log").mockImplementation((...values: unknown[]) => void printed.push(values.join(" ")));
  try {
    await import(/* @vite-ignore */ file);
  } finally {
    log.mockRestore();
  }
  return printed.join("\n");
}

test("README: the example runs, and is under 20 lines", async () => {
  const [example, ...others] = blocks("../README.md");
  expect([others.length, example!.trim().split("\n").length < 20]).toEqual([0, true]);
  expect(await run(example!)).toMatch(
    /^OPTIONS pc\.example\.com Alice kept\nSIP\/2\.0 200 OK\r\nv: SIP\/2\.0\/UDP pc\.example\.com;branch=z9hG4bK77\r\n/,
  );
});

test("docs/embed-the-sip-parser.md: every block runs and does what the page says", async () => {
  const printed: string[] = [];
  for (const block of blocks("../../../docs/embed-the-sip-parser.md")) printed.push(await run(block));
  expect(printed.map((text) => text.split("\n")[0]?.trim())).toEqual([
    "INVITE bob example.com tcp",
    "420 Bad Extension foo",
    "true %61lice alice",
    "BYE sip:b@c SIP/2.0",
    "sent 2",
    "IN VITE <sip:bob> SIP/7.0",
  ]);
  expect(printed[2]).toBe('true %61lice alice\nsip:bob%20smith@[2001:db8::1]:5061;transport=tls\nBob "B" Smith');
  expect(printed[3]).toBe(
    "BYE sip:b@c SIP/2.0\r\nRecord-Route: <sip:proxy.example.com;lr>\r\nVia: SIP/2.0/UDP proxy.example.com;branch=z9hG4bK-yours\r\nV: SIP/2.0/UDP pc;rport=5061;branch=z9hG4bK1;received=192.0.2.7\r\n" +
      "X-odd:  kept \r\nMax-Forwards: 69\r\n\r\n",
  );
  expect(printed[4]).toMatch(/^sent 2\none\nsent \d+\nclosed$/);
});
