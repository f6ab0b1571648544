/** What is remembered of an SSRC in SRTP (RFC 3711 §3.2.1). */
import { PacketIndex } from "./packet-index.ts";
import { ReplayWindow } from "./replay-window.ts";
import { SsrcContext } from "./ssrc-table.ts";

export class SrtpContext extends SsrcContext {
  readonly position: PacketIndex;
  readonly window: ReplayWindow;

  constructor(ssrc: number, rolloverCounter: number, replayWindow: number) {
    super(ssrc);
    this.position = new PacketIndex(rolloverCounter);
    this.window = new ReplayWindow(replayWindow);
  }

  /** A packet with this index was sent, or is authentic. */
  commit(rolloverCounter: number, sequenceNumber: number, index: number): void {
    this.window.add(index);
    this.position.commit(rolloverCounter, sequenceNumber);
  }
}
