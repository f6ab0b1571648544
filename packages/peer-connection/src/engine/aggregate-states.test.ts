import type { IceState } from "@purertc/stun-ice";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  aggregateConnectionState,
  aggregateGatheringState,
  aggregateIceState,
  type DtlsState,
  type GatheringState,
  type TransportStates,
} from "./aggregate-states.ts";

const states = (...list: readonly (readonly [IceState, DtlsState?, GatheringState?])[]): TransportStates[] =>
  list.map(([iceState, dtlsState = "new", gatheringState = "new"]) => ({ iceState, dtlsState, gatheringState }));

test("rtciceconnectionstate-enum: each row of the table, in its order", () => {
  expect(aggregateIceState([])).toBe("new");
  expect(aggregateIceState(states(["failed"], ["disconnected"], ["checking"]))).toBe("failed");
  expect(aggregateIceState(states(["disconnected"], ["checking"], ["connected"]))).toBe("disconnected");
  expect(aggregateIceState(states(["new"], ["closed"]))).toBe("new");
  expect(aggregateIceState(states(["new"], ["connected"]))).toBe("checking");
  expect(aggregateIceState(states(["checking"], ["completed"]))).toBe("checking");
  expect(aggregateIceState(states(["completed"], ["closed"]))).toBe("completed");
  expect(aggregateIceState(states(["connected"], ["completed"], ["closed"]))).toBe("connected");
});

test("rtcpeerconnectionstate-enum: each row of the table, in its order", () => {
  expect(aggregateConnectionState([])).toBe("new");
  expect(aggregateConnectionState(states(["connected", "failed"]))).toBe("failed");
  expect(aggregateConnectionState(states(["failed", "connected"]))).toBe("failed");
  expect(aggregateConnectionState(states(["disconnected", "connected"]))).toBe("disconnected");
  expect(aggregateConnectionState(states(["new", "new"]))).toBe("new");
  expect(aggregateConnectionState(states(["checking", "new"]))).toBe("connecting");
  expect(aggregateConnectionState(states(["connected", "connecting"]))).toBe("connecting");
  expect(aggregateConnectionState(states(["connected", "connected"], ["closed", "closed"]))).toBe("connected");
  expect(aggregateConnectionState(states(["completed", "connected"]))).toBe("connected");
});

test("rtcicegatheringstate-enum: gathering when any is, complete when all are, new without transports", () => {
  expect(aggregateGatheringState([])).toBe("new");
  expect(aggregateGatheringState(states(["new", "new", "complete"], ["new", "new", "new"]))).toBe("new");
  expect(aggregateGatheringState(states(["new", "new", "complete"], ["new", "new", "gathering"]))).toBe("gathering");
  expect(aggregateGatheringState(states(["new", "new", "complete"], ["new", "new", "complete"]))).toBe("complete");
});

test("the aggregates do not depend on the order of the transports", () => {
  const transport = fc.record({
    iceState: fc.constantFrom<IceState[]>("new", "checking", "connected", "completed", "disconnected", "failed", "closed"),
    dtlsState: fc.constantFrom<DtlsState[]>("new", "connecting", "connected", "closed", "failed"),
    gatheringState: fc.constantFrom<GatheringState[]>("new", "gathering", "complete"),
  });
  fc.assert(
    fc.property(fc.array(transport, { maxLength: 4 }), (transports) => {
      for (const aggregate of [aggregateIceState, aggregateConnectionState, aggregateGatheringState]) {
        expect(aggregate(transports)).toBe(aggregate(transports.toReversed()));
      }
    }),
  );
});
