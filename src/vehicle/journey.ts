/** A trip, from its plan to its end, whichever way the vehicle deals with the mesh. */
import type { Ride } from './ride.js';

export type JourneyEnd = 'arrived' | 'stranded';

export interface Journey {
  readonly ride: Ride;
  /** Whether the trip can be driven when every point is free. */
  isPossible(): boolean;
  /** Asks the mesh what is offered and plans the stops; false when that is not enough to get there. */
  prepare(): Promise<boolean>;
  /** Drives the whole trip. Rejects when halted. */
  travel(): Promise<JourneyEnd>;
}

/** What a vehicle holds, as far as it knows. */
export interface Holdings {
  /** Frees all that is held, and all that might be. Rejects when `signal` aborts before that is known. */
  freeAll(signal: AbortSignal): Promise<void>;
  current(): readonly Hold[];
  /** Points of writes whose outcome is not known (yet). */
  unsure(): readonly string[];
  /** Points of the last refusal; empty when there was none. */
  lastRefusal(): readonly string[];
}

export interface Hold {
  readonly pointId: string;
  /** End of the window, in ledger time. */
  readonly untilMs: number;
}
