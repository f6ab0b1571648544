// The page, its files and its signalling. Only this machine can reach it, and only its own page may open the signalling socket.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { WebSocketServer } from "ws";
import { recordingAt } from "./recording.mjs";
import { Room } from "./room.mjs";

const HOST = "127.0.0.1";
const TYPES = { html: "text/html", css: "text/css", js: "text/javascript", svg: "image/svg+xml", webm: "video/webm", mp4: "video/mp4" };
const uplot = new URL("./", import.meta.resolve("uplot"));

/** The whole site: what a path of the URL is on disk. Nothing else is served, but the recordings of those who are here. */
const FILES = new Map([
  ["/", new URL("./public/index.html", import.meta.url)],
  ...["style.css", "app.js", "peer.js", "camera.js", "chart.js", "chat.js", "ping.js", "throughput.js", "icon.svg"].map((name) => [
    `/${name}`,
    new URL(`./public/${name}`, import.meta.url),
  ]),
  ["/uplot.js", new URL("uPlot.esm.js", uplot)],
  ["/uplot.css", new URL("uPlot.min.css", uplot)],
]);

const HEADERS = {
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self' blob:; connect-src 'self' ws://127.0.0.1:* ws://localhost:*",
  "x-content-type-options": "nosniff",
};

/** Serves until the process is interrupted. Rejects when the port cannot be had. */
export async function serveSite(port) {
  const server = createServer(serveFile);
  const sockets = new WebSocketServer({ server, path: "/signal", maxPayload: 65_536, verifyClient: ({ req }) => isOwnPage(req) });
  sockets.on("error", () => undefined); // the server's own handler tells
  const room = new Room();
  sockets.on("connection", (socket) => room.enter(socket));
  await listen(server, port);
  const address = `http://${HOST}:${server.address().port}`;
  process.stdout.write(`\nOpen ${address} in a browser (in two tabs to chat); Ctrl-C ends.\n`);

  await new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, resolve);
  });
  room.close();
  sockets.close();
  server.close();
  server.closeAllConnections();
}

function listen(server, port) {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => {
      const isTaken = error.code === "EADDRINUSE";
      reject(isTaken ? new Error(`port ${port} is taken; choose another: PORT=${port + 1} npm start`) : error);
    });
    server.listen(port, HOST, resolve);
  });
}

async function serveFile(request, response) {
  const { pathname } = new URL(request.url, "http://host");
  const file = FILES.get(pathname) ?? recordingAt(pathname);
  if (file === undefined || (request.method !== "GET" && request.method !== "HEAD")) {
    response.writeHead(file === undefined ? 404 : 405, { "content-type": "text/plain" }).end("not here\n");
    return;
  }
  try {
    const body = await readFile(file);
    const type = TYPES[`${file}`.split(".").at(-1)];
    const charset = type.startsWith("video/") ? "" : "; charset=utf-8";
    response.writeHead(200, { ...HEADERS, "content-type": `${type}${charset}` }).end(request.method === "HEAD" ? undefined : body);
  } catch (error) {
    response.writeHead(500, { "content-type": "text/plain" }).end(`${error.message}\n`);
  }
}

/** A page of another site could reach a server on this machine; its Origin tells. */
function isOwnPage({ headers }) {
  return headers.origin !== undefined && headers.origin === `http://${headers.host}`;
}
