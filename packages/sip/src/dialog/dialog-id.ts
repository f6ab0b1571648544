/** How dialogs are told apart (RFC 3261 §12): Call-ID, local tag and remote tag, compared byte for byte. */
import type { SipRequest, SipResponse } from "@purertc/sip-parser";

/** A dialog's name, as one side sees it: the other has the tags the other way round. */
export interface DialogId {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
}

/** One text for a dialog, for maps. No two dialogs have the same: tags are tokens and hold no space. */
export function dialogKey(callId: string, localTag: string, remoteTag: string): string {
  return `${localTag} ${remoteTag} ${callId}`;
}

/** The dialog a request that came to us belongs to: our tag is in To. Undefined for a request outside dialogs. */
export function dialogKeyOfRequest(request: SipRequest): string | undefined {
  const { callId, toTag } = request;
  return callId === undefined || toTag === undefined ? undefined : dialogKey(callId, toTag, request.fromTag ?? "");
}

/** The dialog a response to a request of ours belongs to: our tag is in From. */
export function dialogKeyOfResponse(response: SipResponse): string | undefined {
  const { callId, fromTag } = response;
  return callId === undefined || fromTag === undefined ? undefined : dialogKey(callId, fromTag, response.toTag ?? "");
}
