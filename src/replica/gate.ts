/**
 * The mesh as the doors see it while the replica does not run yet: requests wait for it, at most as long as
 * they may, and fail with "nothing was proposed". Once open, everything goes straight through.
 */
import type { Query, ReplyTo } from '../ledger/query.js';
import type { Answer } from '../ledger/result.js';
import { NOBODY } from '../raft/entry.js';
import { Failure } from './failure.js';
import type { Identity } from './frame.js';
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
} from './mesh.js';

interface EarlyListener {
  readonly listener: (event: AppliedEvent) => void;
  readonly onReset: ((index: number) => void) | undefined;
  /** Set once the mesh is there. */
  stop: () => void;
}

export class MeshGate implements Mesh {
  private mesh: Mesh | null = null;
  private readonly opened: Promise<Mesh>;
  private resolveOpened: (mesh: Mesh) => void = () => {};
  private readonly early = new Set<EarlyListener>();
  private problem = 'this node is starting';
  private keysMade = 0;

  /** `random`: an integer in [0, bound), bound at most 2^32. `nowMs`: monotonic real milliseconds. */
  constructor(
    private readonly identity: Identity,
    private readonly random: (bound: number) => number,
    private readonly nowMs: () => number,
  ) {
    this.opened = new Promise((resolve) => {
      this.resolveOpened = resolve;
    });
  }

  /** Lets everything through to `mesh` from now on. Called once. */
  open(mesh: Mesh): void {
    this.mesh = mesh;
    for (const early of this.early) early.stop = mesh.onApplied(early.listener, early.onReset);
    this.resolveOpened(mesh);
  }

  /** Why the gate is still closed, in words for `/readyz` and the log. */
  waitsBecause(problem: string): void {
    this.problem = problem;
  }

  async submit(submission: Submission, options: SubmitOptions): Promise<Answer> {
    if (this.mesh) return this.mesh.submit(submission, options);
    const { mesh, leftMs } = await this.wait(options.timeoutMs);
    return mesh.submit(submission, { ...options, timeoutMs: leftMs });
  }

  async query<Q extends Query>(query: Q, options: QueryOptions): Promise<QueryAnswer<ReplyTo<Q>>> {
    if (this.mesh) return this.mesh.query(query, options);
    // At once from this replica: there is no ledger to answer from yet.
    if (options.consistency === 'stale') throw new Failure('UNAVAILABLE', this.problem);
    const { mesh, leftMs } = await this.wait(options.timeoutMs);
    return mesh.query(query, { ...options, timeoutMs: leftMs });
  }

  async readTrail(query: TrailQuery): Promise<TrailAnswer> {
    if (this.mesh) return this.mesh.readTrail(query);
    throw new Failure('UNAVAILABLE', this.problem);
  }

  status(): MeshStatus {
    if (this.mesh) return this.mesh.status();
    return {
      replica: this.identity.replica,
      company: this.identity.company,
      cluster: '',
      role: 'follower',
      term: 0,
      leader: NOBODY,
      leaderCompany: '',
      commitIndex: 0,
      appliedIndex: 0,
      lastIndex: 0,
      digest: '',
      ledgerVersion: 0,
      ledgerTimeMs: 0,
      ready: false,
      problems: [this.problem],
      peers: [],
    };
  }

  makeKey(): string {
    if (this.mesh) return this.mesh.makeKey();
    this.keysMade += 1;
    return `${this.identity.replica}-early-${this.random(2 ** 32).toString(36)}-${this.keysMade.toString(36)}`;
  }

  onApplied(listener: (event: AppliedEvent) => void, onReset?: (index: number) => void): () => void {
    if (this.mesh) return this.mesh.onApplied(listener, onReset);
    const early: EarlyListener = { listener, onReset, stop: () => {} };
    this.early.add(early);
    return () => {
      early.stop();
      this.early.delete(early);
    };
  }

  /** The mesh once it is open, and what is left of `timeoutMs` then. */
  private async wait(timeoutMs: number): Promise<{ readonly mesh: Mesh; readonly leftMs: number }> {
    const sinceMs = this.nowMs();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Failure('UNAVAILABLE', this.problem)), timeoutMs);
    });
    try {
      const mesh = await Promise.race([this.opened, late]);
      return { mesh, leftMs: Math.max(0, timeoutMs - (this.nowMs() - sinceMs)) };
    } finally {
      clearTimeout(timer);
    }
  }
}
