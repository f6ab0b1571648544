/** `node server.mjs ROLE PORT`: the peer under load, on a UDP port of loopback. SIGUSR2 makes it print what its heap holds. */

import { SipTransports, SipUserAgent } from "@purertc/sip";
import { createResponse, writeSipMessage } from "@purertc/sip-parser";

const answer =
  "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 7000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=sendrecv\r\n";

const roles = {
  options(transports) {
    let tag = 0;
    transports.onMessage = (message, flow) => {
      if (message.kind !== "request" || message.method === "ACK") return;
      transports.send(flow, writeSipMessage(createResponse(message, 200, { toTag: `t${tag++}` })));
    };
  },

  /** Whole calls: dialogs, offer and answer, session timers, events. */
  calls(transports) {
    const agent = new SipUserAgent({ uri: "sip:callee@127.0.0.1", transports, maxCalls: 1_000_000 });
    agent.addEventListener("invite", ({ call }) => {
      call.ring();
      void call.accept({ answer });
    });
    return agent.start();
  },
};

const transports = new SipTransports();
await roles[process.argv[2]](transports);
await transports.listen({ transport: "UDP", host: "127.0.0.1", port: Number(process.argv[3]) });
process.on("SIGUSR2", () => {
  globalThis.gc?.();
  console.log(`heap ${process.memoryUsage().heapUsed}`);
});
console.log("ready");
