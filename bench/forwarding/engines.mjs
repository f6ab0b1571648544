/** Engines that are connected without a network: what one sends is handed to the other, at a time that only moves when it is told to. */
import { nodeCrypto, nodeRandom } from "@purertc/crypto/node";
import { PeerEngine } from "@purertc/peer-connection/engine";

const BUFFER = 2048;

/** Two engines and the datagrams between them. `addresses`: of both ends, as transport addresses. */
export class EnginePair {
  constructor(addresses, options = {}) {
    this.now = 0;
    this.ends = addresses.map((local, i) => ({
      engine: new PeerEngine({ crypto: nodeCrypto, random: nodeRandom, timeOrigin: Date.now(), ...options }),
      local,
      /** How the other end's datagrams arrive here; one object, as sockets give it. */
      path: { local, remote: addresses[1 - i] },
      out: new Uint8Array(BUFFER),
    }));
  }

  /** Negotiates what the first end offers, and runs until media can flow. */
  connect() {
    const [a, b] = this.ends;
    const describe = (from, to, type) => {
      const sdp = type === "offer" ? from.engine.createOffer(this.now, { iceRestart: false }) : from.engine.createAnswer(this.now);
      for (const applied of [
        from.engine.setDescription(this.now, "local", type, sdp),
        to.engine.setDescription(this.now, "remote", type, sdp),
      ]) {
        if ("message" in applied) throw new Error(applied.message);
      }
    };
    describe(a, b, "offer");
    describe(b, a, "answer");
    for (const [end, other] of [
      [a, b],
      [b, a],
    ]) {
      const { id, agreed } = end.engine.transports[0];
      end.engine.addLocalAddress(this.now, id, end.local);
      end.engine.endOfLocalAddresses(this.now, id);
      const { ip, port } = end.local;
      other.engine.addRemoteCandidate(this.now, { candidate: `candidate:1 1 udp 2130706431 ${ip} ${port} typ host`, sdpMid: agreed.mid });
    }
    for (let step = 0; step < 2000 && !this.ends.every(({ engine }) => engine.connectionState === "connected"); step++) this.step(5);
    if (a.engine.connectionState !== "connected") throw new Error("the engines did not connect");
  }

  /** Lets time pass, and everything that waits arrive. */
  step(ms) {
    this.now += ms;
    for (const { engine } of this.ends) engine.handleTimeout(this.now);
    for (let moved = true; moved; ) moved = this.ends.map((end, i) => this.carry(end, this.ends[1 - i])).some(Boolean);
  }

  /** Hands all that an end sends to the other. */
  carry(from, to) {
    let count = 0;
    for (let sent = from.engine.pollTransmit(from.out); sent !== undefined; sent = from.engine.pollTransmit(from.out)) {
      to.engine.handleDatagram(this.now, from.out.slice(0, sent.length), to.path);
      count++;
    }
    while (from.engine.pollEvent() !== undefined);
    return count > 0;
  }
}
