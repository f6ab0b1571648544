// npm run sip-server -- --domain test.local --users users.json --bind 127.0.0.1
import { asksForHelp, optionsFrom, USAGE } from "./command-line.ts";
import { SipServer } from "./server.ts";

if (asksForHelp(process.argv.slice(2))) {
  console.log(USAGE);
  process.exit(0);
}

let server: SipServer;
try {
  server = await SipServer.start(optionsFrom(process.argv.slice(2)));
} catch (error) {
  console.error(`sip-server: ${error instanceof Error ? error.message : String(error)}; --help tells the options`);
  process.exit(2);
}

for (const { transport, ip, port } of server.listening) console.log(`listening ${transport} ${ip.includes(":") ? `[${ip}]` : ip}:${port}`);
console.log("ready");

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => {
    console.log(`${signal}: closing`);
    void server.close().then(() => process.exit(0));
  });
}
