/** What every chunk may state about its own header. Writers compute what is left out and obey what is there (to make broken packets in tests). */
export interface StatedHeader {
  /** The whole flags octet. Stated: used instead of the fields that name its bits. Parsers state it only when bits without a name here were set. */
  readonly flags?: number;
  /** The Chunk Length field. Parsers never state it. */
  readonly length?: number;
}

/** Keeps a flags octet only when it has bits that no field of the parsed chunk stands for. */
export function unnamedFlags(flags: number, named: number): { readonly flags?: number } {
  return (flags & ~named) === 0 ? {} : { flags };
}
