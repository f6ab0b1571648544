/** A registrar and location service (RFC 3261 §10). Pure; `sqlite-*.ts` are Node's part. */
export { aorOf, canonicalAor } from "./address-of-record.ts";
export type { Binding, BindingStore } from "./binding.ts";
export type { BindingLimits } from "./binding-update.ts";
export { FlowTokens } from "./flow-token.ts";
export { type GruuTarget, publicGruu, TemporaryGruus } from "./gruu.ts";
export { MemoryBindingStore } from "./memory-binding-store.ts";
export { Registrar, type RegistrarOptions, type RegistrationSource } from "./registrar.ts";
export { type TargetBranch, targetGroups } from "./target-set.ts";
