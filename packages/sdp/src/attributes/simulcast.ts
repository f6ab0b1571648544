import type { AttributeGrammar } from "../grammar.ts";

/** One rid of a simulcast stream. */
export interface SimulcastId {
  readonly id: string;
  /** Written with a leading `~`: not sent for now. */
  readonly paused: boolean;
}

/** Streams, each with its alternatives in order of preference. */
export type SimulcastStreams = readonly (readonly SimulcastId[])[];

/** a=simulcast (RFC 8853 §5.1). At least one direction is there. */
export interface Simulcast {
  readonly send?: SimulcastStreams;
  readonly recv?: SimulcastStreams;
}

/** The grammar of a=simulcast. `send` is written first whichever came first. */
export const simulcast: AttributeGrammar<Simulcast> = {
  parse: (text) => {
    const words = (text ?? "").split(" ");
    const [first, firstList, second, secondList] = words;
    if (words.length !== 2 && words.length !== 4) return undefined;
    const one = parseStreams(firstList);
    if ((first !== "send" && first !== "recv") || one === undefined) return undefined;
    if (second === undefined) return { [first]: one };
    const other = parseStreams(secondList);
    if ((second !== "send" && second !== "recv") || second === first || other === undefined) return undefined;
    return { [first]: one, [second]: other };
  },
  write: (value) => {
    const parts: string[] = [];
    if (value.send !== undefined) parts.push(`send ${writeStreams(value.send)}`);
    if (value.recv !== undefined) parts.push(`recv ${writeStreams(value.recv)}`);
    return parts.join(" ");
  },
};

function parseStreams(text: string | undefined): SimulcastStreams | undefined {
  if (text === undefined) return undefined;
  const streams: SimulcastId[][] = [];
  for (const stream of text.split(";")) {
    const alternatives: SimulcastId[] = [];
    for (const word of stream.split(",")) {
      const paused = word.startsWith("~");
      const id = paused ? word.slice(1) : word;
      if (!/^[A-Za-z0-9_-]+$/.test(id)) return undefined;
      alternatives.push({ id, paused });
    }
    streams.push(alternatives);
  }
  return streams;
}

function writeStreams(streams: SimulcastStreams): string {
  return streams.map((stream) => stream.map((one) => (one.paused ? `~${one.id}` : one.id)).join(",")).join(";");
}
