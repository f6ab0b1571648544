import { type AttributeGrammar, cut, isToken, parseInteger } from "../grammar.ts";

/** a=rid (RFC 8851 §4): a named restriction on one RTP stream. */
export interface Rid {
  /** 1*(alpha-numeric / "-" / "_"); RFC 8852 §3.1 asks for letters and digits only. */
  readonly id: string;
  readonly direction: "send" | "recv";
  /** `pt=`: payload types, when restricted. */
  readonly payloadTypes?: readonly number[];
  /** `max-width=1280` and so on, in order; a restriction without value has undefined. */
  readonly restrictions: readonly (readonly [name: string, value: string | undefined])[];
}

/** The grammar of a=rid. */
export const rid: AttributeGrammar<Rid> = {
  parse: (text) => {
    const [id, direction, rest, ...more] = (text ?? "").split(" ");
    if (!/^[A-Za-z0-9_-]+$/.test(id!) || (direction !== "send" && direction !== "recv") || more.length > 0) return undefined;
    const restrictions: (readonly [string, string | undefined])[] = [];
    let payloadTypes: number[] | undefined;
    for (const [index, part] of (rest === undefined ? [] : rest.split(";")).entries()) {
      const [name, value] = cut(part, "=");
      if (!isToken(name)) return undefined;
      if (name !== "pt") {
        restrictions.push([name, value]);
        continue;
      }
      // §10: pt comes first, and once.
      const types = (value ?? "").split(",").map((one) => parseInteger(one, 0, 127));
      if (index !== 0 || !types.every((one) => one !== undefined)) return undefined;
      payloadTypes = types;
    }
    return { id: id!, direction, ...(payloadTypes && { payloadTypes }), restrictions };
  },
  write: (value) => {
    const parts = value.restrictions.map(([name, text]) => (text === undefined ? name : `${name}=${text}`));
    if (value.payloadTypes !== undefined) parts.unshift(`pt=${value.payloadTypes.join(",")}`);
    return `${value.id} ${value.direction}${parts.length === 0 ? "" : ` ${parts.join(";")}`}`;
  },
};
