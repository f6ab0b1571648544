/**
 * `import "purertc/polyfill"`: sets the WebRTC globals, for libraries that expect a browser. Globals of the same names are replaced, all of
 * them, because objects of two implementations do not work together.
 */
import * as webrtc from "./index.ts";

for (const [name, value] of Object.entries(webrtc)) {
  if (!/^(RTC|MediaStream)/.test(name)) continue;
  // https://webidl.spec.whatwg.org/#define-the-global-property-references: writable and configurable, not enumerable.
  Object.defineProperty(globalThis, name, { value, writable: true, enumerable: false, configurable: true });
}
