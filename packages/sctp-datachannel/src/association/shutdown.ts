import type { AssociationContext } from "./context.ts";

/** Graceful end from either side (RFC 9260 §9.2). */
export class Shutdown {
  readonly #context: AssociationContext;
  /** SHUTDOWN came from the peer first. */
  #byPeer = false;

  constructor(context: AssociationContext) {
    this.#context = context;
  }

  /** The owner wants to end; what is queued is delivered first. */
  start(): void {
    const context = this.#context;
    if (context.state === "established") {
      context.state = "shutdown-pending";
      context.timers.set("t5-shutdown-guard", context.now + 5 * context.options.rtoMaxMs);
      this.continue();
    } else if (
      context.state === "listening" ||
      context.state === "new" ||
      context.state === "cookie-wait" ||
      context.state === "cookie-echoed"
    ) {
      context.finish("local");
    }
  }

  /** Called after everything that may have emptied the queues: goes on when nothing is left. */
  continue(): void {
    const context = this.#context;
    if (context.state !== "shutdown-pending" && context.state !== "shutdown-received") return;
    if (!context.queue.isEmpty || !context.tcb!.tx.isEmpty) return;
    if (context.state === "shutdown-pending") {
      context.state = "shutdown-sent";
      this.#sendShutdown();
    } else {
      this.#sendShutdownAck();
    }
  }

  handleShutdown(cumulativeTsnAck: number): void {
    const context = this.#context;
    switch (context.state) {
      case "established":
      case "shutdown-pending":
      case "shutdown-received":
        if (context.tcb!.tx.handleCumulativeAck(context.now, cumulativeTsnAck) === "violation") {
          context.violation("SHUTDOWN acknowledges a TSN that was never sent");
          return;
        }
        this.#byPeer = context.state !== "shutdown-pending" || this.#byPeer;
        context.state = "shutdown-received";
        context.timers.clear("heartbeat");
        this.continue();
        return;
      case "shutdown-sent":
        this.#sendShutdownAck();
        return;
      case "shutdown-ack-sent":
        this.#sendShutdownAck();
        return;
      default:
        context.refused.unexpected += 1;
    }
  }

  handleShutdownAck(): void {
    const context = this.#context;
    if (context.state !== "shutdown-sent" && context.state !== "shutdown-ack-sent") {
      context.refused.unexpected += 1;
      return;
    }
    const peerTag = context.tcb!.peerTag;
    context.finish(this.#byPeer ? "peer-shutdown" : "local");
    context.outbox.sendPacket(peerTag, { type: "SHUTDOWN-COMPLETE" });
  }

  handleShutdownComplete(): void {
    const context = this.#context;
    if (context.state === "shutdown-ack-sent") context.finish(this.#byPeer ? "peer-shutdown" : "local");
    else context.refused.unexpected += 1;
  }

  /** §9.2: in SHUTDOWN-SENT, DATA is answered with SACK and SHUTDOWN together. */
  handleDataWhileSent(): void {
    this.#context.tcb!.rx.tracker.requestSack();
    this.#sendShutdown();
  }

  /** T2-shutdown expired. */
  handleTimeout(): void {
    const context = this.#context;
    context.rto.backOff();
    if (!context.countError()) return;
    if (context.state === "shutdown-sent") this.#sendShutdown();
    else if (context.state === "shutdown-ack-sent") this.#sendShutdownAck();
  }

  /** T5-shutdown-guard expired: enough is enough. */
  handleGuardTimeout(): void {
    this.#context.abort("too-many-retransmissions", { type: "USER-INITIATED-ABORT", bytes: new Uint8Array(0) });
  }

  #sendShutdown(): void {
    const context = this.#context;
    context.timers.clear("heartbeat");
    context.timers.set("t2-shutdown", context.now + context.rto.currentMs);
    context.outbox.send({ type: "SHUTDOWN", cumulativeTsnAck: context.tcb!.rx.tracker.cumulativeTsn });
  }

  #sendShutdownAck(): void {
    const context = this.#context;
    context.state = "shutdown-ack-sent";
    context.timers.clear("heartbeat");
    context.timers.set("t2-shutdown", context.now + context.rto.currentMs);
    context.outbox.send({ type: "SHUTDOWN-ACK" });
  }
}
