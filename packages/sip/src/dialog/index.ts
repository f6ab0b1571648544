/** Dialogs (RFC 3261 §12). */
export { Dialog, type DialogOptions, type DialogRequestInit, type DialogState, type RequestVerdict, TARGET_REFRESH } from "./dialog.ts";
export { type DialogId, dialogKey, dialogKeyOfRequest, dialogKeyOfResponse } from "./dialog-id.ts";
