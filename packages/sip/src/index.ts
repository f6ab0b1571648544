/** SIP above the parser. */
export * from "./core.ts";
