/** Telephone keys in INFO: `application/dtmf-relay`, as gateways send it (RFC 2976 named no body; RFC 6086 §1 tells the story), and `application/dtmf`. */

import { isMediaType, type SipRequest } from "@purertc/sip-parser";
import { textOf } from "./text.ts";

export const DTMF_RELAY = "application/dtmf-relay";

/** A key as a body of {@link DTMF_RELAY}. */
export function writeDtmfRelay(tone: string, durationMs: number): string {
  return `Signal=${tone}\r\nDuration=${durationMs}\r\n`;
}

/** The key an INFO holds, if it does. */
export function dtmfOf(info: SipRequest): { readonly tone: string; readonly durationMs: number | undefined } | undefined {
  const type = info.headers.get("Content-Type");
  const isRelay = isMediaType(type, DTMF_RELAY);
  if ((!isRelay && !isMediaType(type, "application/dtmf")) || info.body.length > MAX_LENGTH) return undefined;
  const text = textOf(info.body).trim();
  const tone = toneOf(isRelay ? /^\s*signal\s*=\s*(\S+)/im.exec(text)?.[1] : text);
  const duration = /^\s*duration\s*=\s*(\d{1,6})\s*$/im.exec(text)?.[1];
  return tone === undefined ? undefined : { tone, durationMs: duration === undefined ? undefined : Number(duration) };
}

/** Whether each character is a key. */
export function isDtmf(tones: string): boolean {
  return /^[0-9*#A-D!]+$/i.test(tones);
}

/** Keys are also written as their event numbers (RFC 4733 §3.2): 10 is the star, 16 the hook flash. */
function toneOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (/^1[0-6]$/.test(text)) return "*#ABCD!"[Number(text) - 10];
  return text.length === 1 && isDtmf(text) ? text.toUpperCase() : undefined;
}

const MAX_LENGTH = 256;
