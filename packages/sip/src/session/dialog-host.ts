/** What a dialog of an INVITE session asks of the session around it. */
import type { Instant } from "@purertc/core";
import type { SipRequest, SipResponse } from "@purertc/sip-parser";
import type { ClientRequests, Outcome } from "./client-requests.ts";
import type { EndCause, InviteSessionEvent } from "./events.ts";
import type { HeaderPair } from "./header-list.ts";
import type { InviteDialog } from "./invite-dialog.ts";
import type { InviteSessionOptions } from "./options.ts";
import type { UsageOutput } from "./usage.ts";

export interface DialogHost {
  readonly options: InviteSessionOptions;
  readonly t1: number;
  readonly t2: number;
  readonly requests: ClientRequests;
  /** Whether the dialog is the session's, and established: its loss ends the session. */
  established(dialog: InviteDialog): boolean;
  emit(event: InviteSessionEvent): void;
  output(output: UsageOutput): void;
  /** Allow, Supported and the like, for INVITE, UPDATE, their 2xx and answers to OPTIONS. */
  capabilities(): readonly HeaderPair[];
  /** The initial INVITE's ACK came. */
  acknowledged(now: Instant, dialog: InviteDialog, ack: SipRequest): void;
  /** Something that a held-back 2xx may have waited for has happened. */
  released(now: Instant): void;
  /** The dialog's session is over. */
  lost(
    now: Instant,
    dialog: InviteDialog,
    cause: EndCause,
    detail: { readonly outcome?: Outcome; readonly message?: SipRequest | SipResponse },
  ): void;
}
