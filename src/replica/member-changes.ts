/**
 * Carries requests for changes of members out, one at a time: a step whenever a turn finds one that can be taken
 * (member-plan.ts), until the configuration asked for is in force here.
 *
 * 1. Only a leader changes anything, and only after a linearizable read: one that was deposed decides nothing.
 * 2. Who was told that a request is refused may rely on it that nothing changed by it.
 * 3. Every request ends by its deadline.
 */
import { NOBODY, type ReplicaId } from '../raft/entry.js';
import type { RaftCore, RaftStatus } from '../raft/raft-core.js';
import { Failure } from './failure.js';
import type { Introduction } from './frame.js';
import type { Freshness } from './freshness.js';
import { changeOf, type MemberFacts, nextStep, type Proposal, type Step } from './member-plan.js';
import type { MemberList, MemberOutcome, MemberRefusal, MemberRequest, Members } from './member-requests.js';
import type { Membership } from './membership.js';
import type { ReplicaOptions } from './replica-options.js';

/** Requests that wait or are under way; beyond them one is turned away. */
const REQUESTS_MAX = 16;

/** How often a leader that is to go tries to hand leadership on before it goes all the same. */
const HAND_OVERS_MAX = 2;

export interface MemberChangesOptions {
  readonly world: ReplicaOptions;
  readonly core: RaftCore;
  readonly membership: Membership;
  readonly freshness: Freshness;
  /** The ledger version that the mesh runs, or that a raise which was proposed here leads to. */
  readonly ledgerVersion: () => number;
  /** Monotonic real milliseconds. */
  readonly realMs: () => number;
  /** Whether this node is shutting down. */
  readonly draining: () => boolean;
  /** Resolves when all that was committed before is applied here; rejects with a Failure. */
  readonly caughtUp: (timeoutMs: number) => Promise<void>;
  /** A turn is needed. */
  readonly wake: () => void;
}

/** A request under way. */
interface Job {
  readonly request: MemberRequest;
  /** Only who was heard since then counts as heard: everybody answers a heartbeat sooner than a step is taken. */
  readonly askedMs: number;
  readonly deadlineMs: number;
  readonly resolve: (outcome: MemberOutcome) => void;
  readonly reject: (failure: Failure) => void;
  /** Something was proposed for it, so that it cannot be refused any more. */
  begun: boolean;
  /** The newest entry proposed for it, and its term; index 0 for none. */
  proposed: { readonly index: number; readonly term: number };
  /** What it waits for. */
  waits: { readonly reason: MemberRefusal; readonly why: string; readonly sinceMs: number };
  handOvers: number;
}

export class MemberChanges implements Members {
  private jobs: Job[] = [];
  private closed = false;

  constructor(private readonly options: MemberChangesOptions) {}

  list(): MemberList {
    const { core, membership, world } = this.options;
    const status = core.status();
    const { config, leader } = status;
    const facts = this.facts(status, 0);
    const leads = status.role === 'leader';
    const voters = new Set([...config.voters, ...config.votersOutgoing]);
    const members = membership.book.members.map((member) => ({
      ...member,
      voter: voters.has(member.id),
      leader: member.id === leader,
      active: leads && facts.heardLately(member.id),
      matchIndex: leads ? facts.matchIndex(member.id) : 0,
    }));
    return { members, index: world.ledger.appliedIndex };
  }

  heard(peer: Introduction): void {
    this.options.membership.heard(peer);
  }

  async change(
    request: MemberRequest,
    { timeoutMs }: { readonly timeoutMs: number },
  ): Promise<MemberOutcome> {
    const { core, realMs, caughtUp, wake } = this.options;
    const askedMs = realMs();
    const deadlineMs = askedMs + timeoutMs;
    if (core.status().role !== 'leader') return NOT_LEADER;
    await caughtUp(timeoutMs).catch(() => {
      throw new Failure('UNAVAILABLE', 'no quorum confirmed in time who leads: nothing was changed');
    });
    if (this.closed) throw new Failure('UNAVAILABLE', 'this node is shutting down');
    if (this.jobs.length >= REQUESTS_MAX) {
      throw new Failure('RESOURCE_EXHAUSTED', 'too many changes of members wait: try later');
    }
    return new Promise((resolve, reject) => {
      const waits = { ...UNDER_WAY, sinceMs: realMs() };
      const proposed = { index: 0, term: 0 };
      const job = { request, askedMs, deadlineMs, resolve, reject, proposed, waits };
      this.jobs.push({ ...job, begun: false, handOvers: 0 });
      wake();
    });
  }

  /** Whether a change was proposed here that is not in force yet, nor lost. */
  get isProposing(): boolean {
    const { term, appliedIndex } = this.options.core.status();
    return this.jobs.some(({ proposed }) => proposed.term === term && proposed.index > appliedIndex);
  }

  /** Takes what steps can be taken. Once a turn, before its output is handed out. */
  step(): void {
    if (this.jobs.length === 0) return;
    while (this.jobs.length > 0 && this.advance(this.jobs[0]!)) this.jobs.shift();
    const nowMs = this.options.realMs();
    const late = this.jobs.filter(({ deadlineMs }) => deadlineMs <= nowMs);
    if (late.length === 0) return;
    this.jobs = this.jobs.filter((job) => !late.includes(job));
    for (const job of late) this.end(job);
  }

  /** The replica ends: whoever waits is told what is known. */
  close(): void {
    this.closed = true;
    for (const job of this.jobs) {
      if (job.begun) this.end(job);
      else job.reject(new Failure('UNAVAILABLE', 'this node is shutting down'));
    }
    this.jobs = [];
  }

