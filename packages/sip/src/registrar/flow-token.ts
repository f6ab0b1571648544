/** Flow tokens (RFC 5626 §5.2): what an edge proxy writes into its Path and Record-Route, to find the same flow again and no other. */
import {
  bytesFromHex,
  concatBytes,
  constantTimeEqual,
  hexFromBytes,
  type RandomSource,
  randomBytes,
  readU48,
  utf8FromString,
  writeU48,
} from "@purertc/core";
import { hmacSha256 } from "../auth/hmac.ts";
import type { Flow } from "../flow.ts";

/**
 * Makes and checks flow tokens, without memory: a flow's number and a MAC over it. 32 hexadecimal digits, fit for the user part
 * of a URI. Without the MAC, whoever writes a Route could reach anybody's flow (RFC 5626 §5.2, §10).
 */
export class FlowTokens {
  readonly #sha256: (bytes: Uint8Array) => Uint8Array;
  readonly #key: Uint8Array;

  /** The key is random, so tokens end with the process: as flows do. */
  constructor(options: { readonly sha256: (bytes: Uint8Array) => Uint8Array; readonly random: RandomSource }) {
    this.#sha256 = options.sha256;
    this.#key = randomBytes(options.random, 32);
  }

  /** The token of a flow; always the same one. */
  issue(flow: Flow): string {
    const id = new Uint8Array(6);
    writeU48(id, 0, flow.id);
    return hexFromBytes(concatBytes(id, this.#mac(id)));
  }

  /** The `id` of the flow that a token names; undefined for one that is not ours. Whether the flow is still open is for the caller to see. */
  flowId(token: string): number | undefined {
    if (!/^[0-9a-f]{32}$/.test(token)) return undefined;
    const bytes = bytesFromHex(token);
    const id = bytes.subarray(0, 6);
    return constantTimeEqual(this.#mac(id), bytes.subarray(6)) ? readU48(id, 0) : undefined;
  }

  /** §5.2 wants 80 bits of it. Flow numbers are never reused, so addresses need not be authenticated as well. */
  #mac(id: Uint8Array): Uint8Array {
    return hmacSha256(this.#sha256, this.#key, concatBytes(CONTEXT, id)).subarray(0, 10);
  }
}

const CONTEXT: Uint8Array = utf8FromString("flow token");
