// Makes keys, as every connection does one: `node key-generation.mjs <keys>`.
import { nodeCrypto, nodeRandom } from "@purertc/crypto/node";

let octets = 0;
for (let i = Number(process.argv[2]); i > 0; i--) {
  const { signer, pkcs8 } = nodeCrypto.generateKey({ name: "ecdsa", curve: "P-256" }, nodeRandom);
  octets += signer.publicKey.length + pkcs8.length;
}
console.log(octets > 0);
