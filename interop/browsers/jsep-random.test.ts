/**
 * Random offers and answers between our negotiation and a browser's: every text is taken by the other side, and both have the same sections with mirrored
 * directions afterwards. Seeds are fixed; `JSEP_SEED=7` replays one and shows its steps, `JSEP_RUNS=500` runs more.
 */
import { seededRandom } from "@purertc/simulator";
import { describe, expect, test } from "vitest";
import { supportedMedia } from "../../packages/peer-connection/src/engine/media/capabilities.ts";
import { type Direction, type NegotiatedMedia, negotiationNeeded } from "../../packages/peer-connection/src/jsep/index.ts";
import { MediaNegotiator } from "../../packages/peer-connection/test/jsep/media-negotiator.ts";
import { hasBrowser, type Tab } from "./browser.ts";
import { servePage } from "./page-server.ts";
import { BROWSERS, opened } from "./test-group.ts";

const ONE = process.env.JSEP_SEED;
const RUNS = ONE === undefined ? Number(process.env.JSEP_RUNS ?? 60) : 1;
/** So that the whole takes less than 25 s wherever it runs: seeds that there was no time for are said. */
const PATIENCE_MS = process.env.JSEP_RUNS === undefined ? 18_000 : Number.POSITIVE_INFINITY;
const STEPS = 25;

/** What the page can do, by name. */
const PAGE = `<!doctype html><title>jsep</title><script>
const live = () => pc.getTransceivers().filter((one) => one.currentDirection !== "stopped" && one.direction !== "stopped");
const pick = (at) => { const all = live(); return all[at % Math.max(1, all.length)]; };
const actions = {
  create(configuration) { globalThis.pc?.close(); globalThis.pc = new RTCPeerConnection(configuration); },
  add(kind, direction, rids) { pc.addTransceiver(kind, { direction, ...(rids ? { sendEncodings: rids.map((rid) => ({ rid })) } : {}) }); },
  stop(at) { pick(at)?.stop(); },
  direction(at, direction) { const one = pick(at); if (one) one.direction = direction; },
  prefer(at, name) {
    const one = pick(at);
    const { codecs } = RTCRtpReceiver.getCapabilities(one?.receiver.track.kind ?? "audio");
    const first = codecs.filter(({ mimeType }) => mimeType.toLowerCase().endsWith(name));
    if (one && first.length > 0) one.setCodecPreferences([...first, ...codecs.filter((codec) => !first.includes(codec))]);
  },
  data() { pc.createDataChannel("x"); },
  async hasSections() { return /BUNDLE \\S/.test((await pc.createOffer()).sdp); },
  async offer(iceRestart) { const offer = await pc.createOffer({ iceRestart }); await pc.setLocalDescription(offer); return offer.sdp; },
  async remote(type, sdp) { await pc.setRemoteDescription({ type, sdp }); },
  async answer() { const answer = await pc.createAnswer(); await pc.setLocalDescription(answer); return answer.sdp; },
  async rollback(side) { await (side === "local" ? pc.setLocalDescription({ type: "rollback" }) : pc.setRemoteDescription({ type: "rollback" })); },
  sections() { return pc.getTransceivers().filter(({ mid, currentDirection }) => mid !== null && currentDirection !== "stopped").map(({ mid, currentDirection }) => [mid, currentDirection]); },
};
globalThis.act = async (name, ...values) => {
  try { return JSON.stringify({ value: await actions[name](...values) }); } catch (error) { return JSON.stringify({ error: error.name + ": " + error.message }); }
};
</script>`;

/**
 * What browsers do wrong once a description with more in it was rolled back: offers of their own making that they refuse themselves, and ours that they
 * would take otherwise. Such a run ends there.
 */
const FAULTS_AFTER_ROLLBACK = {
  chromium: [
    /^offer: .*(codec collision for header extension|RTP extension ID reassignment)/, // it numbers extensions twice
    /^(answer|remote): .*Failed to start SCTP transport/, // only after it rolled back a data section
  ],
  firefox: [
    /^offer: .*invalid extension id 15/, // it runs out of ids that it has itself
    /^remote: .*offer did not request ICE restart/, // it takes the offer for an answer to the one rolled back; from another Firefox too
  ],
} as const;

/** The browser refused. */
class BrowserRefusal extends Error {}

class Peer {
  readonly #tab: Tab;

  constructor(tab: Tab) {
    this.#tab = tab;
  }

  async act(name: string, ...values: readonly unknown[]): Promise<unknown> {
    const text = (await this.#tab.evaluate(`act(${[name, ...values].map((value) => JSON.stringify(value)).join()})`)) as string;
    const { value, error } = JSON.parse(text) as { readonly value?: unknown; readonly error?: string };
    if (error !== undefined) throw new BrowserRefusal(`${name}: ${error}`);
    return value;
  }

  async text(name: string, ...values: readonly unknown[]): Promise<string> {
    return String(await this.act(name, ...values));
  }
}

/** One connection of ours to the browser's, taken through random steps. */
class Run {
  readonly steps: string[] = [];
  exchanges = 0;
  rollbacks = 0;
  readonly #peer: Peer;
  readonly #random: ReturnType<typeof seededRandom>;
  readonly #me: MediaNegotiator;
  readonly #theirPolicy: string;

  constructor(peer: Peer, seed: number) {
    this.#peer = peer;
    this.#random = seededRandom(`b${seed}`);
    this.#theirPolicy = this.#pick(POLICIES);
    this.#me = new MediaNegotiator(seed, { capabilities: supportedMedia, bundlePolicy: this.#pick(POLICIES) });
  }

  async all(): Promise<void> {
    await this.#peer.act("create", { bundlePolicy: this.#theirPolicy });
    for (let i = 0; i < STEPS; i++) await this.#step();
  }

