/**
 * Which ledger versions the members of the mesh understand, as their batches say: a mesh may be raised to what all of
 * them do, and to no more.
 */
import type { ReplicaId } from '../raft/entry.js';

interface Said {
  readonly understands: number;
  readonly atMs: number;
}

export class Versions {
  private readonly said = new Map<ReplicaId, Said>();

  /** `freshMs`: what a member said longer ago does not count, as it may run another program by now. */
  constructor(
    readonly own: number,
    private readonly freshMs: number,
  ) {}

  /** A batch of `peer` arrived at `nowMs`, monotonic real milliseconds. */
  heard(peer: ReplicaId, understands: number, nowMs: number): void {
    this.said.set(peer, { understands, atMs: nowMs });
  }

  /** The highest version that this replica and all of `others` understand; null while one of them was not heard lately. */
  common(others: readonly ReplicaId[], nowMs: number): number | null {
    let common = this.own;
    for (const other of others) {
      const said = this.said.get(other);
      if (said === undefined || nowMs - said.atMs > this.freshMs) return null;
      common = Math.min(common, said.understands);
    }
    return common;
  }
}

/** Why a replica cannot go on in a mesh that runs `ledgerVersion`; null where it understands that. */
export function tooOldFor(ledgerVersion: number, understands: number): string | null {
  if (ledgerVersion <= understands) return null;
  return `the mesh runs ledger version ${ledgerVersion}, this program understands ${understands}: install a newer one`;
}
