/** Bindings in the order in which a proxy or back-to-back user agent tries them (RFC 3261 §16.6, RFC 5626 §5.3). */
import type { Binding } from "./binding.ts";

/** Best first: by q, then the most recently written. */
export function inOrder(bindings: readonly Binding[]): readonly Binding[] {
  return bindings.toSorted((a, b) => b.q - a.q || b.updatedAt - a.updatedAt || b.cseq - a.cseq);
}

/** Bindings of one user agent: the first is tried, and each next one only when the flow before it turns out to be dead (430, no answer). */
export type TargetBranch = readonly Binding[];

/**
 * Groups for forking: one group after another by falling q, the branches of a group in parallel. Bindings with the same instance are one user agent, whose
 * phone must not ring twice (RFC 5626 §5.3): they share a branch, in the group of the best of them.
 */
export function targetGroups(bindings: readonly Binding[]): readonly (readonly TargetBranch[])[] {
  const groups = new Map<number, Binding[][]>();
  const branchOf = new Map<string, Binding[]>();
  for (const binding of inOrder(bindings)) {
    const { instanceId } = binding;
    const known = instanceId === undefined ? undefined : branchOf.get(`${binding.aor} ${instanceId}`);
    if (known !== undefined) {
      known.push(binding);
      continue;
    }
    const branch = [binding];
    if (instanceId !== undefined) branchOf.set(`${binding.aor} ${instanceId}`, branch);
    const group = groups.get(binding.q);
    if (group === undefined) groups.set(binding.q, [branch]);
    else group.push(branch);
  }
  return [...groups.values()];
}
