/**
 * What callers ask of this node and what they hear, whichever door they came through: counted where all doors meet, at
 * the mesh, so that no door can forget it.
 */
import type { Operation } from '../../ledger/command.js';
import type { Query, ReplyTo } from '../../ledger/query.js';
import { type Answer, CONFLICT_REASONS, REFUSAL_REASONS, type Result } from '../../ledger/result.js';
import { Failure, type FailureCode } from '../../replica/failure.js';
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
} from '../../replica/mesh.js';
import { type Families, REQUEST_SECONDS } from './families.js';

const FAILURES: readonly FailureCode[] = ['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'RESOURCE_EXHAUSTED'];

/** What asks for a reservation; all else changes one, or something else. */
const RESERVING: ReadonlySet<Operation['kind']> = new Set(['reserve', 'declare-trip']);

/** How a request ended for who sent it: decided by the ledger, a read answered, a failure of the moment, or a bug. */
type Outcome = 'granted' | 'refused' | 'answered' | FailureCode | 'BUG';

export class RequestMetrics {
  private readonly submissions;
  private readonly reads;
  private readonly commands;
  private readonly reservations;
  private readonly conflicts;

  constructor(families: Families) {
    this.submissions = families.histogram(
      'malha_submission_duration_seconds',
      'From a command that a door hands in to its answer, by door and outcome.',
      REQUEST_SECONDS,
      ['door', 'outcome'],
    );
    this.reads = families.histogram(
      'malha_read_duration_seconds',
      'From a question that a door asks the ledger to its answer.',
      REQUEST_SECONDS,
      ['consistency', 'outcome'],
    );
    this.commands = families.counter(
      'malha_commands_total',
      'Commands that were answered here, by operation and outcome; repeats of a request key included.',
      ['operation', 'outcome'],
    );
    this.reservations = families.counter(
      'malha_reservations_total',
      'Requests for a reservation that were answered here: granted, or why not.',
      ['result'],
    );
    this.conflicts = families.counter(
      'malha_reservation_conflicts_total',
      'Stops that could not be had, in the refusals that were given here, by reason.',
      ['reason'],
    );
    // What never happened yet shows as 0: a rate has something to begin with.
    for (const result of ['granted', ...REFUSAL_REASONS, ...FAILURES]) this.reservations.inc({ result }, 0);
    for (const reason of CONFLICT_REASONS) this.conflicts.inc({ reason }, 0);
  }

  /** The same mesh, with every call counted. `nowMs`: monotonic real milliseconds. */
  meter(mesh: Mesh, nowMs: () => number): Mesh {
    return new MeteredMesh(mesh, this, nowMs);
  }

  submitted({ door, operation }: Submission, outcome: Outcome, result: Result | null, tookMs: number): void {
    this.submissions.observe({ door, outcome }, tookMs / 1_000);
    this.commands.inc({ operation: operation.kind, outcome });
    const refusal = result?.kind === 'refused' ? result : null;
    for (const { reason } of refusal?.conflicts ?? []) this.conflicts.inc({ reason });
    if (RESERVING.has(operation.kind) && outcome !== 'BUG') {
      this.reservations.inc({ result: refusal?.reason ?? outcome });
    }
  }

  read(consistency: QueryOptions['consistency'], outcome: Outcome, tookMs: number): void {
    this.reads.observe({ consistency, outcome }, tookMs / 1_000);
  }
}

class MeteredMesh implements Mesh {
  constructor(
    private readonly mesh: Mesh,
    private readonly metrics: RequestMetrics,
    private readonly nowMs: () => number,
  ) {}

  async submit(submission: Submission, options: SubmitOptions): Promise<Answer> {
    const sinceMs = this.nowMs();
    try {
      const answer = await this.mesh.submit(submission, options);
      const { result } = answer;
      const outcome = result.kind === 'refused' ? 'refused' : 'granted';
      this.metrics.submitted(submission, outcome, result, this.nowMs() - sinceMs);
      return answer;
    } catch (error) {
      this.metrics.submitted(submission, outcomeOf(error), null, this.nowMs() - sinceMs);
      throw error;
    }
  }

  async query<Q extends Query>(query: Q, options: QueryOptions): Promise<QueryAnswer<ReplyTo<Q>>> {
    const sinceMs = this.nowMs();
    const { consistency } = options;
    try {
      const answer = await this.mesh.query(query, options);
      this.metrics.read(consistency, 'answered', this.nowMs() - sinceMs);
      return answer;
    } catch (error) {
      this.metrics.read(consistency, outcomeOf(error), this.nowMs() - sinceMs);
      throw error;
    }
  }

  readTrail(query: TrailQuery): Promise<TrailAnswer> {
    return this.mesh.readTrail(query);
  }

  status(): MeshStatus {
    return this.mesh.status();
  }

  makeKey(): string {
    return this.mesh.makeKey();
  }

  onApplied(listener: (event: AppliedEvent) => void, onReset?: (index: number) => void): () => void {
    return this.mesh.onApplied(listener, onReset);
  }
}

function outcomeOf(error: unknown): Outcome {
  return error instanceof Failure ? error.code : 'BUG';
}
