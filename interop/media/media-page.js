// What a browser does in these tests. Each function is one step of a test and is called by name from Node; results are JSON.

/** A connection, shown and heard: browsers decode what they play. */
let pc;
const shown = new Map();

globalThis.media = {
  create(configuration) {
    pc = new RTCPeerConnection(configuration ?? {});
    pc.ontrack = ({ track, transceiver }) => {
      const element = document.createElement(track.kind);
      element.autoplay = true;
      element.playsInline = true;
      element.muted = track.kind === "video";
      element.srcObject = new MediaStream([track]);
      document.body.append(element);
      element.play().catch(() => undefined); // Firefox may want a gesture for sound; its statistics do not
      shown.set(transceiver.mid ?? track.id, element);
    };
  },

  /** Fake devices, with these codecs first; `simulcast` makes three layers. */
  async camera({ audio = true, video = true, codecs = {}, simulcast = false, width = 640, height = 480 } = {}) {
    const stream = await navigator.mediaDevices.getUserMedia({ audio, video: video && { width, height, frameRate: 30 } });
    for (const track of stream.getTracks()) {
      const layers = [
        { rid: "q", scaleResolutionDownBy: 4, maxBitrate: 100_000 },
        { rid: "h", scaleResolutionDownBy: 2, maxBitrate: 300_000 },
        { rid: "f", maxBitrate: 1_200_000 },
      ];
      // addTrack's are used for sections that the other side offers, addTransceiver's are not.
      const layered = simulcast && track.kind === "video";
      if (layered) pc.addTransceiver(track, { direction: "sendrecv", streams: [stream], sendEncodings: layers });
      else pc.addTrack(track, stream);
      const wanted = codecs[track.kind];
      if (wanted)
        prefer(
          pc.getTransceivers().find(({ sender }) => sender.track === track),
          track.kind,
          wanted,
        );
    }
  },

  /** Only receives. */
  receive({ audio = true, video = true, codecs = {} } = {}) {
    for (const kind of ["audio", "video"]) {
      if (kind === "audio" ? !audio : !video) continue;
      const transceiver = pc.addTransceiver(kind, { direction: "recvonly" });
      if (codecs[kind]) prefer(transceiver, kind, codecs[kind]);
    }
  },

  async offer() {
    await pc.setLocalDescription();
    return gathered();
  },

  async answer(description) {
    await pc.setRemoteDescription(description);
    await pc.setLocalDescription();
    return gathered();
  },

  async remote(description) {
    await pc.setRemoteDescription(description);
  },

  /** The browser can send or receive this codec. */
  has(kind, mimeType) {
    const list = [...RTCRtpSender.getCapabilities(kind).codecs];
    return list.some((codec) => codec.mimeType.toLowerCase() === mimeType.toLowerCase());
  },

  state: () => pc.connectionState,

  async stats(type, kind) {
    const report = await pc.getStats();
    return [...report.values()].filter((entry) => entry.type === type && (kind === undefined || entry.kind === kind));
  },

  /** The number in the top row of purertc's test pattern, as it is shown now; -1 when nothing is. */
  shownNumber() {
    const video = [...shown.values()].find((element) => element.localName === "video" && element.videoWidth > 0);
    if (!video) return -1;
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    const context = canvas.getContext("2d");
    context.drawImage(video, 0, 0);
    let number = 0;
    for (let bit = 0; bit < 16; bit++) number = number * 2 + (context.getImageData(bit * 16 + 8, 8, 1, 1).data[0] > 128 ? 1 : 0);
    return number;
  },

  /** Pixels of the video that is shown. */
  shownSize() {
    const video = [...shown.values()].find((element) => element.localName === "video");
    return video ? [video.videoWidth, video.videoHeight] : [0, 0];
  },

  close() {
    for (const { track } of pc.getSenders()) track?.stop();
    pc.close();
    for (const element of shown.values()) element.remove();
    shown.clear();
  },
};

function prefer(transceiver, kind, mimeType) {
  const { codecs } = RTCRtpReceiver.getCapabilities(kind);
  const first = codecs.filter((codec) => codec.mimeType.toLowerCase() === mimeType.toLowerCase());
  const rest = codecs.filter((codec) => !first.includes(codec));
  transceiver.setCodecPreferences([...first, ...rest]);
}

async function gathered() {
  if (pc.iceGatheringState !== "complete") {
    await new Promise((resolve) => {
      pc.addEventListener("icegatheringstatechange", () => pc.iceGatheringState === "complete" && resolve());
    });
  }
  return { type: pc.localDescription.type, sdp: pc.localDescription.sdp };
}
