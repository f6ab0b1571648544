/** Where a response goes when the connection of its request is gone (RFC 3261 §18.2.2). */
import { parseIp } from "@purertc/core";
import type { Via } from "@purertc/sip-parser";
import { defaultPort, type SipTarget, type SipTransportName } from "../flow.ts";

/**
 * The address the request came from, at the port that its sender says it listens on. Undefined when that is not known, and for WebSocket, whose clients do
 * not listen (RFC 7118 appendix B.1).
 */
export function responseTarget(via: Via): SipTarget | undefined {
  const transport = via.transport.toUpperCase();
  if (!isListening(transport)) return undefined;
  const ip = (via.parameters.get("received") ?? via.host).replace(/^\[|\]$/g, "");
  if (parseIp(ip) === undefined) return undefined;
  const port = via.port ?? defaultPort(transport);
  if (port === 0) return undefined;
  return transport === "TLS" ? { transport, ip, port, hostname: via.host } : { transport, ip, port };
}

function isListening(transport: string): transport is Exclude<SipTransportName, "WS" | "WSS"> {
  return transport === "UDP" || transport === "TCP" || transport === "TLS";
}
