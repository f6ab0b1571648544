// The browser's end: signalling over a WebSocket, one RTCPeerConnection, four channels. Tells what happens as events on itself.

/**
 * Events: "change" (look at the object again), "note" (detail: a line for the event list), "channel" (detail: an open channel), "fresh" (a new connection,
 * before its first offer), "track" (detail: a track from Node), "recording" (detail: what Node says of one).
 */
export class Peer extends EventTarget {
  facts;
  channels = new Map();
  #socket;
  #pc;
  #begun = performance.now();

  get pc() {
    return this.#pc;
  }

  connect() {
    this.#begun = performance.now();
    this.facts = undefined;
    this.#pc = new RTCPeerConnection();
    this.#open("chat", {});
    this.#open("ping", { ordered: false, maxRetransmits: 0 });
    this.#open("bulk", {});
    this.#open("report", {});
    this.#watch();
    this.dispatchEvent(new Event("fresh"));
    const socket = new WebSocket(`ws://${location.host}/signal`);
    this.#socket = socket;
    socket.addEventListener("open", () => this.offer());
    socket.addEventListener("close", ({ reason }) => reason !== "" && this.#note(`signalling closed: ${reason}`));
    // One at a time: a candidate must not overtake the description it belongs to. A new connection has a new row: promises of a
    // closed one never settle.
    let last = Promise.resolve();
    socket.addEventListener("message", ({ data }) => {
      if (socket === this.#socket) last = last.then(() => this.#signalled(JSON.parse(data))).catch((error) => this.#note(error.message));
    });
  }

  restartIce() {
    this.#pc.restartIce();
    this.#note("restarting ICE");
    return this.offer();
  }

  close() {
    for (const channel of this.channels.values()) channel.close();
    this.#pc.close();
    this.#socket.close();
    this.channels.clear();
    this.#note("closed here");
  }

  #open(label, init) {
    const channel = this.#pc.createDataChannel(label, init);
    channel.binaryType = "arraybuffer";
    channel.addEventListener("open", () => {
      this.channels.set(label, channel);
      this.#note(`channel ${label} open, id ${channel.id}`);
      this.dispatchEvent(new CustomEvent("channel", { detail: channel }));
    });
    channel.addEventListener("close", () => {
      this.channels.delete(label);
      this.#note(`channel ${label} closed`);
    });
  }

  #watch() {
    const pc = this.#pc;
    pc.addEventListener("signalingstatechange", () => this.#note(`signalling ${pc.signalingState}`));
    pc.addEventListener("icegatheringstatechange", () => this.#note(`gathering ${pc.iceGatheringState}`));
    pc.addEventListener("iceconnectionstatechange", () => this.#note(`ICE ${pc.iceConnectionState}`));
    pc.addEventListener("connectionstatechange", () => this.#note(`connection ${pc.connectionState}`));
    pc.addEventListener("icecandidate", ({ candidate }) => this.tell({ candidate }));
    pc.addEventListener("track", ({ track }) => {
      this.#note(`${track.kind} from Node`);
      this.dispatchEvent(new CustomEvent("track", { detail: track }));
    });
  }

  /** Offers what the connection has now; also again. */
  async offer() {
    const pc = this.#pc;
    await pc.setLocalDescription();
    if (pc === this.#pc) this.tell({ description: pc.localDescription });
  }

  /** Something for Node that is no media and no channel's. */
  tell(message) {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  async #signalled({ description, candidate, facts, recording }) {
    if (recording) this.dispatchEvent(new CustomEvent("recording", { detail: recording }));
    if (candidate) await this.#pc.addIceCandidate(candidate);
    if (facts) this.facts = facts;
    if (description) {
      await this.#pc.setRemoteDescription(description);
      this.#pc.sctp.addEventListener("statechange", () => this.#note(`SCTP ${this.#pc.sctp.state}`));
      this.#pc.sctp.transport.addEventListener("statechange", () => this.#note(`DTLS ${this.#pc.sctp.transport.state}`));
    }
    this.dispatchEvent(new Event("change"));
  }

  #note(text) {
    this.dispatchEvent(new CustomEvent("note", { detail: { text, ms: performance.now() - this.#begun } }));
    this.dispatchEvent(new Event("change"));
  }
}
