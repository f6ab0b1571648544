/** An INVITE with SDP as a proxy gets it: one hop behind, a preloaded route, the headers phones send. */
const body = [
  "v=0",
  "o=alice 2890844526 2890844526 IN IP4 client.atlanta.example.com",
  "s=-",
  "c=IN IP4 192.0.2.101",
  "t=0 0",
  "m=audio 49172 RTP/AVP 0 8 97",
  "a=rtpmap:0 PCMU/8000",
  "a=rtpmap:8 PCMA/8000",
  "a=rtpmap:97 iLBC/8000",
  "a=sendrecv",
  "",
].join("\r\n");

export const invite = [
  "INVITE sip:bob@biloxi.example.com SIP/2.0",
  "Via: SIP/2.0/UDP client.atlanta.example.com:5060;rport;branch=z9hG4bK74bf9",
  "Max-Forwards: 70",
  "Route: <sip:ss1.atlanta.example.com;lr>",
  'From: "Alice" <sip:alice@atlanta.example.com>;tag=9fxced76sl',
  'To: "Bob" <sip:bob@biloxi.example.com>',
  "Call-ID: 3848276298220188511@atlanta.example.com",
  "CSeq: 2 INVITE",
  "Contact: <sip:alice@client.atlanta.example.com;transport=udp>",
  "Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, MESSAGE",
  "Supported: replaces, timer",
  "User-Agent: Example/1.0",
  "Content-Type: application/sdp",
  `Content-Length: ${body.length}`,
  "",
  body,
].join("\r\n");
