// A phone made of SIP.js: answers every call, and does what the test says.
import { SessionState, UserAgent, Web } from "/sip.js/index.js";

let manager;
let domain;
const sessions = [];
const told = [];
/** Who waits for a hold, or its end, to be accepted. */
let holding;

export const phone = {
  async connect({ server, user, password, realm }) {
    domain = realm;
    manager = new Web.SessionManager(server, {
      aor: `sip:${user}@${realm}`,
      media: { constraints: { audio: true, video: false } },
      userAgentOptions: {
        authorizationUsername: user,
        authorizationPassword: password,
        logLevel: "error",
        sessionDescriptionHandlerFactoryOptions: { iceGatheringTimeout: 200, peerConnectionConfiguration: { iceServers: [] } },
      },
      delegate: {
        onCallCreated: (session) => {
          sessions.push(session);
          session.stateChange.addListener((state) => {
            if (state === SessionState.Established) told.push("confirmed");
            if (state === SessionState.Terminated) told.push("ended");
          });
        },
        onCallReceived: (session) => void manager.answer(session),
        onCallHold: () => holding?.(),
        onCallDTMFReceived: (_session, tone) => told.push(`dtmf: ${tone}`),
        onMessageReceived: (message) => told.push(`message: ${message.request.body}`),
      },
    });
    await manager.connect();
    await new Promise((resolve, reject) => {
      manager.delegate.onRegistered = () => resolve();
      manager.delegate.onUnregistered = () => reject(new Error("refused"));
      manager.register().catch(reject);
    });
    return "registered";
  },
  call: (user) => void manager.call(`sip:${user}@${domain}`),
  cancel: () => manager.hangup(last()),
  hangUp: () => manager.hangup(last()),
  hold: () => held(() => manager.hold(last())),
  unhold: () => held(() => manager.unhold(last())),
  transfer: (user) =>
    new Promise((resolve, reject) => {
      const onNotify = (notification) => {
        void notification.accept();
        const status = /^SIP\/2\.0 (\d{3})/.exec(notification.request.body)?.[1];
        if (status?.startsWith("2")) resolve("accepted");
        else if (status !== undefined && status >= "300") reject(new Error(status));
      };
      void last().refer(UserAgent.makeURI(`sip:${user}@${domain}`), { onNotify });
    }),
  sendTone: (tone) => manager.sendDTMF(last(), tone),
  told: () => told,
  media: () => last().sessionDescriptionHandler?.peerConnection?.connectionState ?? "none",
  async disconnect() {
    await manager.unregister();
    await new Promise((resolve) => setTimeout(resolve, 100));
    await manager.disconnect();
    return "unregistered";
  },
};

function held(change) {
  return new Promise((resolve, reject) => {
    holding = resolve;
    change().catch(reject);
  });
}

function last() {
  const session = sessions.at(-1);
  if (session === undefined) throw new Error("no call");
  return session;
}
