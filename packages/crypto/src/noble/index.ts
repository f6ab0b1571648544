/** The provider in JavaScript alone: for hosts without node:crypto. */
export { nobleCrypto } from "./provider.ts";
export { webRandom } from "./random.ts";