  /** True when the job is over. */
  private advance(job: Job): boolean {
    const { core, draining, world } = this.options;
    const status = core.status();
    const { proposed } = job;
    const open = proposed.term === status.term && proposed.index > status.appliedIndex;
    if (status.role === 'leader' && open) return false;
    const step = nextStep(job.request, this.facts(status, job.askedMs));
    const leads = status.role === 'leader' && !draining();
    // What was begun and is in force is done, also where this replica was the one to go and leads no more.
    if (!leads && !(job.begun && step.kind === 'done')) {
      if (job.begun) this.end(job);
      else job.resolve(NOT_LEADER);
      return true;
    }
    if (step.kind === 'done') {
      world.logger.info({ request: job.request, ...step }, 'the members are as asked');
      job.resolve(step);
      return true;
    }
    return this.take(job, step, status);
  }

  private take(job: Job, step: Exclude<Step, { readonly kind: 'done' }>, status: RaftStatus): boolean {
    switch (step.kind) {
      case 'propose':
        if (step.asFollower && this.handsOver(job, step, status)) this.note(job, HANDING_ON);
        else this.propose(job, step);
        return false;
      case 'refused':
        if (job.begun || (MAY_PASS.has(step.reason) && !this.stays(job, step))) {
          this.note(job, step);
          return false;
        }
        job.resolve(step);
        return true;
      case 'wait':
        this.note(job, step);
        return false;
    }
  }

  private propose(job: Job, { changes, note }: Proposal): void {
    const { core, world } = this.options;
    const { codec, logger } = world;
    const outcome = core.proposeConfigChange(changeOf(changes, codec.encodeMembers(note)));
    if (outcome.kind === 'appended') {
      logger.info({ changes, index: outcome.index }, 'a change of members is proposed');
      job.begun = true;
      job.proposed = outcome;
      this.note(job, { reason: 'pending-change', why: 'the change is not committed yet' });
      return;
    }
    if (outcome.reason === 'invalid') throw new Error(`bug: consensus refuses a change: ${outcome.detail}`);
    this.note(job, outcome.reason === 'pending-change' ? UNDER_WAY : NO_PROPOSALS);
  }

  /** Tries to have another voter lead. False when that is not to be had: none is heard, or none took it. */
  private handsOver(job: Job, { changes }: Proposal, { transferee, config, peers }: RaftStatus): boolean {
    const { core, world } = this.options;
    const { identity, logger } = world;
    if (transferee !== NOBODY) return true;
    if (job.handOvers === HAND_OVERS_MAX) return false;
    const leaving = new Set(changes.filter(({ kind }) => kind === 'remove').map(({ id }) => id));
    leaving.add(identity.replica);
    const heir = peers
      .filter(({ id }) => config.voters.includes(id) && !leaving.has(id) && this.isHeard(id, job.askedMs))
      .sort((a, b) => b.matchIndex - a.matchIndex)[0];
    if (heir === undefined) return false;
    job.handOvers += 1;
    logger.info({ heir: heir.id }, 'handing leadership on, to be taken out');
    return core.transferLeadership(heir.id) === 'started';
  }

  /** Whether what refuses `job` has done so for long enough to be believed: silence may be an accident. */
  private stays(job: Job, { reason }: { readonly reason: MemberRefusal }): boolean {
    const { realMs, world } = this.options;
    return job.waits.reason === reason && realMs() - job.waits.sinceMs >= world.timing.electionMs;
  }

  private note(job: Job, { reason, why }: { readonly reason: MemberRefusal; readonly why: string }): void {
    const sinceMs = job.waits.reason === reason ? job.waits.sinceMs : this.options.realMs();
    job.waits = { reason, why, sinceMs };
  }

  /** Its time is over, or this replica leads no more. */
  private end({ begun, waits: { reason, why }, resolve, reject }: Job): void {
    if (!begun) resolve({ kind: 'refused', reason, why });
    else reject(new Failure('DEADLINE_EXCEEDED', `the change is not through (${why}): ask again to go on`));
  }

  private facts({ config, commitIndex, peers }: RaftStatus, sinceMs: number): MemberFacts {
    const { world, membership } = this.options;
    const { book } = membership;
    return {
      self: world.identity.replica,
      config,
      members: book.members,
      lastOf: (company) => book.lastOf(company) ?? null,
      commitIndex,
      ledgerVersion: this.options.ledgerVersion(),
      matchIndex: (id) => peers.find((peer) => peer.id === id)?.matchIndex ?? 0,
      heardLately: (id) => this.isHeard(id, sinceMs),
    };
  }

  private isHeard(id: ReplicaId, sinceMs: number): boolean {
    const { world, freshness, realMs } = this.options;
    const { identity, timing } = world;
    const fromMs = Math.max(sinceMs, realMs() - timing.electionMs);
    return id === identity.replica || freshness.heardSince(id, fromMs);
  }
}

/** May be otherwise in a moment: a peer was not heard yet in this leadership, or answers late. */
const MAY_PASS: ReadonlySet<MemberRefusal> = new Set(['lagging', 'would-lose-quorum']);

const UNDER_WAY = { reason: 'pending-change', why: 'another change of members is under way' } as const;
const HANDING_ON = { reason: 'pending-change', why: 'leadership is being handed on' } as const;
const NO_PROPOSALS = { reason: 'pending-change', why: 'the leader takes no proposals at present' } as const;

const NOT_LEADER: MemberOutcome = {
  kind: 'refused',
  reason: 'not-leader',
  why: 'this replica does not lead: ask the leader',
};
