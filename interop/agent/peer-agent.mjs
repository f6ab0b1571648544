/**
 * A peer on a leash: holds RTCPeerConnections and channels by name and does what it is told, with answers that are plain JSON.
 * The same file runs in a browser's page, in a child process over another library, and in the test's own process over purertc,
 * so every test is written once, for two agents.
 *
 * Only what all of these have is used: `on*` attributes, no `addEventListener`; no Node and no DOM beyond `crypto.subtle`.
 */

/** Longest wait for anything, in ms. */
const PATIENCE = 20_000;

/** Messages up to this length are kept and reported whole. */
const KEEP_TEXT = 200;

/** `length` bytes that depend on `seed` alone (xorshift32). */
export function pattern(length, seed) {
  const words = new Uint32Array(Math.ceil(length / 4));
  let x = seed * 2654435761 + 1;
  for (let i = 0; i < words.length; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    words[i] = x;
  }
  return new Uint8Array(words.buffer, 0, length);
}

/** SHA-256 in hexadecimal. */
async function sha256(bytes) {
  const digest = new Uint8Array(await globalThis.crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function concat(parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * `webrtc` has RTCPeerConnection; `toPayload` turns a Uint8Array into what the library's `send` takes; `alwaysExplicit` is for libraries
 * whose setLocalDescription needs an argument.
 */
export function createAgent(webrtc, { toPayload = (bytes) => bytes, settings = undefined, alwaysExplicit = false } = {}) {
  const peers = new Map();
  const wakers = new Set();
  const wake = () => {
    for (const waker of [...wakers]) waker();
  };

  const peer = (id) => {
    const found = peers.get(id);
    if (found === undefined) throw new Error(`no peer ${id}`);
    return found;
  };
  const channel = (id, label) => {
    const found = peer(id).channels.get(label);
    if (found === undefined) throw new Error(`no channel ${label} at ${id}`);
    return found;
  };
  const describe = (id) => {
    const { pc, channels, log } = peer(id);
    const states = [...channels].map(([label, { dc }]) => `${label}=${dc.readyState}`);
    return `${id}: ${pc.connectionState}/${pc.iceConnectionState}/${pc.signalingState} ${states.join(" ")}; ${log.slice(-30).join(" ")}`;
  };

  /** Resolves with the first truthy value of `check`, looked at after every event and now and then. */
  const until = (what, id, check, patience = PATIENCE) =>
    new Promise((resolve, reject) => {
      const look = () => {
        let value;
        try {
          value = check();
        } catch (error) {
          return finish(reject, error);
        }
        if (value) finish(resolve, value);
      };
      const finish = (settle, value) => {
        wakers.delete(look);
        clearInterval(poll);
        clearTimeout(limit);
        settle(value);
      };
      const poll = setInterval(look, 50);
      const limit = setTimeout(() => finish(reject, new Error(`waited ${patience} ms for ${what}; ${describe(id)}`)), patience);
      wakers.add(look);
      look();
    });

  /** `owner` and not its id: events still come after the peer was dropped. */
  const adopt = (owner, dc, kind) => {
    const entry = { dc, messages: [], events: [], kind };
    owner.channels.set(dc.label, entry);
    dc.binaryType = "arraybuffer";
    for (const name of ["open", "closing", "close", "error", "bufferedamountlow"]) {
      dc[`on${name}`] = () => {
        entry.events.push(name);
        owner.log.push(`${dc.label}:${name}`);
        wake();
      };
    }
    dc.onmessage = ({ data }) => {
      entry.messages.push(typeof data === "string" ? data : new Uint8Array(data instanceof ArrayBuffer ? data : data.slice()));
      wake();
    };
    return entry;
  };

  const report = async (message) =>
    typeof message === "string"
      ? { kind: "text", length: message.length, text: message.slice(0, KEEP_TEXT), sha256: await sha256(new TextEncoder().encode(message)) }
      : { kind: "binary", length: message.length, sha256: await sha256(message) };

  const gathered = (id) => until("gathering", id, () => peer(id).pc.iceGatheringState === "complete");
  const local = async (id, trickle) => {
    if (!trickle) await gathered(id);
    const { type, sdp } = peer(id).pc.localDescription;
    return { type, sdp };
  };

  const methods = {
    create(id, configuration = {}, moreSettings = {}) {
      const pc = new webrtc.RTCPeerConnection(configuration, { ...settings, ...moreSettings });
      const entry = { pc, channels: new Map(), log: [], signals: [] };
      peers.set(id, entry);
      const note = (text) => {
        entry.log.push(text);
        wake();
      };
      pc.onicecandidate = ({ candidate }) => {
        entry.signals.push(candidate ? { candidate: candidate.toJSON?.() ?? { ...candidate } } : { end: true });
        wake();
      };
      pc.onconnectionstatechange = () => note(`connection:${pc.connectionState}`);
      pc.oniceconnectionstatechange = () => note(`ice:${pc.iceConnectionState}`);
      pc.onsignalingstatechange = () => note(`signaling:${pc.signalingState}`);
      pc.onicegatheringstatechange = () => note(`gathering:${pc.iceGatheringState}`);
      pc.ondatachannel = ({ channel: dc }) => {
        adopt(entry, dc, "announced");
        note(`datachannel:${dc.label}`);
      };
    },
    open(id, label, init) {
      adopt(peer(id), peer(id).pc.createDataChannel(label, init), "created");
    },
    async offer(id, trickle, explicit = false) {
      const { pc } = peer(id);
      await pc.setLocalDescription(explicit || alwaysExplicit ? await pc.createOffer() : undefined);
      return local(id, trickle);
    },
    async answer(id, offer, trickle, explicit = false) {
      const { pc } = peer(id);
      await pc.setRemoteDescription(offer);
      await pc.setLocalDescription(explicit || alwaysExplicit ? await pc.createAnswer() : undefined);
      return local(id, trickle);
    },
    async accept(id, answer) {
      await peer(id).pc.setRemoteDescription(answer);
    },
    /** What there is to tell the other side, at least one thing; null when the peer is gone. */
    async signals(id) {
      await until("signals", id, () => !peers.has(id) || peer(id).signals.length > 0, 600_000);
      return peers.has(id) ? peer(id).signals.splice(0) : null;
    },
    async candidate(id, { candidate }) {
      await peer(id).pc.addIceCandidate(candidate);
    },
    restart(id) {
      peer(id).pc.restartIce();
    },
    async connected(id) {
      await until("connected", id, () => peer(id).pc.connectionState === "connected");
    },
    async opened(id, label) {
      await until(`open ${label}`, id, () => peer(id).channels.get(label)?.dc.readyState === "open");
    },
    async closed(id, label) {
      await until(`close event of ${label}`, id, () => channel(id, label).events.includes("close"));
      return { readyState: channel(id, label).dc.readyState, events: channel(id, label).events };
    },
    async low(id, label) {
      await until(`bufferedamountlow of ${label}`, id, () => channel(id, label).events.includes("bufferedamountlow"));
    },
    properties(id, label) {
      const { dc } = channel(id, label);
      const { ordered, maxPacketLifeTime, maxRetransmits, protocol, negotiated, readyState, bufferedAmount } = dc;
      return { id: dc.id, ordered, maxPacketLifeTime, maxRetransmits, protocol, negotiated, readyState, bufferedAmount };
    },
    setLowThreshold(id, label, bytes) {
      channel(id, label).dc.bufferedAmountLowThreshold = bytes;
    },
    sendText(id, label, text) {
      channel(id, label).dc.send(text);
    },
    sendBytes(id, label, length, seed) {
      channel(id, label).dc.send(toPayload(pattern(length, seed)));
    },
    /** One message per line of `count`, `"0"`, `"1"`, ...; as fast as `send` takes them. */
    sendNumbers(id, label, count) {
      for (let i = 0; i < count; i++) channel(id, label).dc.send(`${i}`);
    },
    /** `total` bytes of a pattern in messages of `size`, never more than 1 MB ahead; its hash. */
    async sendBulk(id, label, total, size, seed) {
      const { dc } = channel(id, label);
      const bytes = pattern(total, seed);
      dc.bufferedAmountLowThreshold = 262_144;
      for (let at = 0; at < total; at += size) {
        if (dc.bufferedAmount > 1_048_576) await until("buffer", id, () => dc.bufferedAmount <= 262_144);
        dc.send(toPayload(bytes.slice(at, at + size)));
      }
      return sha256(bytes);
    },
    /** Waits for `count` messages in all and describes them. */
    async messages(id, label, count) {
      await until(`${count} messages on ${label}`, id, () => peer(id).channels.get(label)?.messages.length >= count);
      return Promise.all(channel(id, label).messages.map(report));
    },
    messageCount(id, label) {
      return channel(id, label).messages.length;
    },
    /** Waits for `total` bytes in binary messages and gives their hash. */
    async bulk(id, label, total, patience = 60_000) {
      const sum = () => (peer(id).channels.get(label)?.messages ?? []).reduce((bytes, message) => bytes + message.length, 0);
      await until(`${total} bytes on ${label}`, id, () => sum() >= total, patience);
      return sha256(concat(channel(id, label).messages));
    },
    closeChannel(id, label) {
      channel(id, label).dc.close();
    },
    close(id) {
      peer(id).pc.close();
      wake();
    },
    /** Closes and forgets. */
    drop(id) {
      if (!peers.has(id)) return;
      peer(id).pc.close();
      peers.delete(id);
      wake();
    },
    states(id) {
      const { pc } = peer(id);
      return { connection: pc.connectionState, ice: pc.iceConnectionState, signaling: pc.signalingState, gathering: pc.iceGatheringState };
    },
    description(id, side) {
      return peer(id).pc[`${side}Description`]?.sdp ?? null;
    },
    log(id) {
      return peer(id).log;
    },
    /** The selected pair by the statistics: address families and types of both ends; null when there is none. */
    async pair(id) {
      const stats = await peer(id).pc.getStats();
      const all = [...stats.values()];
      const selected =
        all.find((s) => s.type === "transport" && s.selectedCandidatePairId) &&
        stats.get(all.find((s) => s.type === "transport").selectedCandidatePairId);
      const chosen = selected ?? all.find((s) => s.type === "candidate-pair" && (s.selected || (s.nominated && s.state === "succeeded")));
      if (!chosen) return null;
      const end = (which) => {
        const { address = null, port = null, candidateType } = stats.get(chosen[which]) ?? {};
        return { address, port, candidateType };
      };
      return { local: end("localCandidateId"), remote: end("remoteCandidateId") };
    },
  };

  return { call: async (method, args) => (await methods[method](...args)) ?? null };
}
