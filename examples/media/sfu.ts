// A conference: everybody's packets go to everybody else, as they are.
//   node sfu.ts 8081        (Node 22.18 or newer)
import type { Server } from "node:http";
import { fileURLToPath } from "node:url";
import type { MediaStream, MediaStreamTrack, RTCRtpSender } from "purertc";
import { serveVisits, type Visit } from "./visits.ts";

/** Listens on 127.0.0.1; port 0 picks one. */
export async function startConference(port: number): Promise<Server> {
  const room = new Set<Participant>();
  return await serveVisits(port, true, (visit) => new Participant(visit, room));
}

class Participant {
  readonly #visit: Visit;
  /** What this one sends. */
  readonly #tracks: { readonly track: MediaStreamTrack; readonly stream: MediaStream }[] = [];
  /** What this one is sent, by whom. */
  readonly #senders = new Map<Participant, RTCRtpSender[]>();

  constructor(visit: Visit, room: Set<Participant>) {
    this.#visit = visit;
    visit.pc.ontrack = ({ track, streams: [stream] }) => {
      this.#tracks.push({ track, stream: stream! });
      for (const other of room) if (other !== this) other.#forward(this, track, stream!);
    };
    for (const other of room) for (const { track, stream } of other.#tracks) this.#forward(other, track, stream);
    room.add(this);
    visit.gone.finally(() => {
      room.delete(this);
      for (const other of room) other.#forget(this);
    });
  }

  /** Late comers see at once: a key frame is asked of `from`. */
  #forward(from: Participant, track: MediaStreamTrack, stream: MediaStream): void {
    const sender = this.#visit.pc.addTrack(track, stream); // negotiation follows by itself
    this.#senders.set(from, [...(this.#senders.get(from) ?? []), sender]);
  }

  #forget(gone: Participant): void {
    for (const sender of this.#senders.get(gone) ?? []) this.#visit.pc.removeTrack(sender);
    this.#senders.delete(gone);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await startConference(Number(process.argv[2] ?? 8081));
