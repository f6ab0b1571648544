/** Messages that can carry an offer or an answer (RFC 6337 §2.2). */
export type DescriptionPlace = "INVITE" | "1xx-rel" | "1xx" | "2xx-INVITE" | "ACK" | "PRACK" | "2xx-PRACK" | "UPDATE" | "2xx-UPDATE";
