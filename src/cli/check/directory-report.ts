/**
 * What there is to say about a replica's directory, as data.
 */
import { EMPTY_CONFIG } from '../../raft/config-changer.js';
import type { ConfigState } from '../../raft/entry.js';
import type { TrailReport } from './check-trail.js';

export interface DirectoryReport {
  readonly directory: string;
  readonly company: string;
  readonly replica: string;
  /** '' when it belongs to no mesh yet. */
  readonly cluster: string;
  readonly term: number;
  readonly votedFor: string;
  /** The log holds entries above it. */
  readonly baseIndex: number;
  readonly lastIndex: number;
  readonly lastTerm: number;
  /** Known here to be committed; more may be. */
  readonly commitIndex: number;
  /** Up to here the log was certainly on disk, as is noted apart from it: also told of a log that is damaged. */
  readonly markIndex: number;
  /** Who votes and learns as of `lastIndex`. */
  readonly config: ConfigState;
  /** Up to which index the state database goes; the rest is replayed from the log. 0 where it is empty. */
  readonly stateIndex: number;
  readonly digest: string;
  /** Ledger time of the state, milliseconds since 1970. */
  readonly ledgerTimeMs: number;
  readonly openReservations: number;
  readonly endedReservations: number;
  /** The audit trail; null where there is none, or it cannot be read. */
  readonly trail: TrailReport | null;
  /** The replica that is to take this one's place, which is damaged or was; null for none. */
  readonly next: NextReplica | null;
  /** The names of the directories in which damaged replicas are kept. */
  readonly damaged: readonly string[];
  /** What is wrong, in words; empty for a sound directory. */
  readonly faults: readonly string[];
  /** Whether log and state suffice to go on from: a start mends what else is wrong with them. */
  readonly usable: boolean;
}

export interface NextReplica {
  readonly replica: string;
  /** Whether the mesh has taken it in: a start lets the two change places then. */
  readonly takenIn: boolean;
  /** Why it is there. */
  readonly damage: string;
}

/** A report that is still being made. */
export type Findings = { -readonly [K in keyof DirectoryReport]: DirectoryReport[K] } & { faults: string[] };

/** Of a directory of which nothing is known yet. */
export function nothingFound(directory: string): Findings {
  return {
    ...{
      directory,
      company: '',
      replica: '',
      cluster: '',
      term: 0,
      votedFor: '',
      baseIndex: 0,
      lastIndex: 0,
    },
    ...{ lastTerm: 0, commitIndex: 0, markIndex: 0, config: EMPTY_CONFIG, stateIndex: 0, digest: '' },
    ...{
      ledgerTimeMs: 0,
      openReservations: 0,
      endedReservations: 0,
      trail: null,
      next: null,
      damaged: [],
      faults: [],
    },
    usable: false,
  };
}
