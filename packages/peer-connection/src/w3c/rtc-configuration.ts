/** https://w3c.github.io/webrtc-pc/#rtcconfiguration-dictionary */
import { type IceServerUrl, validateIceServerUrl } from "./ice-server-url.ts";
import { RTCCertificate } from "./rtc-certificate.ts";
import { isIterable, toDictionary, toDOMString, toEnumeration, toIntegerInRange, toSequence, toUSVString } from "./webidl.ts";

/** https://w3c.github.io/webrtc-pc/#rtciceserver-dictionary */
export interface RTCIceServer {
  urls: string | string[];
  username?: string;
  credential?: string;
}

/** https://w3c.github.io/webrtc-pc/#rtcicetransportpolicy-enum */
export type RTCIceTransportPolicy = "relay" | "all";
/** https://w3c.github.io/webrtc-pc/#rtcbundlepolicy-enum */
export type RTCBundlePolicy = "balanced" | "max-compat" | "max-bundle";
/** https://w3c.github.io/webrtc-pc/#rtcrtcpmuxpolicy-enum */
export type RTCRtcpMuxPolicy = "require";

/** https://w3c.github.io/webrtc-pc/#rtcconfiguration-dictionary */
export interface RTCConfiguration {
  iceServers?: RTCIceServer[];
  iceTransportPolicy?: RTCIceTransportPolicy;
  bundlePolicy?: RTCBundlePolicy;
  rtcpMuxPolicy?: RTCRtcpMuxPolicy;
  certificates?: RTCCertificate[];
  iceCandidatePoolSize?: number;
}

/** A configuration with its defaults filled in, and with `urls` a list in each server. */
export type FullConfiguration = Required<RTCConfiguration> & { iceServers: (RTCIceServer & { urls: string[] })[] };

/** Converts to RTCConfiguration; members in the order Web IDL reads them. */
export function toConfiguration(value: unknown): FullConfiguration {
  const init = toDictionary(value, "RTCConfiguration");
  const member = <T>(name: string, convert: (value: unknown) => T, byDefault: T): T => {
    const given = init[name];
    return given === undefined ? byDefault : convert(given);
  };
  const bundlePolicy = member<RTCBundlePolicy>("bundlePolicy", (v) => toEnumeration(v, BUNDLE_POLICIES, "RTCBundlePolicy"), "balanced");
  const certificates = member("certificates", (v) => toSequence(v, toCertificate, "RTCConfiguration.certificates"), []);
  // DEVIATION from RFC 9429 §3.5.4: the pool stays empty, because sockets are bound within a millisecond of setLocalDescription and an unused connection
  // should neither hold ports nor keep the process alive; only the answers of STUN servers would come sooner.
  const iceCandidatePoolSize = member("iceCandidatePoolSize", (v) => toIntegerInRange(v, 255, "RTCConfiguration.iceCandidatePoolSize"), 0);
  const iceServers = member("iceServers", (v) => toSequence(v, toIceServer, "RTCConfiguration.iceServers"), []);
  const iceTransportPolicy = member<RTCIceTransportPolicy>(
    "iceTransportPolicy",
    (v) => toEnumeration(v, TRANSPORT_POLICIES, "RTCIceTransportPolicy"),
    "all",
  );
  const rtcpMuxPolicy = member<RTCRtcpMuxPolicy>("rtcpMuxPolicy", (v) => toEnumeration(v, MUX_POLICIES, "RTCRtcpMuxPolicy"), "require");
  return { bundlePolicy, certificates, iceCandidatePoolSize, iceServers, iceTransportPolicy, rtcpMuxPolicy };
}

/** https://w3c.github.io/webrtc-pc/#set-the-configuration, steps 3 to 6: throws when the change is not allowed; otherwise the servers to use. */
export function checkConfiguration(
  configuration: FullConfiguration,
  old: FullConfiguration | undefined,
  localDescriptionSet: boolean,
): readonly IceServerUrl[] {
  // Step 3.
  if (old !== undefined) checkModification(configuration, old, localDescriptionSet);
  // Steps 4 to 6.
  const servers: IceServerUrl[] = [];
  for (const { urls, username, credential } of configuration.iceServers.slice(0, MAX_ICE_SERVERS)) {
    if (urls.length === 0) throw new DOMException("An RTCIceServer has no urls.", "SyntaxError");
    for (const url of urls) servers.push(validateIceServerUrl(url, username, credential));
  }
  return servers;
}

/** What getConfiguration returns: a fresh dictionary each time, with the same certificate objects. */
export function copyConfiguration(configuration: FullConfiguration): FullConfiguration {
  const iceServers = configuration.iceServers.map((server) => ({ ...server, urls: [...server.urls] }));
  return { ...configuration, certificates: [...configuration.certificates], iceServers };
}

function checkModification(configuration: FullConfiguration, old: FullConfiguration, localDescriptionSet: boolean): void {
  const fail = (what: string): never => {
    throw new DOMException(`${what} cannot be changed by setConfiguration.`, "InvalidModificationError");
  };
  // Steps 3.1 to 3.3.
  if (configuration.certificates.length !== old.certificates.length) fail("certificates");
  for (const [index, certificate] of configuration.certificates.entries())
    if (certificate !== old.certificates[index]) fail("certificates");
  // Steps 3.4 to 3.6.
  if (configuration.bundlePolicy !== old.bundlePolicy) fail("bundlePolicy");
  if (configuration.rtcpMuxPolicy !== old.rtcpMuxPolicy) fail("rtcpMuxPolicy");
  if (configuration.iceCandidatePoolSize !== old.iceCandidatePoolSize && localDescriptionSet) {
    fail("iceCandidatePoolSize, once setLocalDescription has been called,");
  }
}

function toCertificate(value: unknown): RTCCertificate {
  if (!(value instanceof RTCCertificate)) throw new TypeError("RTCConfiguration.certificates: not an RTCCertificate");
  return value;
}

function toIceServer(value: unknown): FullConfiguration["iceServers"][number] {
  const init = toDictionary(value, "RTCIceServer");
  const { credential, urls, username } = init;
  if (urls === undefined) throw new TypeError("RTCIceServer: urls is required");
  // INTEROP: browsers return a list of urls from getConfiguration, whatever was given, and web-platform-tests ask for it.
  return {
    ...(credential === undefined ? {} : { credential: toDOMString(credential) }),
    urls: isIterable(urls) ? toSequence(urls, toUSVString, "RTCIceServer.urls") : [toUSVString(urls)],
    ...(username === undefined ? {} : { username: toDOMString(username) }),
  };
}

const BUNDLE_POLICIES = ["balanced", "max-compat", "max-bundle"] as const;
const TRANSPORT_POLICIES = ["relay", "all"] as const;
const MUX_POLICIES = ["require"] as const;

/** "This implementation defined limit MUST be at least 32." */
const MAX_ICE_SERVERS = 32;
