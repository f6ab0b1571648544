/** The tasks of https://w3c.github.io/webrtc-pc/#rtcdtlstransport-interface: what DTLS reports, made visible. */
import { AlertDescription } from "@purertc/dtls/codec";
import type { DtlsFailure, PeerEvent, TransportId } from "../engine/peer-event.ts";
import {
  type ConnectionSlots,
  fire,
  updateConnectionState,
  updateIceConnectionState,
  updateIceGatheringState,
} from "./connection-slots.ts";
import { RTCError } from "./rtc-error.ts";
import { RTCErrorEvent } from "./rtc-error-event.ts";

/** The state of a DTLS transport changed, and with it perhaps the connection's. */
export function dtlsStateTask(slots: ConnectionSlots, event: Extract<PeerEvent, { readonly type: "dtls-state" }>): void {
  const record = slots.transports.get(event.transport);
  if (record === undefined) return;
  const { dtls, dtlsSlots } = record;
  if (dtlsSlots.dtlsTransportState === "failed" && event.state === "failed") return;
  dtlsSlots.dtlsTransportState = event.state;
  if (event.state === "connected") {
    const transport = slots.engine.transports.find(({ id }) => id === event.transport);
    dtlsSlots.remoteCertificates = transport?.dtls.agreement?.peerCertificates ?? [];
  }
  if (event.failure !== undefined) dtls.dispatchEvent(new RTCErrorEvent("error", { error: errorOf(event.failure) }));
  fire(dtls, "statechange");
  // https://w3c.github.io/webrtc-pc/#update-the-connection-state
  if (slots.isClosed) return; // a listener of the event above may have closed it
  if (updateConnectionState(slots)) fire(slots.connection, "connectionstatechange");
}

/** A transport is no longer used: its section was rejected, or rolled back. */
export function transportClosedTask(slots: ConnectionSlots, id: TransportId): void {
  const record = slots.transports.get(id);
  if (record === undefined) return;
  slots.transports.delete(id);
  const { ice, iceSlots, dtls, dtlsSlots } = record;
  iceSlots.iceTransportState = "closed";
  dtlsSlots.dtlsTransportState = "closed";
  const gatheringChanged = updateIceGatheringState(slots);
  const iceChanged = updateIceConnectionState(slots);
  const connectionChanged = updateConnectionState(slots);
  fire(dtls, "statechange");
  fire(ice, "statechange");
  if (gatheringChanged) fire(slots.connection, "icegatheringstatechange");
  if (iceChanged) fire(slots.connection, "iceconnectionstatechange");
  if (connectionChanged) fire(slots.connection, "connectionstatechange");
}

/** https://w3c.github.io/webrtc-pc/#rtcerrordetailtype-enum */
function errorOf({ detail, receivedAlert, sentAlert }: DtlsFailure): RTCError {
  if (detail === "fingerprint-failure") {
    return new RTCError({ errorDetail: detail }, "The peer's certificate matches no fingerprint of its description.");
  }
  const what =
    receivedAlert !== undefined
      ? `The peer sent the alert ${receivedAlert}.`
      : sentAlert !== undefined
        ? `The handshake failed with the alert ${sentAlert}.`
        : "The peer did not complete the handshake in time.";
  return new RTCError(
    {
      errorDetail: detail,
      ...(receivedAlert === undefined ? {} : { receivedAlert: alertCode(receivedAlert) }),
      ...(sentAlert === undefined ? {} : { sentAlert: alertCode(sentAlert) }),
    },
    what,
  );
}

/** The number of an alert from its RFC name, or from `"unknown_"` and the number. */
function alertCode(name: string): number {
  const codes: Readonly<Record<string, number>> = AlertDescription;
  return codes[name] ?? Number(name.slice("unknown_".length));
}
