import { InvalidArgumentError } from "@purertc/core";
import { ATTRIBUTE_GRAMMARS, type AttributeName, type AttributeValues } from "./attributes/index.ts";
import { type SdpLine, sdpLine } from "./line.ts";

/**
 * An `a=` line of a typed attribute: `attribute("setup", "active")`, `attribute("rtcp-mux", true)`.
 * It writes what the value states, right or wrong; only CR, LF and NUL are refused (InvalidArgumentError, `SDP_LINE`).
 */
export function attribute<Name extends AttributeName>(name: Name, value: AttributeValues[Name]): SdpLine {
  return rawAttribute(name, ATTRIBUTE_GRAMMARS[name].write(value));
}

/** An `a=` line of any attribute; without `value`, a bare name. Throws InvalidArgumentError (`SDP_LINE`) for CR, LF, NUL, or a colon in the name. */
export function rawAttribute(name: string, value?: string): SdpLine {
  if (name.includes(":")) throw new InvalidArgumentError("an attribute's name holds no colon", { code: "SDP_LINE" });
  return sdpLine("a", value === undefined ? name : `${name}:${value}`);
}