  async #step(): Promise<void> {
    const [action, kind, direction] = [this.#pick(ACTIONS), this.#pick(["audio", "video"] as const), this.#pick(DIRECTIONS)];
    const which = this.#random.integer(0, 10);
    this.steps.push(`${action} ${kind} ${direction} ${which}`);
    const [me, peer] = [this.#me, this.#peer];
    const live = me.transceivers.filter(({ stopping, stopped }) => !stopping && !stopped);
    const chosen = live[which % Math.max(1, live.length)];
    switch (action) {
      case "add":
        me.add(kind, { direction, addedByTrack: which % 2 === 0 });
        break;
      case "simulcast":
        me.add("video", { rids: ["q", "h", "f"], direction: "sendonly" });
        break;
      case "stop":
        if (chosen !== undefined) me.stop(chosen);
        break;
      case "direction":
        if (chosen !== undefined) chosen.direction = direction;
        break;
      case "data":
        me.local = { ...me.local, dataChannels: true };
        break;
      case "they add":
        await peer.act("add", kind, direction);
        break;
      case "their simulcast":
        await peer.act("add", "video", "sendonly", ["q", "h", "f"]);
        break;
      case "they stop":
        await peer.act("stop", which);
        break;
      case "their direction":
        await peer.act("direction", which, direction);
        break;
      case "they prefer":
        await peer.act("prefer", which, this.#pick(["vp9", "h264", "pcmu", "av1"]));
        break;
      case "their data":
        await peer.act("data");
        break;
      case "offer":
      case "rollback":
        await this.#weOffer(which === 0, action === "rollback");
        break;
      default:
        await this.#theyOffer(which === 0, action === "their rollback");
    }
  }

  async #weOffer(iceRestart: boolean, rollsBack: boolean): Promise<void> {
    const [me, peer] = [this.#me, this.#peer];
    const offer = me.offer({ iceRestart });
    if (!offer.includes("a=group")) return;
    me.set("local", "offer", offer);
    await peer.act("remote", "offer", offer);
    if (rollsBack) {
      this.rollbacks += 1;
      me.set("local", "rollback");
      await peer.act("rollback", "remote");
      return;
    }
    await this.#compare(me.set("remote", "answer", await peer.text("answer")).media);
    const waits = me.transceivers.some(({ mid, stopping }) => mid === undefined || stopping);
    if (!waits && !me.local.dataChannels) expect(negotiationNeeded(me.state, me.local)).toBe(false);
  }

  async #theyOffer(iceRestart: boolean, rollsBack: boolean): Promise<void> {
    const [me, peer] = [this.#me, this.#peer];
    if ((await peer.act("hasSections")) !== true) return;
    me.set("remote", "offer", await peer.text("offer", iceRestart));
    if (rollsBack) {
      this.rollbacks += 1;
      me.set("remote", "rollback");
      await peer.act("rollback", "local");
      return;
    }
    const answer = me.answer();
    const { media } = me.set("local", "answer", answer);
    await peer.act("remote", "answer", answer);
    await this.#compare(media);
  }

  async #compare(media: readonly NegotiatedMedia[] | undefined): Promise<void> {
    this.exchanges += 1;
    const sections = (await this.#peer.act("sections")) as readonly (readonly [string, string | null])[];
    const theirs = sections.filter(([, direction]) => direction !== null);
    const ours = (media ?? []).flatMap(({ mid, rejected, agreed }) => (rejected ? [] : [[mid, MIRRORED[agreed!.direction]] as const]));
    expect(new Map(ours)).toEqual(new Map(theirs));
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#random.integer(0, list.length - 1)]!;
  }
}

const POLICIES = ["balanced", "max-compat", "max-bundle"] as const;
const DIRECTIONS = ["sendrecv", "sendonly", "recvonly", "inactive"] as const;
const MIRRORED: Readonly<Record<Direction, Direction>> = {
  sendrecv: "sendrecv",
  inactive: "inactive",
  sendonly: "recvonly",
  recvonly: "sendonly",
};
const ACTIONS = [
  ...["add", "add", "simulcast", "stop", "direction", "data", "offer", "offer", "rollback"],
  ...["they add", "they add", "their simulcast", "they stop", "their direction", "they prefer", "their data"],
  ...["their offer", "their offer", "their rollback"],
] as const;

describe.each(BROWSERS)("random negotiation with %s", (name, launch) => {
  const runs = hasBrowser(name);
  const server = opened(runs, () => servePage(PAGE));
  const browser = opened(runs, () => launch());

  test.skipIf(!runs)("both sides always agree on what was negotiated", async () => {
    const started = Date.now();
    const first = Number(ONE ?? 1);
    const peer = new Peer(await browser().open(server().url));
    let [exchanges, faults, seed] = [0, 0, first];
    for (; seed < first + RUNS && Date.now() - started < PATIENCE_MS; seed++) {
      const run = new Run(peer, seed);
      try {
        await run.all();
      } catch (error) {
        const { message } = error as Error;
        const known = error instanceof BrowserRefusal && run.rollbacks > 0 && FAULTS_AFTER_ROLLBACK[name].some((one) => one.test(message));
        if (!known) throw new Error(`JSEP_SEED=${seed}, after\n${run.steps.join("\n")}\n${message}`, { cause: error });
        faults += 1;
      }
      exchanges += run.exchanges;
      if (ONE !== undefined) process.stdout.write(`${run.steps.join("\n")}\n`);
    }
    process.stdout.write(
      `${name}: seeds ${first} to ${seed - 1}, ${exchanges} exchanges, ${faults} runs ended by the browser's own faults\n`,
    );
    expect(exchanges).toBeGreaterThan(ONE === undefined ? 20 : -1);
  });
});
