/**
 * The Sans-I/O contract. A protocol here is a state machine that is told things: the time, datagrams, random bytes.
 * It opens no socket, starts no timer, awaits nothing and asks no clock.
 *
 * Who owns bytes:
 *
 * | bytes                  | owner                 | rule                                                        |
 * |------------------------|-----------------------|-------------------------------------------------------------|
 * | `datagram` passed in   | caller                | borrowed until the call returns; never written; copied if kept |
 * | `out` passed in        | caller                | callee writes `[0, length)` and forgets it; holds `options.mtu` bytes |
 * | bytes in an event      | receiver of the event | handed over; the layer keeps no view of them                |
 * | bytes passed to `send` | caller                | copied before the call returns                              |
 *
 * Laws that every `Protocol` keeps (checked by `@purertc/simulator/contract`):
 *
 * 1. `handle*` never throws, for any bytes and any `now`. A `now` older than the last is treated as the last.
 * 2. After a drain, `pollTimeout()` is undefined or strictly later than the last `now`.
 * 3. Same inputs, same seed: byte-identical outputs.
 * 4. A spurious `handleTimeout` changes nothing.
 * 5. No argument is retained.
 * 6. Bytes that fail a check change no state except a counter.
 * 7. `closed` is the last event; afterwards every poll returns undefined and every API call throws `InvalidStateError`.
 * 8. Memory is bounded by options, whatever the peer sends.
 */

/** Milliseconds on a monotonic clock. The origin is the caller's; only differences mean anything. */
export type Instant = number;

/** One datagram written by `pollTransmit` into the caller's buffer. */
export interface Transmit<Route> {
  /** Bytes written at the start of the caller's buffer. */
  readonly length: number;
  /** Where they go. The same object each time a path is reused, so `===` works. */
  readonly route: Route;
}

/** A named deadline, for debugging. */
export interface NamedTimer {
  /** The RFC's name for the timer, such as `"t3-rtx"` or `"consent"`. */
  readonly name: string;
  /** When it fires. */
  readonly at: Instant;
}

/**
 * A protocol as a state machine.
 *
 * Call one `handle*` or API method, then drain: `pollTransmit` until undefined,
 * `pollEvent` until undefined, then arm one timer for `pollTimeout`. See {@link drain}.
 */
export interface Protocol<Event, Route = void> {
  /** Bytes arrived. Never throws: bytes from the network cannot be a caller's mistake. `datagram` is borrowed and never written. */
  handleDatagram(now: Instant, datagram: Uint8Array, route: Route): void;
  /** The deadline passed. Early or repeated calls are harmless. */
  handleTimeout(now: Instant): void;
  /** Writes the next datagram into `out`; undefined when there is none. */
  pollTransmit(out: Uint8Array): Transmit<Route> | undefined;
  /** The next thing the owner should know; undefined when there is none. */
  pollEvent(): Event | undefined;
  /** When to call `handleTimeout`. Undefined: never, until something else happens. */
  pollTimeout(): Instant | undefined;
}

/** What a host lends to {@link drain}: buffers, a way out and one timer. */
export interface Io<Route> {
  /** A buffer of at least the protocol's MTU. */
  acquireBuffer(): Uint8Array;
  /** Gives back a buffer that was not sent. */
  releaseBuffer(buffer: Uint8Array): void;
  /** Takes `out` and sends its first `length` bytes to `route`; the buffer goes back to the pool when the socket is done. */
  send(out: Uint8Array, length: number, route: Route): void;
  /** Arms the one timer, or clears it. */
  armTimer(at: Instant | undefined): void;
}

/**
 * Empties a protocol after a `handle*` or API call: sends what it wants sent, hands out its events in order, arms the timer.
 * `onEvent` may call the protocol's API; the loop goes round again. Call it only when no drain of the same protocol is running.
 */
export function drain<Event, Route>(protocol: Protocol<Event, Route>, io: Io<Route>, onEvent: (event: Event) => void): void {
  let event: Event | undefined;
  do {
    sendAll(protocol, io);
    event = protocol.pollEvent();
    if (event !== undefined) onEvent(event);
  } while (event !== undefined);
  io.armTimer(protocol.pollTimeout());
}

function sendAll<Event, Route>(protocol: Protocol<Event, Route>, io: Io<Route>): void {
  let out = io.acquireBuffer();
  let transmit = protocol.pollTransmit(out);
  while (transmit !== undefined) {
    io.send(out, transmit.length, transmit.route);
    out = io.acquireBuffer();
    transmit = protocol.pollTransmit(out);
  }
  io.releaseBuffer(out);
}
