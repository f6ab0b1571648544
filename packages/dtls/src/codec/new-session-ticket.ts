/** NewSessionTicket of TLS 1.2: `ticket_lifetime_hint(4) ticket<0..2^16-1>` (RFC 5077 §3.3). */
import type { Malformed } from "@purertc/core";
import { type VectorFault, VectorReader, VectorWriter } from "./vector.ts";

/** A ticket for resuming the session later. */
export interface NewSessionTicket {
  /** Seconds; 0 means unspecified. */
  readonly lifetimeHintSeconds: number;
  readonly ticket: Uint8Array;
}

/** Reads the body of a NewSessionTicket; `ticket` is a view of it. */
export function parseNewSessionTicket(body: Uint8Array): NewSessionTicket | Malformed<VectorFault> {
  const reader = new VectorReader(body);
  return reader.finish({ lifetimeHintSeconds: reader.u32(), ticket: reader.vector16() });
}

/** The body of a NewSessionTicket. */
export function writeNewSessionTicket(ticket: NewSessionTicket): Uint8Array {
  return new VectorWriter().u32(ticket.lifetimeHintSeconds).vector16(ticket.ticket).finish();
}
