/**
 * The world of one replica, handed in by whoever builds it.
 */
import type { Ledger } from '../ledger/ledger.js';
import { LEDGER_VERSION } from '../ledger/version.js';
import type { Logger } from '../observe/logger.js';
import type { SoftState } from '../raft/ready.js';
import type { ReplicaTiming } from './core-config.js';
import type { Identity, Member } from './frame.js';
import type {
  Clock,
  Codec,
  DiskGauge,
  LogStore,
  SnapshotTransport,
  StateStore,
  TrailStore,
  TrailTransport,
  Transport,
} from './ports.js';

export interface ReplicaOptions {
  /** With its cluster: an empty replica has nothing to run yet. */
  readonly identity: Identity;
  readonly timing: ReplicaTiming;
  readonly log: LogStore;
  readonly state: StateStore;
  /** As restored from `state`; empty where there was nothing. */
  readonly ledger: Ledger;
  readonly trail: TrailStore;
  readonly transport: Transport;
  readonly snapshots: SnapshotTransport;
  readonly trails: TrailTransport;
  /** Entries between the log's base and the applied index from which on the log is compacted; see compactor.ts. */
  readonly compactEntries?: number;
  readonly codec: Codec;
  /** The newest ledger version that this program is to understand; that which it does unless an older one is to be played. */
  readonly understands?: number;
  readonly clock: Clock;
  readonly disk: DiskGauge;
  readonly logger: Logger;
  /** An integer in [0, bound), bound at most 2^32. */
  readonly random: (bound: number) => number;
  /** Runs a turn soon, after what is already waiting in the event loop. */
  readonly defer: (turn: () => void) => void;
  /** Runs something once so many real milliseconds are over, or not at all when what it returns is called before. */
  readonly after: (delayMs: number, run: () => void) => () => void;
  /** Told who is a member, and as of which index, at once and whenever it changes: links and introductions follow it. */
  readonly onMembers?: (members: readonly Member[], index: number) => void;
  /** Told whenever role, leader or term change here. */
  readonly onLeadership?: (soft: SoftState) => void;
  /** Ends the process: a write failed, or an assertion did. */
  readonly fail: (error: Error) => void;
}

/** The newest ledger version that the program understands whose world this is. */
export function understoodBy({ understands = LEDGER_VERSION }: Pick<ReplicaOptions, 'understands'>): number {
  return understands;
}
