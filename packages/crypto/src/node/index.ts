/** The provider over node:crypto: the fastest one wherever that module exists. */
export { createNodeCrypto, type NodeCryptoOptions, nodeCrypto } from "./provider.ts";
export { nodeRandom } from "./random.ts";
