import { expect, test } from "vitest";
import { drain, type Instant, type Io, type Protocol, type Transmit } from "./protocol.ts";

/** Sends and reports what it is told to. */
class Script implements Protocol<string, string> {
  readonly sends: { readonly bytes: number[]; readonly route: string }[] = [];
  readonly reports: string[] = [];
  deadline: Instant | undefined;

  handleDatagram(): void {}

  handleTimeout(): void {}

  pollTransmit(out: Uint8Array): Transmit<string> | undefined {
    const next = this.sends.shift();
    if (next === undefined) return undefined;
    out.set(next.bytes);
    return { length: next.bytes.length, route: next.route };
  }

  pollEvent(): string | undefined {
    return this.reports.shift();
  }

  pollTimeout(): Instant | undefined {
    return this.deadline;
  }
}

/** Writes down what is asked of it, and checks that every buffer is sent or released once. */
function recordingIo(log: string[]): Io<string> & { readonly lent: Set<Uint8Array> } {
  const lent = new Set<Uint8Array>();
  const take = (buffer: Uint8Array): void => {
    expect(lent.delete(buffer)).toBe(true);
  };
  return {
    lent,
    acquireBuffer: () => {
      const buffer = new Uint8Array(8);
      lent.add(buffer);
      return buffer;
    },
    releaseBuffer: take,
    send: (out, length, route) => {
      take(out);
      log.push(`send ${out.subarray(0, length).join(" ")} to ${route}`);
    },
    armTimer: (at) => log.push(`arm ${at}`),
  };
}

test("drain: datagrams first, then one event at a time, then the timer; every buffer is given back", () => {
  const log: string[] = [];
  const io = recordingIo(log);
  const script = new Script();
  script.sends.push({ bytes: [1, 2], route: "x" }, { bytes: [], route: "y" });
  script.reports.push("first", "second");
  script.deadline = 17;
  drain(script, io, (event) => log.push(event));
  expect(log).toEqual(["send 1 2 to x", "send  to y", "first", "second", "arm 17"]);
  expect(io.lent.size).toBe(0);
});

test("drain: what an event's listener causes is sent before the next event, and the timer is armed once, at the end", () => {
  const log: string[] = [];
  const io = recordingIo(log);
  const script = new Script();
  script.reports.push("connected", "message");
  drain(script, io, (event) => {
    log.push(event);
    if (event === "connected") script.sends.push({ bytes: [7], route: "x" });
    if (event === "message") script.reports.push("closed");
    script.deadline = undefined;
  });
  expect(log).toEqual(["connected", "send 7 to x", "message", "closed", "arm undefined"]);
  expect(io.lent.size).toBe(0);
});

test("drain: nothing to do is no more than a look and the timer", () => {
  const log: string[] = [];
  drain(new Script(), recordingIo(log), () => log.push("event"));
  expect(log).toEqual(["arm undefined"]);
});
