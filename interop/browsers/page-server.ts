/** Serves the page in which a browser's agent lives. `http://localhost` is a secure context, which `crypto.subtle` asks for. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const PAGE = `<!doctype html><meta charset="utf-8"><title>agent</title><script type="module">
import { createAgent } from "/peer-agent.mjs";
globalThis.agent = createAgent(globalThis);
</script>`;

/** A running server. */
export interface PageServer {
  readonly url: string;
  close(): void;
}

/** Listens on a free port of the loopback interface. */
export async function servePage(): Promise<PageServer> {
  const agent = await readFile(new URL("../agent/peer-agent.mjs", import.meta.url));
  const server = createServer((request, response) => {
    const isAgent = request.url === "/peer-agent.mjs";
    response.writeHead(200, { "content-type": isAgent ? "text/javascript" : "text/html" }).end(isAgent ? agent : PAGE);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}/`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The expression that makes one call to a page's agent. */
export function agentCall(method: string, args: readonly unknown[]): string {
  return `globalThis.agent.call(${JSON.stringify(method)}, ${JSON.stringify(args.map((arg) => arg ?? null))}.map((arg) => arg ?? undefined))`;
}
