/** Detecting and repairing role conflicts as the server of a check (RFC 8445 §7.3.1.1). */
import { findAttribute, type StunMessage } from "../codec/message.ts";
import type { IceRole } from "./options.ts";

/** `"reject"` answers 487 (the peer switches); `"switch"` changes this agent's role and goes on. */
export type RoleVerdict = "agreed" | "reject" | "switch";

/** Compares the role the peer claims in a Binding request with this agent's own. */
export function judgeRole(role: IceRole, tieBreaker: bigint, request: StunMessage): RoleVerdict {
  if (role === "controlling") {
    const theirs = findAttribute(request, "ICE-CONTROLLING")?.value;
    if (theirs === undefined) return "agreed";
    return tieBreaker >= theirs ? "reject" : "switch";
  }
  const theirs = findAttribute(request, "ICE-CONTROLLED")?.value;
  if (theirs === undefined) return "agreed";
  return tieBreaker >= theirs ? "switch" : "reject";
}

/** The role after a 487 to a request that claimed `claimed` (RFC 8445 §7.2.5.1). */
export function roleAfterConflict(claimed: IceRole): IceRole {
  return claimed === "controlling" ? "controlled" : "controlling";
}
