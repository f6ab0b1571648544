/** Session descriptions that a browser takes, for user agents without media: nobody is at the addresses they name. */

/** An offer of one audio stream. */
export function webrtcOffer(version = 1): string {
  return lines([
    "v=0",
    `o=- 4611686018427387904 ${version} IN IP4 127.0.0.1`,
    "s=-",
    "t=0 0",
    "a=group:BUNDLE 0",
    "m=audio 9 UDP/TLS/RTP/SAVPF 0 101",
    "c=IN IP4 127.0.0.1",
    "a=rtcp-mux",
    "a=mid:0",
    "a=sendrecv",
    "a=setup:actpass",
    ...SECRETS,
    "a=rtpmap:0 PCMU/8000",
    "a=rtpmap:101 telephone-event/8000",
  ]);
}

/** The answer that takes PCMU of an audio offer, and turns its direction round. */
export function webrtcAnswer(offer: string): string {
  const given = (pattern: RegExp, otherwise: string): string => pattern.exec(offer)?.[0] ?? otherwise;
  const direction = given(/^a=(sendrecv|sendonly|recvonly|inactive)\r?$/m, "a=sendrecv").trim();
  return lines([
    "v=0",
    "o=- 4611686018427387905 1 IN IP4 127.0.0.1",
    "s=-",
    "t=0 0",
    given(/^a=group:BUNDLE.*$/m, "").trim(),
    "m=audio 9 UDP/TLS/RTP/SAVPF 0",
    "c=IN IP4 127.0.0.1",
    "a=rtcp-mux",
    given(/^a=mid:.*$/m, "").trim(),
    TURNED[direction] ?? direction,
    "a=setup:active",
    ...SECRETS,
    "a=rtpmap:0 PCMU/8000",
  ]);
}

/** The direction of the stream. */
export function directionOf(description: string | undefined): string | undefined {
  return /^a=(sendrecv|sendonly|recvonly|inactive)\r?$/m.exec(description ?? "")?.[1];
}

const TURNED: Readonly<Record<string, string>> = { "a=sendonly": "a=recvonly", "a=recvonly": "a=sendonly" };

const SECRETS: readonly string[] = [
  "a=ice-ufrag:nobody00",
  "a=ice-pwd:nobodyisherenobodyisher",
  `a=fingerprint:sha-256 ${Array.from({ length: 32 }, (_, i) => i.toString(16).padStart(2, "0").toUpperCase()).join(":")}`,
];

function lines(texts: readonly string[]): string {
  return texts
    .filter((text) => text !== "")
    .map((text) => `${text}\r\n`)
    .join("");
}
