/** A binding as a contact in the response to a REGISTER (RFC 3261 §10.3 step 8, RFC 5627 §5.2). */
import { Parameters } from "@purertc/sip-parser";
import type { Binding } from "./binding.ts";
import { publicGruu, type TemporaryGruus } from "./gruu.ts";

/**
 * The contact with what is left of its time, and its GRUUs. A temporary GRUU is a secret of the instance that registers (`"all"`): others who see
 * the bindings get public ones only.
 */
export function contactText(
  binding: Binding,
  unixMs: number,
  gruus: "none" | "public" | "all",
  temporaryGruus: TemporaryGruus | undefined,
): string {
  let added = Parameters.none;
  if (binding.statedQ) added = added.with("q", binding.q / 1000);
  added = added.with("expires", Math.ceil((binding.expiresAt - unixMs) / 1000));
  if (gruus !== "none" && binding.gruu && binding.instanceId !== undefined) {
    added = added.with("pub-gruu", Parameters.quoted(publicGruu(binding.aor, binding.instanceId)));
    if (gruus === "all" && temporaryGruus !== undefined) added = added.with("temp-gruu", Parameters.quoted(temporaryGruus.issue(binding)));
  }
  const name = binding.displayName === undefined ? "" : `${Parameters.quoted(binding.displayName)} `;
  return `${name}<${binding.contact}>${binding.parameters}${added.toString()}`;
}
