import type { CurveName } from "../keys/curves.ts";

/** OpenSSL's names of the curves. */
export const NODE_CURVE_NAMES: Readonly<Record<CurveName, string>> = { "P-256": "prime256v1", "P-384": "secp384r1", "P-521": "secp521r1" };
