/** Sources and sinks of media. */
export {};
