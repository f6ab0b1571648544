// The two halves of a dialog through this server, and the table that finds them.
import { type Dialog, dialogKey, dialogKeyOfRequest, type Flow } from "@purertc/sip";
import type { DialogReference, SipRequest } from "@purertc/sip-parser";
import type { Attempt } from "./attempt.ts";

/** Our dialog with one side. */
export interface Leg {
  readonly dialog: Dialog;
  /** The user at that side; undefined for a trunk. */
  readonly user: string | undefined;
  /** Where that side was last heard. */
  flow: Flow;
  /** See `Heard`. */
  pinned: boolean;
  /** The latest INVITE that we sent to that side, and the number of the one from the other side that it stands for. */
  invite: { readonly request: SipRequest; readonly standsFor: number } | undefined;
}

/** What passes from one leg goes to the other. */
export class DialogPair {
  readonly caller: Leg;
  readonly callee: Leg;
  /** The request that has made it. */
  readonly attempt: Attempt;
  /** When it ends unless it is refreshed, in milliseconds of the stack's clock. */
  deadline: number;
  ended = false;

  constructor(attempt: Attempt, caller: Leg, callee: Leg, deadline: number) {
    this.attempt = attempt;
    this.caller = caller;
    this.callee = callee;
    this.deadline = deadline;
  }

  other(leg: Leg): Leg {
    return leg === this.caller ? this.callee : this.caller;
  }
}

/** All dialogs, by the names that each side has for its half. */
export class DialogTable {
  readonly #legs = new Map<string, { readonly pair: DialogPair; readonly leg: Leg }>();

  get size(): number {
    return this.#legs.size / 2;
  }

  add(pair: DialogPair): void {
    for (const leg of [pair.caller, pair.callee]) this.#legs.set(leg.dialog.key, { pair, leg });
  }

  /** Ends both halves and forgets them. */
  remove(pair: DialogPair): void {
    pair.ended = true;
    for (const { dialog } of [pair.caller, pair.callee]) {
      dialog.terminate();
      this.#legs.delete(dialog.key);
    }
    pair.attempt.dialogEnded();
  }

  /** The leg that a request belongs to. */
  find(request: SipRequest): { readonly pair: DialogPair; readonly leg: Leg } | undefined {
    const key = dialogKeyOfRequest(request);
    return key === undefined ? undefined : this.#legs.get(key);
  }

  /**
   * Replaces names a dialog as the phone that has it sees it (RFC 3891 §3). What comes from one side names our half there; the phone at the other side,
   * whose leg this is, knows its own. Undefined for a dialog that is not here.
   */
  replaced({ callId, parameters }: DialogReference): Leg | undefined {
    const found = this.#legs.get(dialogKey(callId, parameters.get("to-tag") ?? "", parameters.get("from-tag") ?? ""));
    return found?.pair.other(found.leg);
  }

  *[Symbol.iterator](): Iterator<DialogPair> {
    for (const { pair, leg } of this.#legs.values()) if (leg === pair.caller) yield pair;
  }
}
