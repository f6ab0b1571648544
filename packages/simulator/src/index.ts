/** Virtual time, seeded links and NATs for Sans-I/O protocols. The contract checker is `@purertc/simulator/contract`. */
export type { BurstLossOptions } from "./burst-loss.ts";
export type { CapturedDatagram } from "./captured-datagram.ts";
export { createLink, type Delivery, type Link, type LinkCounts, type LinkOptions, type Outage } from "./link.ts";
export { Nat, type NatBehaviour, type NatOptions } from "./nat.ts";
export {
  type InterfaceOptions,
  Network,
  type NetworkDrops,
  type NetworkInterceptor,
  type NetworkOptions,
  type NetworkPacket,
  type NodePlace,
  type PlaceOptions,
} from "./network.ts";
export { type NetworkInterface, NetworkNode, type NetworkServer, type ServerRequest } from "./network-node.ts";
export { connectPair, type Pair, type PairDirection, type PairInterceptor, type PairOptions } from "./pair.ts";
export { readPcap } from "./pcap-reader.ts";
export { pcapWriter } from "./pcap-writer.ts";
export { type SeededRandom, seededRandom } from "./seeded-random.ts";
export { forEachSeed, simulationSeeds, withSeed } from "./seeds.ts";
export { type EventOf, type EventTypeOf, type NodeOptions, SimulatedNode, type TimedEvent } from "./simulated-node.ts";
export { type Describable, type RunOptions, Simulation, type SimulationOptions } from "./simulation.ts";
export { SimulationError } from "./simulation-error.ts";
export { type NetworkTap, type NetworkTapHandle, type PairTap, type PairTapHandle, type TappedPair, type TapVerdict, tap } from "./tap.ts";
export { Trace } from "./trace.ts";
