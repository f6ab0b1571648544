// A phone made of JsSIP: answers every call, and does what the test says.
import JsSIP from "/jssip.mjs";

const MEDIA = { mediaConstraints: { audio: true, video: false }, pcConfig: { iceServers: [] } };

let ua;
let domain;
const sessions = [];
const told = [];

export const phone = {
  connect({ server, user, password, realm }) {
    domain = realm;
    ua = new JsSIP.UA({ sockets: [new JsSIP.WebSocketInterface(server)], uri: `sip:${user}@${realm}`, password, session_timers: true });
    ua.on("newRTCSession", ({ session, originator }) => {
      sessions.push(session);
      session.on("confirmed", () => told.push("confirmed"));
      session.on("hold", ({ originator: by }) => told.push(`hold by ${by}`));
      session.on("unhold", ({ originator: by }) => told.push(`unhold by ${by}`));
      session.on("ended", ({ originator: by, cause }) => told.push(`ended by ${by}: ${cause}`));
      session.on("failed", ({ cause }) => told.push(`failed: ${cause}`));
      session.on("newInfo", ({ originator: by, info }) => by === "remote" && told.push(`info: ${info.body}`));
      session.on("newDTMF", ({ originator: by, dtmf }) => by === "remote" && told.push(`dtmf: ${dtmf.tone}`));
      session.on("refer", (event) => event.accept(() => {}, MEDIA));
      if (originator === "remote") session.answer(MEDIA);
    });
    return new Promise((resolve, reject) => {
      ua.on("registered", () => resolve("registered"));
      ua.on("registrationFailed", ({ cause }) => reject(new Error(cause)));
      ua.start();
    });
  },
  call: (user) => void ua.call(`sip:${user}@${domain}`, MEDIA),
  cancel: () => last().terminate(),
  hangUp: () => last().terminate(),
  hold: () => new Promise((resolve) => last().hold({}, resolve)),
  unhold: () => new Promise((resolve) => last().unhold({}, resolve)),
  // The body of a REFER's NOTIFYs, as it is told by events.
  transfer: (user) =>
    new Promise((resolve, reject) => {
      const eventHandlers = {
        accepted: () => resolve("accepted"),
        failed: () => reject(new Error("the transfer failed")),
        requestFailed: ({ cause }) => reject(new Error(cause)),
      };
      last().refer(`sip:${user}@${domain}`, { eventHandlers });
    }),
  sendTone: (tone) => last().sendDTMF(tone),
  told: () => told,
  media: () => last().connection?.connectionState ?? "none",
  disconnect: () =>
    new Promise((resolve) => {
      ua.on("unregistered", () => resolve("unregistered"));
      ua.unregister();
    }),
};

function last() {
  const session = sessions.at(-1);
  if (session === undefined) throw new Error("no call");
  return session;
}
