// The camera, what Node sends back of it, and a recording that Node makes of it.

const byId = (id) => document.getElementById(id);
const SAMPLE_MS = 1000;

export class Camera {
  #peer;
  #stream;
  #recording = false;
  #last;

  constructor(peer) {
    this.#peer = peer;
    byId("camera").addEventListener("click", () => (this.#stream ? this.#turnOff() : this.#turnOn()));
    byId("record").addEventListener("click", () => peer.tell({ record: this.#recording ? "stop" : "start" }));
    peer.addEventListener("fresh", () => this.#send()); // a new connection: the camera goes on in it
    peer.addEventListener("track", ({ detail: track }) => this.#showEcho(track));
    peer.addEventListener("recording", ({ detail }) => this.#recorded(detail));
    peer.addEventListener("change", () => this.#enable());
    setInterval(() => this.#measure(), SAMPLE_MS);
    this.#enable();
  }

  async #turnOn() {
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 640, height: 480 } });
    } catch (error) {
      this.#say(`No camera: ${error.message || error.name}`);
      return;
    }
    this.#say("");
    byId("camera-own").srcObject = this.#stream;
    this.#send();
    await this.#peer.offer();
    this.#enable();
  }

  async #turnOff() {
    if (this.#recording) this.#peer.tell({ record: "stop" });
    const { pc } = this.#peer;
    for (const track of this.#stream.getTracks()) track.stop();
    for (const sender of pc.getSenders()) if (sender.track) pc.removeTrack(sender);
    this.#stream = undefined;
    for (const id of ["camera-own", "camera-echo"]) byId(id).srcObject = null;
    await this.#peer.offer();
    this.#enable();
  }

  #send() {
    this.#recording = false;
    this.#last = undefined;
    for (const track of this.#stream?.getTracks() ?? []) this.#peer.pc.addTrack(track, this.#stream);
  }

  /** Muted: the echo of one's own voice is a howl. */
  #showEcho(track) {
    const video = byId("camera-echo");
    if (video.srcObject) video.srcObject.addTrack(track);
    else video.srcObject = new MediaStream([track]);
  }

  #recorded({ state, error, url, seconds, bytes, codecs }) {
    this.#recording = state === "recording";
    if (error) this.#say(`Not recorded: ${error}`);
    else if (this.#recording) this.#say("Node records; a minute at most.");
    if (url) void this.#offerRecording(url, seconds, bytes, codecs);
    this.#enable();
  }

  /** The whole file at once, so that it can be wound forwards and backwards. */
  async #offerRecording(url, seconds, bytes, codecs) {
    const file = URL.createObjectURL(await (await fetch(url)).blob());
    const link = byId("recording-link");
    URL.revokeObjectURL(link.href);
    link.href = file;
    link.download = `purertc${url.slice(url.lastIndexOf("."))}`;
    byId("recording-video").src = file;
    byId("recording").hidden = false;
    const frames = codecs.map(({ mimeType, frames: count }) => `${count.toLocaleString()} frames of ${mimeType.replace(/^\w+\//, "")}`);
    this.#say(`Recorded ${seconds.toFixed(1)} s: ${frames.join(", ")}; ${(bytes / 1e3).toFixed(0)} kB`);
  }

  async #measure() {
    const { pc } = this.#peer;
    if (!this.#stream || pc?.connectionState !== "connected") return;
    const all = [...(await pc.getStats()).values()];
    const total = (type, member) => all.filter((entry) => entry.type === type).reduce((sum, entry) => sum + (entry[member] ?? 0), 0);
    const now = {
      at: performance.now(),
      frames: total("inbound-rtp", "framesDecoded"),
      sent: total("outbound-rtp", "bytesSent"),
      received: total("inbound-rtp", "bytesReceived"),
    };
    const before = this.#last;
    this.#last = now;
    if (!before) return;
    const perSecond = (member) => (1000 * Math.max(0, now[member] - before[member])) / (now.at - before.at);
    byId("echo-frames").textContent = perSecond("frames").toFixed(0);
    byId("echo-sent").textContent = (perSecond("sent") / 125).toFixed(0);
    byId("echo-received").textContent = (perSecond("received") / 125).toFixed(0);
    byId("echo-lost").textContent = total("inbound-rtp", "packetsLost").toLocaleString();
  }

  #say(text) {
    byId("camera-result").textContent = text;
  }

  #enable() {
    const connected = this.#peer.pc?.connectionState === "connected";
    byId("camera").disabled = !connected;
    byId("camera").textContent = this.#stream ? "Turn off" : "Turn on";
    byId("record").disabled = !connected || !this.#stream;
    byId("record").textContent = this.#recording ? "Stop" : "Record";
  }
}
