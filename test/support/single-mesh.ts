/**
 * A `Mesh` of one: the real ledger, applied at once with a clock that the test moves, without consensus, disk
 * or network. Switches make it fail the way a mesh fails; what the ledger decides is never made up.
 */
import { subjectOf } from '../../src/ledger/audit.js';
import type { Command, Operation } from '../../src/ledger/command.js';
import { Ledger } from '../../src/ledger/ledger.js';
import type { Query, ReplyTo } from '../../src/ledger/query.js';
import type { Answer } from '../../src/ledger/result.js';
import { LEDGER_VERSION, versionOf } from '../../src/ledger/version.js';
import { replicaId } from '../../src/raft/entry.js';
import { Failure, type FailureCode } from '../../src/replica/failure.js';
import type {
  AppliedEvent,
  Mesh,
  MeshStatus,
  QueryAnswer,
  QueryOptions,
  Submission,
  SubmitOptions,
  TrailAnswer,
  TrailQuery,
} from '../../src/replica/mesh.js';
import { MemoryTrailStore } from '../../src/storage/memory-trail-store.js';

const TERM = 1;

/** How long after the caller's time-out a command may still take effect, so that its key outlives the answer. */
const NOT_AFTER_MARGIN_MS = 60_000;

/** One ledger with its time; several `SingleMesh` over it are several companies' nodes. */
export class LoneLedger {
  readonly ledger = Ledger.empty();
  readonly listeners = new Set<(event: AppliedEvent) => void>();
  readonly trail = new MemoryTrailStore();
  index = 0;

  constructor(public nowMs = Date.UTC(2026, 0, 5, 12)) {}

  /** Moves ledger time on and ends what is due by then, as a leader would. */
  advance(byMs: number): void {
    this.nowMs += byMs;
    for (;;) {
      const dueMs = this.ledger.nextDeadlineMs();
      if (dueMs === null || dueMs > this.nowMs) return;
      this.apply(choreOf({ kind: 'expire' }));
    }
  }

  /** Raises the ledger to the newest version, as a mesh does a moment after its first leader. */
  raise(): Answer {
    return this.apply(choreOf({ kind: 'raise-version', ledgerVersion: LEDGER_VERSION }));
  }

  apply(command: Command): Answer {
    this.index += 1;
    const entry = { index: this.index, atMs: this.nowMs, command };
    const { answer, repeated, events, record } = this.ledger.apply(entry, TERM);
    if (record !== null) void this.trail.append([record]);
    const { holder, door, originCompany, traceId, operation } = command;
    for (const listener of this.listeners) {
      listener({ answer, repeated, holder, door, originCompany, traceId, operation, events });
    }
    return answer;
  }
}

/** What time, or the mesh itself, does. */
function choreOf(operation: Operation): Command {
  return {
    ledgerVersion: versionOf(operation),
    requestKey: '',
    keyKind: 'node',
    holder: '',
    door: 'node',
    originCompany: '',
    traceId: '0'.repeat(32),
    notAfterMs: Number.MAX_SAFE_INTEGER,
    operation,
  };
}

export class SingleMesh implements Mesh {
  /** Submissions fail with this before anything is proposed. */
  refuseSubmits: Exclude<FailureCode, 'DEADLINE_EXCEEDED'> | null = null;
  /** Submissions are applied, but the caller is only told DEADLINE_EXCEEDED. */
  loseAnswers = false;
  /** Submissions are lost, and the caller is told DEADLINE_EXCEEDED. */
  loseSubmits = false;
  /** Ledger time that passes between a submission and its entry. */
  delayMs = 0;
  /** Linearizable queries fail with this. */
  failFreshReads: FailureCode | null = null;
  /** Stale queries fail with this too. */
  failStaleReads: FailureCode | null = null;
  /** Any call throws this: a bug. */
  bug: Error | null = null;
  /** What a stale answer says of its age. */
  ageMs = 0;
  problems: readonly string[] = [];

  readonly submissions: Submission[] = [];
  readonly queries: { readonly query: Query; readonly options: QueryOptions }[] = [];
  #keysMade = 0;

  constructor(
    readonly lone: LoneLedger,
    readonly company = 'empresa_a',
  ) {}

  async submit(submission: Submission, { timeoutMs }: SubmitOptions): Promise<Answer> {
    this.submissions.push(submission);
    if (this.bug !== null) throw this.bug;
    if (this.refuseSubmits !== null) throw new Failure(this.refuseSubmits, 'switched to refuse');
    const unknown = new Failure('DEADLINE_EXCEEDED', 'switched to lose', submission.requestKey);
    if (this.loseSubmits) throw unknown;
    const notAfterMs = this.lone.nowMs + timeoutMs + NOT_AFTER_MARGIN_MS;
    this.lone.advance(this.delayMs);
    const answer = this.lone.apply({
      ...submission,
      ledgerVersion: versionOf(submission.operation),
      originCompany: this.company,
      notAfterMs,
    });
    if (this.loseAnswers) throw unknown;
    return answer;
  }

  async query<Q extends Query>(query: Q, options: QueryOptions): Promise<QueryAnswer<ReplyTo<Q>>> {
    this.queries.push({ query, options });
    if (this.bug !== null) throw this.bug;
    const fresh = options.consistency === 'linearizable';
    const failure = fresh ? this.failFreshReads : this.failStaleReads;
    if (failure !== null) throw new Failure(failure, 'switched to fail');
    const { ledger, nowMs, index } = this.lone;
    return { reply: ledger.query(query, nowMs), index, atMs: nowMs, ageMs: fresh ? 0 : this.ageMs };
  }

  async readTrail(query: TrailQuery): Promise<TrailAnswer> {
    if (this.bug !== null) throw this.bug;
    if (this.failStaleReads !== null) throw new Failure(this.failStaleReads, 'switched to fail');
    const { trail, index } = this.lone;
    const records =
      query.kind === 'from'
        ? await trail.read(query.index, query.limit)
        : await trail.of(subjectOf(query.what, query.id), query.afterIndex, query.limit);
    return { records, completeFrom: trail.firstIndex || index + 1 };
  }

  status(): MeshStatus {
    const replica = replicaId('00000000000000a1');
    const { appliedIndex, digest, ledgerVersion } = this.lone.ledger.meta();
    return {
      replica,
      company: this.company,
      cluster: 'c'.repeat(32),
      role: 'leader',
      term: TERM,
      leader: replica,
      leaderCompany: this.company,
      commitIndex: appliedIndex,
      appliedIndex,
      lastIndex: appliedIndex,
      digest,
      ledgerVersion,
      ledgerTimeMs: this.lone.nowMs,
      ready: this.problems.length === 0,
      problems: this.problems,
      peers: [
        {
          replica,
          company: this.company,
          address: '',
          voter: true,
          self: true,
          matchIndex: appliedIndex,
          active: true,
        },
      ],
    };
  }

  makeKey(): string {
    this.#keysMade += 1;
    return `node-made:${this.company}:${this.#keysMade}`;
  }

  onApplied(listener: (event: AppliedEvent) => void): () => void {
    this.lone.listeners.add(listener);
    return () => this.lone.listeners.delete(listener);
  }
}
