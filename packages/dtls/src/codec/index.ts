/** The wire formats of DTLS: `parse` gives a value or a `Malformed`, `write` gives bytes. No state machine is needed to use them. */
export * from "./alert.ts";
export * from "./certificate.ts";
export * from "./certificate-request.ts";
export * from "./certificate-verify.ts";
export * from "./change-cipher-spec.ts";
export * from "./client-hello.ts";
export * from "./client-key-exchange.ts";
export * from "./extensions/alpn.ts";
export * from "./extensions/connection-id.ts";
export * from "./extensions/ec-point-formats.ts";
export * from "./extensions/extended-master-secret.ts";
export {
  type Extension,
  type ExtensionFault,
  ExtensionType,
  extensionData,
  writeExtensions,
} from "./extensions/extension.ts";
export * from "./extensions/key-share.ts";
export * from "./extensions/max-fragment-length.ts";
export * from "./extensions/record-size-limit.ts";
export * from "./extensions/renegotiation-info.ts";
export * from "./extensions/signature-algorithms.ts";
export * from "./extensions/supported-groups.ts";
export * from "./extensions/supported-versions.ts";
export * from "./extensions/use-srtp.ts";
export * from "./finished.ts";
export * from "./handshake.ts";
export * from "./hello-request.ts";
export * from "./hello-verify-request.ts";
export * from "./message.ts";
export * from "./new-session-ticket.ts";
export * from "./protocol-version.ts";
export * from "./record.ts";
export * from "./server-hello.ts";
export * from "./server-hello-done.ts";
export * from "./server-key-exchange.ts";
export * from "./vector.ts";
