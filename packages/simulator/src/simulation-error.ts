/** A simulation that cannot go on: the awaited thing never happened, or a protocol breaks the contract. The message names seed and time. */
export class SimulationError extends Error {
  override readonly name = "SimulationError";
}
