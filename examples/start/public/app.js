// The page: wires the peer to what shows it.
import { Camera } from "/camera.js";
import { Chat } from "/chat.js";
import { Peer } from "/peer.js";
import { Ping } from "/ping.js";
import { Throughput } from "/throughput.js";

const byId = (id) => document.getElementById(id);
const GOOD = new Set(["stable", "connected", "completed", "open"]);
const BAD = new Set(["failed", "closed", "disconnected"]);

const peer = new Peer();
const throughput = new Throughput();
new Camera(peer);
const consumers = { chat: new Chat(), ping: new Ping(), bulk: throughput, report: { start: (channel) => throughput.listen(channel) } };
peer.addEventListener("channel", ({ detail: channel }) => consumers[channel.label].start(channel));
peer.addEventListener("change", showStates);
peer.addEventListener("note", ({ detail: { text, ms } }) => {
  const line = document.createElement("li");
  line.append(
    Object.assign(document.createElement("time"), { textContent: ms < 10_000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(0)} s` }),
    text,
  );
  byId("events").append(line);
  byId("events").scrollTop = byId("events").scrollHeight;
});

byId("restart").addEventListener("click", () => peer.restartIce());
byId("close").addEventListener("click", () => peer.close());
byId("reconnect").addEventListener("click", () => {
  if (peer.pc.connectionState !== "closed") peer.close();
  byId("events").replaceChildren();
  peer.connect();
});
setInterval(showFacts, 1000);
chooseTheme();
peer.connect();

function showStates() {
  const { pc } = peer;
  const dtls = pc.sctp?.transport;
  const open = peer.channels.size;
  layer("signaling", pc.signalingState);
  layer("ice", pc.iceConnectionState);
  layer("dtls", pc.connectionState === "closed" ? "closed" : (dtls?.state ?? "new"));
  layer("sctp", pc.connectionState === "closed" ? "closed" : (pc.sctp?.state ?? "new"));
  layer("channels", `${open} open`, open === 4 ? "good" : "wait");
  byId("status").textContent = pc.connectionState;
  byId("status").dataset.state = pc.connectionState;
  byId("close").disabled = pc.connectionState === "closed";
  byId("restart").disabled = pc.connectionState !== "connected" && pc.connectionState !== "disconnected";
  void showFacts();
}

function layer(name, state, mood) {
  const item = byId("layers").querySelector(`[data-layer="${name}"]`);
  item.querySelector(".state").textContent = state;
  item.dataset.mood = mood ?? (GOOD.has(state) ? "good" : BAD.has(state) ? "bad" : "wait");
}

/** What both ends know: the browser's own statistics, and Node's view, which it sends when it is connected. */
async function showFacts() {
  const { pc, facts } = peer;
  if (pc?.connectionState !== "connected" || facts === undefined) return;
  const pair = await selectedPair(pc);
  const rows = {
    "Browser's end": pair.local,
    "Node's end": facts.pair ? `${facts.pair.local.address} (${facts.pair.local.type})` : undefined,
    "Node sees us at": facts.pair ? `${facts.pair.remote.address} (${facts.pair.remote.type})` : undefined,
    "Round trip": pair.roundTrip,
    Encryption: [facts.dtls.version, facts.dtls.suite].filter(Boolean).join(", "),
    "Node's roles": `ICE ${facts.iceRole ?? "?"}, DTLS ${facts.dtls.role ?? "?"}`,
    Messages: `to ${Math.round(pc.sctp.maxMessageSize / 1024).toLocaleString()} KiB, ${pc.sctp.maxChannels?.toLocaleString() ?? "?"} channels`,
  };
  const list = Object.entries(rows)
    .filter(([, value]) => value)
    .flatMap(([name, value]) => [
      Object.assign(document.createElement("dt"), { textContent: name }),
      Object.assign(document.createElement("dd"), { textContent: value }),
    ]);
  byId("facts").replaceChildren(...list);
}

async function selectedPair(pc) {
  const stats = await pc.getStats();
  const all = [...stats.values()];
  const id = all.find(({ type }) => type === "transport")?.selectedCandidatePairId;
  const pair = stats.get(id) ?? all.find((entry) => entry.type === "candidate-pair" && entry.selected);
  const local = stats.get(pair?.localCandidateId);
  return {
    local: local && `${local.address || "hidden address"}:${local.port} (${local.candidateType})`,
    roundTrip: pair?.currentRoundTripTime === undefined ? undefined : `${(pair.currentRoundTripTime * 1000).toFixed(1)} ms by ICE`,
  };
}

function chooseTheme() {
  const names = { auto: "as the system", light: "light", dark: "dark" };
  const order = Object.keys(names);
  let current = localStorage.getItem("theme") ?? "auto";
  const apply = () => {
    if (current === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = current;
    byId("theme").textContent = current[0].toUpperCase() + current.slice(1);
    byId("theme").setAttribute("aria-label", `Colour theme: ${names[current]}`);
    for (const { chart } of Object.values(consumers)) chart?.redraw();
  };
  byId("theme").addEventListener("click", () => {
    current = order[(order.indexOf(current) + 1) % order.length];
    localStorage.setItem("theme", current);
    apply();
  });
  apply();
}
