// One browser tab: its signalling socket, its peer connection, its four channels, its camera.
import { RTCPeerConnection } from "purertc";
import { connectionFacts } from "./describe.mjs";
import { Recording } from "./recording.mjs";

const LONGEST_CHAT = 2_000;
const PART = Buffer.alloc(65_536, "purertc ");
const HIGH_WATER = 4 * 1024 * 1024;
const REPORT_MS = 100;
const LONGEST_TEST_MS = 30_000;

export class Visitor {
  name;
  #socket;
  #room;
  #pc = new RTCPeerConnection();
  #chat;
  #report;
  #uncounted = 0;
  #last = Promise.resolve();
  /** What the camera sends; undefined until it is on. */
  #stream;
  #recording;

  /** `room`: what to call when this tab chats, joins and leaves. */
  constructor(name, socket, room) {
    this.name = name;
    this.#socket = socket;
    this.#room = room;
    const pc = this.#pc;
    pc.addEventListener("icecandidate", ({ candidate }) => this.#signal({ candidate }));
    pc.addEventListener("connectionstatechange", () => this.#connectionChanged());
    pc.addEventListener("datachannel", ({ channel }) => this.#announced(channel));
    pc.addEventListener("track", (event) => this.#echo(event));
    // One at a time: a candidate must not overtake the description it belongs to.
    socket.on("message", (data) => {
      this.#last = this.#last.then(() => this.#signalled(JSON.parse(data.toString()))).catch((error) => this.#refuse(error));
    });
    socket.on("close", () => this.close());
    socket.on("error", () => this.close());
  }

  get isChatting() {
    return this.#chat?.readyState === "open";
  }

  /** Something for the chat of this tab. */
  tell(message) {
    if (this.isChatting) this.#chat.send(JSON.stringify(message));
  }

  close() {
    void this.#recording?.discard();
    this.#pc.close();
    this.#socket.close();
    this.#room.gone();
  }

  #signal(message) {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  async #signalled({ description, candidate, record }) {
    if (record) this.#record(record);
    if (candidate) await this.#pc.addIceCandidate(candidate);
    if (!description) return;
    await this.#pc.setRemoteDescription(description);
    await this.#pc.setLocalDescription();
    this.#signal({ description: this.#pc.localDescription });
  }

  /** Signalling from the page that makes no sense. */
  #refuse(error) {
    process.stderr.write(`${this.name}: ${error.message}\n`);
    this.#socket.close(1008, "bad signalling");
  }

  async #connectionChanged() {
    const { connectionState } = this.#pc;
    process.stdout.write(`${this.name}: ${connectionState}\n`);
    if (connectionState === "failed") this.close();
    if (connectionState === "connected") this.#signal({ facts: await connectionFacts(this.#pc) });
  }

  /** Sends back what comes, packet by packet, on the transceiver it comes on. */
  #echo({ track, transceiver, streams }) {
    [this.#stream] = streams;
    transceiver.direction = "sendrecv"; // before the answer, so that it says so
    transceiver.sender.setStreams(...streams);
    void transceiver.sender.replaceTrack(track);
  }

  /** One recording at a time; a new one replaces the one before. */
  #record(command) {
    if (command === "stop") this.#recording?.stop();
    if (command !== "start" || this.#stream === undefined) return;
    void this.#recording?.discard();
    const recording = new Recording();
    this.#recording = recording;
    const told = (state) => this.#recording === recording && this.#signal({ recording: state });
    recording
      .start(this.#stream, this.#fileExtension(), (error, file) =>
        told(error ? { state: "ended", error: error.message } : { state: "ended", ...file }),
      )
      .then(() => told({ state: "recording" }))
      .catch((error) => told({ state: "ended", error: error.message }));
  }

  /** WebM has no H.264, which some browsers prefer. */
  #fileExtension() {
    const video = this.#pc.getReceivers().find(({ track }) => track.kind === "video");
    return /h26[45]/i.test(video?.getParameters().codecs[0]?.mimeType ?? "") ? "mp4" : "webm";
  }

  #announced(channel) {
    channel.binaryType = "arraybuffer";
    if (channel.label === "chat") this.#joinChat(channel);
    else if (channel.label === "ping") channel.addEventListener("message", ({ data }) => echo(channel, data));
    else if (channel.label === "bulk") serveBulk(channel, (bytes) => this.#count(bytes));
    else if (channel.label === "report") this.#report = channel;
  }

  /** Tells the tab ten times a second how much of its upload has arrived. */
  #count(bytes) {
    if (this.#uncounted === 0) {
      setTimeout(() => {
        if (this.#report?.readyState === "open") this.#report.send(`${this.#uncounted}`);
        this.#uncounted = 0;
      }, REPORT_MS);
    }
    this.#uncounted += bytes;
  }

  #joinChat(channel) {
    this.#chat = channel;
    channel.addEventListener("message", ({ data }) => {
      if (typeof data === "string" && data.trim() !== "") this.#room.chat(data.slice(0, LONGEST_CHAT));
    });
    channel.addEventListener("close", () => this.#room.gone());
    this.#room.here();
  }
}

/** What arrives last may find the channel closing. */
function echo(channel, data) {
  if (channel.readyState === "open") channel.send(data);
}

/** The throughput test: `download 5000` asks for bytes for 5 s. */
function serveBulk(channel, counted) {
  channel.addEventListener("message", ({ data }) => {
    if (typeof data !== "string") {
      counted(data.byteLength);
      return;
    }
    const wanted = /^download (\d{1,6})$/.exec(data)?.[1];
    if (wanted !== undefined) void sendFor(channel, Math.min(Number(wanted), LONGEST_TEST_MS));
  });
}

async function sendFor(channel, ms) {
  const end = performance.now() + ms;
  const closed = new Promise((resolve) => channel.addEventListener("close", resolve, { once: true }));
  channel.bufferedAmountLowThreshold = HIGH_WATER / 2;
  while (performance.now() < end && channel.readyState === "open") {
    while (channel.bufferedAmount < HIGH_WATER) channel.send(PART);
    await Promise.race([closed, new Promise((resolve) => channel.addEventListener("bufferedamountlow", resolve, { once: true }))]);
  }
}
