/**
 * Whether two byte strings are the same, in time that depends on their lengths only. For MACs, verify data, fingerprints and credentials.
 */
export function constantTimeEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!;
  return difference === 0;
}
