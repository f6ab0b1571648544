// One line for each thing that happens. Names and addresses, never headers, bodies or credentials.
import type { Flow } from "@purertc/sip";

export type Log = (what: string, fields?: Readonly<Record<string, string | number | undefined>>) => void;

/** A log that writes `time what key=value ...` lines. Of what strangers can cause, so many a second, and then how many there were: nobody fills the disk. */
export function createLog(write: (line: string) => void, now: () => number = Date.now): Log {
  const counts = new Map<string, number>();
  let second = 0;
  const newSecond = (): void => {
    for (const [what, count] of counts) {
      if (count > LINES_PER_SECOND)
        write(`${new Date(now()).toISOString()} left-out lines=${count - LINES_PER_SECOND} of=${printable(what)}`);
    }
    counts.clear();
  };
  return (what, fields = {}) => {
    const current = Math.floor(now() / 1000);
    if (current !== second) newSecond();
    second = current;
    if (OF_STRANGERS.has(what)) {
      const count = (counts.get(what) ?? 0) + 1;
      counts.set(what, count);
      if (count > LINES_PER_SECOND) return;
    }
    const parts = Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${printable(value)}`]));
    write([new Date(now()).toISOString(), what, ...parts].join(" "));
  };
}

export function consoleLog(line: string): void {
  console.log(line);
}

/** `WSS 192.0.2.1:50123` */
export function peerOf({ transport, remote }: Flow): string {
  return `${transport}/${remote.family === 6 ? `[${remote.ip}]` : remote.ip}:${remote.port}`;
}

/** Peers choose some of it: nobody forges a line. */
function printable(value: string | number): string {
  const text = String(value).replace(/[^\x21-\x7e]/g, "?");
  return text.length > 100 ? `${text.slice(0, 97)}...` : text;
}

const OF_STRANGERS: ReadonlySet<string> = new Set(["malformed", "not authenticated"]);
const LINES_PER_SECOND = 50;
