/**
 * Where the parts of a replica's directory are. The log, the state and the trail are databases of their own, so that
 * one damage takes none but one (R5).
 */
import { join } from 'node:path';
import type { ReplicaId } from '../raft/entry.js';

export interface Layout {
  /** Who the replica is; made last, so that a directory with it is complete. */
  readonly identity: string;
  /** LevelDB: entries, hard state, where the log begins. */
  readonly log: string;
  /** LevelDB: the ledger's rows, behind the log by design. */
  readonly state: string;
  /** LevelDB: a state that a peer sends, until it takes the place of `state`. */
  readonly stateNext: string;
  /** What `state` was, for the moment in which `stateNext` takes its place. */
  readonly stateOld: string;
  /** LevelDB: the records of the audit trail, which no other state takes the place of. */
  readonly trail: string;
  /** What `trail` was before it was found damaged: kept for people, by no process. */
  readonly trailDamaged: string;
  /** What is certainly in `log`, and a second copy of term and vote. */
  readonly mark: string;
  /** A replica's directory of its own: the one that is to take the place of this one, which is damaged. */
  readonly next: string;
}

/** The parts of the replica directory `directory`. */
export function layoutOf(directory: string): Layout {
  return {
    identity: join(directory, 'identity.json'),
    log: join(directory, 'log'),
    state: join(directory, 'state'),
    stateNext: join(directory, 'state.next'),
    stateOld: join(directory, 'state.old'),
    trail: join(directory, 'trail'),
    trailDamaged: join(directory, 'trail.damaged'),
    mark: join(directory, 'mark'),
    next: join(directory, 'next'),
  };
}

/** What the names of directories begin with that keep damaged replicas. */
export const DAMAGED_PREFIX = 'damaged-';

/** Where in `directory` the parts of the damaged replica `id` are kept once another took its place. */
export function damagedDirectory(directory: string, id: ReplicaId): string {
  return join(directory, `${DAMAGED_PREFIX}${id}`);
}
