/**
 * What a door sees of the mesh: `submit`, `query`, `status`, and a feed of what was applied. Requests and replies are plain
 * data, so that the replica can move to a worker without a door noticing.
 */
import type { Door, KeyKind, Operation } from '../ledger/command.js';
import type { LedgerEvent } from '../ledger/event.js';
import type { Query, ReplyTo } from '../ledger/query.js';
import type { Answer } from '../ledger/result.js';
import type { ReplicaId } from '../raft/entry.js';
import type { Role } from '../raft/ready.js';
import type { TrailRecord } from './ports.js';

/** A door's wish; the replica adds origin company, ledger version and `notAfterMs`. */
export interface Submission {
  readonly door: Door;
  readonly holder: string;
  /** 1 to 255 printable ASCII characters. With `keyKind: 'node'` a fresh one that no client knows. */
  readonly requestKey: string;
  readonly keyKind: KeyKind;
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  readonly operation: Operation;
}

export interface SubmitOptions {
  /** Real milliseconds until the caller is answered, come what may. */
  readonly timeoutMs: number;
}

export interface QueryOptions {
  /**
   * `linearizable`: sees every write answered before the call, else fails with UNAVAILABLE.
   * `stale`: at once from this replica.
   */
  readonly consistency: 'linearizable' | 'stale';
  readonly timeoutMs: number;
}

export interface QueryAnswer<R> {
  readonly reply: R;
  /** Index up to which the ledger that answered was applied. */
  readonly index: number;
  /** Ledger time that the reply speaks of. */
  readonly atMs: number;
  /** Milliseconds since a leader's message whose commit index is applied here; 0 for a linearizable reply. */
  readonly ageMs: number;
}

export interface PeerStatus {
  readonly replica: ReplicaId;
  readonly company: string;
  /** host:port of its gRPC server; '' for a founder, whom every node has in its MALHA_PEERS. */
  readonly address: string;
  /** Whether it counts for elections and commits, or only learns. */
  readonly voter: boolean;
  readonly self: boolean;
  /** Known by the leader only, else null: last index known to match, and whether it was heard lately. */
  readonly matchIndex: number | null;
  readonly active: boolean | null;
}

export interface MeshStatus {
  readonly replica: ReplicaId;
  readonly company: string;
  /** '' while the replica waits to be taken in. */
  readonly cluster: string;
  readonly role: Role;
  readonly term: number;
  /** '' when none is known. */
  readonly leader: ReplicaId | '';
  readonly leaderCompany: string;
  readonly commitIndex: number;
  readonly appliedIndex: number;
  readonly lastIndex: number;
  readonly digest: string;
  readonly ledgerVersion: number;
  readonly ledgerTimeMs: number;
  /** True when caught up with a leader that was heard within an election time-out. */
  readonly ready: boolean;
  /** Why not ready, in words; empty when ready. */
  readonly problems: readonly string[];
  readonly peers: readonly PeerStatus[];
}

/** One applied entry's outcome, in log order. */
export interface AppliedEvent {
  readonly answer: Answer;
  readonly holder: string;
  readonly door: Door;
  readonly originCompany: string;
  readonly traceId: string;
  readonly operation: Operation;
  /** What happened, in order; nothing for a refusal and for a repeat. */
  readonly events: readonly LedgerEvent[];
  /** True when the key's first answer was given again and nothing changed. */
  readonly repeated: boolean;
}

/** A question to the audit trail: records about one thing, or all of them. */
export type TrailQuery =
  | {
      readonly kind: 'of';
      readonly what: 'reservation' | 'wait' | 'holder' | 'point';
      readonly id: string;
      readonly afterIndex: number;
      readonly limit: number;
    }
  | { readonly kind: 'from'; readonly index: number; readonly limit: number };

export interface TrailAnswer {
  /** In the order of their indexes, those of all entries applied here before the call included. */
  readonly records: readonly TrailRecord[];
  /** From this index on every record is here; before the first record, the next index. */
  readonly completeFrom: number;
}

export interface Mesh {
  /** Resolves with the ledger's answer, refusals included, once it is applied here. Rejects with a Failure. */
  submit(submission: Submission, options: SubmitOptions): Promise<Answer>;
  /** Rejects with a Failure. */
  query<Q extends Query>(query: Q, options: QueryOptions): Promise<QueryAnswer<ReplyTo<Q>>>;
  /** The audit trail as this node has it. Rejects with a Failure. */
  readTrail(query: TrailQuery): Promise<TrailAnswer>;
  status(): MeshStatus;
  /** A key that no client knows, for a request that came without one. */
  makeKey(): string;
  /**
   * Calls `listener` for every entry applied from now on; returns how to stop it. A listener must not throw.
   * `onReset` is called between two events when a snapshot took the place of the entries between them: this node's
   * ledger goes on at `index`, and whoever follows it by events must look at it anew.
   */
  onApplied(listener: (event: AppliedEvent) => void, onReset?: (index: number) => void): () => void;
}
