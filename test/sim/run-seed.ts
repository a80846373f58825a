/** One seed from its beginning to its verdict. */

import type { Sabotage } from './fleet.js';
import { Violation } from './invariants/violation.js';
import type { Printer } from './trace.js';
import { World } from './world.js';

export interface SeedOptions {
  readonly seed: number;
  /** Messages to live through before the mesh is healed. */
  readonly messages: number;
  readonly print?: Printer;
  readonly sabotage?: Sabotage;
}

export interface SeedReport {
  readonly seed: number;
  /** Null when every invariant held. */
  readonly violation: { readonly invariant: string; readonly detail: string } | null;
  /** Of everything that happened: equal for equal seeds. */
  readonly hash: string;
  readonly delivered: number;
  readonly virtualSeconds: number;
  readonly counts: Readonly<Record<string, number>>;
}

/** Runs a seed. Throws only for a defect of the simulation itself. */
export async function runSeed({ seed, messages, print, sabotage = {} }: SeedOptions): Promise<SeedReport> {
  const world = new World({ seed, print: print ?? null, sabotage });
  let violation: SeedReport['violation'] = null;
  try {
    await world.live(messages);
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    const { invariant, detail } = error;
    violation = { invariant, detail };
    world.trace.note(() => `VIOLATION ${error.message}`, 99);
  }
  return {
    seed,
    violation,
    hash: world.trace.hash(),
    delivered: world.network.delivered,
    virtualSeconds: world.nowUs / 1_000_000,
    counts: world.coverage.totals(),
  };
}
