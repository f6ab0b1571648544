/** Serves pages to browsers on this machine. `http://localhost` is a secure context, which `crypto.subtle` and getUserMedia ask for. */
import { readFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { basename } from "node:path";

const AGENT_PAGE = `<!doctype html><meta charset="utf-8"><title>agent</title><script type="module">
import { createAgent } from "/peer-agent.mjs";
globalThis.agent = createAgent(globalThis);
</script>`;

/** A running server. */
export interface PageServer {
  /** Of its root, with a slash at the end. */
  readonly url: string;
  close(): void;
}

/** Listens on a free port of the loopback interface. */
export async function serve(listener: RequestListener): Promise<PageServer> {
  const server = createServer(listener);
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

/** A page, and the script it asks for by its file's name. */
export async function servePage(page: string, script?: URL): Promise<PageServer> {
  const path = script === undefined ? undefined : `/${basename(script.pathname)}`;
  const code = script === undefined ? undefined : await readFile(script);
  return serve(({ url }, response) => {
    const [type, body] = url === path ? ["text/javascript", code] : ["text/html", page];
    response.writeHead(200, { "content-type": type }).end(body);
  });
}

/** The page in which a browser's agent lives. */
export function serveAgentPage(): Promise<PageServer> {
  return servePage(AGENT_PAGE, new URL("../agent/peer-agent.mjs", import.meta.url));
}

/** The expression that makes one call to a page's agent. */
export function agentCall(method: string, args: readonly unknown[]): string {
  return `globalThis.agent.call(${JSON.stringify(method)}, ${JSON.stringify(args.map((arg) => arg ?? null))}.map((arg) => arg ?? undefined))`;
}
