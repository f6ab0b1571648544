// One line for each thing that happens. Names and addresses, never headers, bodies or credentials.
import type { Flow } from "@purertc/sip";

export type Log = (what: string, fields?: Readonly<Record<string, string | number | undefined>>) => void;

/** A log that writes `time what key=value ...` lines. */
export function createLog(write: (line: string) => void): Log {
  return (what, fields = {}) => {
    const parts = Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${printable(value)}`]));
    write([new Date().toISOString(), what, ...parts].join(" "));
  };
}

export function consoleLog(line: string): void {
  console.log(line);
}

/** `WSS 192.0.2.1:50123` */
export function peerOf({ transport, remote }: Flow): string {
  return `${transport}/${remote.family === 6 ? `[${remote.ip}]` : remote.ip}:${remote.port}`;
}

/** Peers choose some of it: nobody forges a line, or fills the disk. */
function printable(value: string | number): string {
  const text = String(value).replace(/[^\x21-\x7e]/g, "?");
  return text.length > 100 ? `${text.slice(0, 97)}...` : text;
}
