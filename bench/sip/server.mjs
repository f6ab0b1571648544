/** `node server.mjs ROLE`: the peer under load, on one UDP port of loopback, which it prints. Roles: `options` answers without state, `calls` with transactions. */
import { createResponse, writeSipMessage } from "@purertc/sip-parser";
import { SipStack, SipTransports } from "@purertc/sip";

const answer = Buffer.from(
  "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 7000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=sendrecv\r\n",
);

const roles = {
  options(transports) {
    let tag = 0;
    transports.onMessage = (message, flow) => {
      if (message.kind !== "request" || message.method === "ACK") return;
      transports.send(flow, writeSipMessage(createResponse(message, 200, { toTag: `t${tag++}` })));
    };
  },

  calls(transports) {
    const stack = new SipStack({ transports });
    let tag = 0;
    stack.onEvent = (event) => {
      if (event.type !== "request") return;
      const { request, transaction } = event;
      if (request.method === "INVITE") {
        const toTag = `t${tag++}`;
        const Contact = `<sip:callee@127.0.0.1:${port}>`;
        stack.respond(transaction, createResponse(request, 180, { toTag, headers: { Contact } }));
        stack.respond(transaction, createResponse(request, 200, { toTag, headers: { Contact, "Content-Type": "application/sdp" }, body: answer }));
      } else stack.respond(transaction, createResponse(request, 200, { toTag: "none" }));
    };
  },
};

const transports = new SipTransports();
roles[process.argv[2]](transports);
const { port } = await transports.listen({ transport: "UDP", host: "127.0.0.1", port: Number(process.argv[3] ?? 0) });
console.log(`port ${port}`);
