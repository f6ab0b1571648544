/** Why an association ended. */
export type CloseCause = "local" | "peer-shutdown" | "peer-abort" | "too-many-retransmissions" | "protocol-violation" | "init-failed";

/** What an association tells its owner. */
export type SctpEvent =
  | {
      readonly type: "connected";
      readonly outboundStreams: number;
      readonly inboundStreams: number;
      readonly partialReliability: boolean;
      readonly streamReset: boolean;
      readonly interleaving: boolean;
      readonly zeroChecksum: boolean;
    }
  /** A whole message. `data` is the receiver's. */
  | { readonly type: "message"; readonly streamId: number; readonly payloadProtocolId: number; readonly data: Uint8Array }
  /** A message was longer than `maxReceiveMessageSize`; its bytes are gone. */
  | { readonly type: "message-too-large"; readonly streamId: number; readonly length: number }
  /** Bytes left the send queue since the last such event; `amount` is what remains. */
  | { readonly type: "buffered-amount"; readonly streamId: number; readonly amount: number }
  /** RFC 6525: the peer reset streams that it sends on. Empty: all. */
  | { readonly type: "incoming-streams-reset"; readonly streamIds: readonly number[] }
  /** RFC 6525: the peer answered our reset. Sequence numbers start again at 0 when it was performed. */
  | { readonly type: "outgoing-streams-reset"; readonly streamIds: readonly number[]; readonly performed: boolean }
  /** §5.2.4 A: the peer lost its state and began anew. Everything queued and outstanding is lost. */
  | {
      readonly type: "restarted";
      /** As part of a move that was agreed on (`SctpAssociation.pathReplaced`). */
      readonly moved: boolean;
      readonly outboundStreams: number;
      readonly inboundStreams: number;
      readonly streamReset: boolean;
    }
  | { readonly type: "closed"; readonly cause: CloseCause; readonly sctpCauseCode?: number };
