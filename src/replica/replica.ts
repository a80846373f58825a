/**
 * One replica: where the pure cores meet the world. Inputs gather in an inbox; a turn takes them all through
 * the consensus core and hands out what follows.
 *
 * R1 A turn is synchronous and turns never overlap. It hands the save to the store and ends; its success is an
 *    input of a later turn. One save is outstanding, the next gathers meanwhile (group commit).
 * R2 Nothing leaves before the promise it carries is on disk: what a save promises is sent when it succeeded.
 * R3 An answer means committed, and applied here.
 * R4 A failed write ends the process.
 */
import type { Command } from '../ledger/command.js';
import { fingerprint } from '../ledger/fingerprint.js';
import type { Query, ReplyTo } from '../ledger/query.js';
import type { Answer } from '../ledger/result.js';
import { NOBODY, type ReplicaId } from '../raft/entry.js';
import type { RaftCore } from '../raft/raft-core.js';
import type { Ready, Save, SoftState } from '../raft/ready.js';
import { Applier } from './applier.js';
import { Arrivals } from './arrivals.js';
import type { CompactionSave } from './compactor.js';
import { Departures } from './departures.js';
import { Dispatch } from './dispatch.js';
import { Failure } from './failure.js';
import type { ReplicaFigures } from './figures.js';
import { LeadershipGuard } from './fitness.js';
import type { Batch } from './frame.js';
import { Freshness } from './freshness.js';
import { LinearizableReads } from './linearizable-reads.js';
import { MemberChanges } from './member-changes.js';
import { Membership } from './membership.js';
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
import { openCore } from './open-core.js';
import { Outbox } from './outbox.js';
import { Overview } from './overview.js';
import { firstIdOfProcess } from './process-ids.js';
import { Proposals } from './proposals.js';
import { Proposer } from './proposer.js';
import { type ReplicaOptions, understoodBy } from './replica-options.js';
import { type Saved, Saver } from './saver.js';
import { Snapshots } from './snapshots.js';
import { StateWriter } from './state-writer.js';
import { Submissions } from './submissions.js';
import { Succession } from './succession.js';
import { Timekeeper } from './timekeeper.js';
import { Trail } from './trail.js';
import { Versions } from './versions.js';

const WAITERS_MAX = 10_000;
const READS_MAX = 10_000;
const ROUNDS_MAX = 4;
/** What a member said of its program counts for so many election time-outs. */
const HEARD_ELECTIONS = 5;

type Input =
  | { readonly kind: 'batch'; readonly batch: Batch }
  | { readonly kind: 'gone'; readonly peer: ReplicaId }
  | { readonly kind: 'tick' }
  | Saved;

export class Replica implements Mesh {
  private readonly core: RaftCore;
  private readonly time: Timekeeper;
  private readonly submissions: Submissions;
  private readonly reads: LinearizableReads;
  private readonly freshness: Freshness;
  private readonly versions: Versions;
  private readonly outbox: Outbox;
  private readonly departures: Departures;
  private readonly proposer: Proposer;
  private readonly proposals: Proposals;
  private readonly writer: StateWriter;
  private readonly trail: Trail;
  private readonly applier: Applier;
  private readonly arrivals: Arrivals;
  private readonly guard: LeadershipGuard;
  private readonly overview: Overview;
  private readonly succession: Succession;
  private readonly membership: Membership;
  /** Who is a member, and how that is changed. */
  readonly members: MemberChanges;
  private readonly snapshots: Snapshots;
  private readonly saver: Saver;
  private readonly keyPrefix: string;
  private keysMade = 0;

  private inbox: Input[] = [];
  private turnIsDue = false;
  private ended = false;
  private soft: SoftState;

  constructor(private readonly options: ReplicaOptions) {
    const { identity, timing, log, ledger, clock, random } = options;
    const { core, electionTicks } = openCore(options, () => this.time.realMs());
    this.core = core;
    this.soft = { role: 'follower', leader: NOBODY, term: log.hardState().term };
    this.time = new Timekeeper({
      self: identity.replica,
      clock,
      clockSkewMs: timing.clockSkewMs,
      electionMs: timing.electionMs,
    });
    this.membership = new Membership(this.core, options, (voters) => {
      this.time.voters = voters;
    });
    this.time.applied(ledger.meta().nowMs);
    this.submissions = new Submissions({ ...timing, waitersMax: WAITERS_MAX, random, fingerprint });
    this.reads = new LinearizableReads(READS_MAX, firstIdOfProcess(random));
    const ageMs = Math.max(0, clock.wallMs() - ledger.meta().nowMs) / clock.speed;
    this.freshness = new Freshness(this.time.realMs() - ageMs);
    this.outbox = new Outbox(options.transport);
    this.versions = new Versions(understoodBy(options), HEARD_ELECTIONS * timing.electionMs);
    this.departures = new Departures({
      ...{ self: identity.replica, core: this.core, outbox: this.outbox, time: this.time },
      ...{ submissions: this.submissions, understands: this.versions.own },
    });
    this.proposer = new Proposer({
      ...{ ...options, core: this.core, time: this.time, versions: this.versions },
      company: identity.company,
      membersChange: () => this.members.isProposing,
    });
    this.proposals = new Proposals({
      submissions: this.submissions,
      dispatch: new Dispatch(this.submissions, this.time, options.codec, identity.company),
      proposer: this.proposer,
      outbox: this.outbox,
      time: this.time,
      isMember: (id) => this.membership.book.get(id) !== undefined,
      logger: options.logger,
    });
    const fail = (error: unknown): void => this.fail(error);
    this.writer = new StateWriter({
      ...{ state: options.state, fail },
      record: (records) => this.trail.append(records),
    });
    this.trail = new Trail({
      ...{ world: options, fail },
      peers: () => this.membership.others,
      recorded: () => this.writer.recorded(),
    });
    this.applier = new Applier({
      ...{ ledger, codec: options.codec, writer: this.writer, understands: this.versions.own },
      applyConfigChange: (change, index) => this.membership.changed(change, index),
      membership: () => ({ config: this.membership.config, members: this.membership.book.members }),
      onAnswer: (command, answer) => this.onAnswer(command, answer),
    });
    this.arrivals = new Arrivals({
      ...{ self: identity.replica, core: this.core, ledger, time: this.time },
      ...{ freshness: this.freshness, versions: this.versions },
      ...{ proposals: this.proposals, submissions: this.submissions },
      soft: () => this.soft,
      noteSoftState: () => this.noteSoftState(this.core.status()),
    });
    this.succession = new Succession({
      ...{ ...options, core: this.core, electionMs: timing.electionMs },
      realMs: () => this.time.realMs(),
      wake: () => this.wake(),
    });
    this.keyPrefix = `${identity.replica}-${random(2 ** 32).toString(36)}`;
    this.snapshots = new Snapshots({
      ...{ world: options, core: this.core, writer: this.writer, configs: this.membership.history, fail },
      trail: this.trail,
      realMs: () => this.time.realMs(),
      wake: () => this.wake(),
    });
    this.members = new MemberChanges({
      ...{ world: options, core: this.core, membership: this.membership, freshness: this.freshness },
      realMs: () => this.time.realMs(),
      draining: () => this.proposer.draining,
      ledgerVersion: () => this.proposer.ledgerVersion,
      caughtUp: (timeoutMs) => this.caughtUp(timeoutMs),
      wake: () => this.wake(),
    });
    this.saver = new Saver({ log, snapshots: this.snapshots, onSaved: (saved) => this.put(saved), fail });
    this.guard = new LeadershipGuard({
      ...{ ...options, core: this.core, time: this.time, saver: this.saver, proposer: this.proposer },
      electionTicks,
    });
    this.overview = new Overview({
      ...{ world: options, core: this.core, time: this.time, membership: this.membership },
      ...{ freshness: this.freshness, submissions: this.submissions, reads: this.reads, guard: this.guard },
      soft: () => this.soft,
      ageMs: () => this.ageMs(),
    });
    options.transport.receive((batch) => this.put({ kind: 'batch', batch }));
    // A vote before its time would break the promise that a lease rests on.
    if (timing.leaseReads !== true) options.transport.onGone((peer) => this.put({ kind: 'gone', peer }));
  }

  /** One tick of Raft's clock, every `tickMs`; ticks that were missed are not made up for. */
  tick(): void {
    this.put({ kind: 'tick' });
  }

  submit(submission: Submission, { timeoutMs }: SubmitOptions): Promise<Answer> {
    if (this.ended || this.proposer.draining) {
      return Promise.reject(new Failure('UNAVAILABLE', 'this node is shutting down'));
    }
    const { outside } = this.membership;
    if (outside !== null) return Promise.reject(outside);
    const answer = this.submissions.submit(submission, timeoutMs, this.time.realMs());
    this.wake();
    return answer;
  }

  async query<Q extends Query>(query: Q, options: QueryOptions): Promise<QueryAnswer<ReplyTo<Q>>> {
    const linearizable = options.consistency === 'linearizable';
    if (this.membership.outside !== null) throw this.membership.outside;
    if (linearizable) await this.caughtUp(options.timeoutMs);
    const { ledger } = this.options;
    const atMs = this.time.ledgerTimeMs();
    return {
      reply: ledger.query(query, atMs),
      index: ledger.appliedIndex,
      atMs,
      ageMs: linearizable ? 0 : Math.ceil(this.ageMs()),
    };
  }

  async readTrail(query: TrailQuery): Promise<TrailAnswer> {
    if (this.ended) throw new Failure('UNAVAILABLE', 'this node is shutting down');
    if (this.membership.outside !== null) throw this.membership.outside;
    return this.trail.read(query);
  }

  status(): MeshStatus {
    return this.overview.status();
  }

  /** What metrics tell beside the status. */
  figures(): ReplicaFigures {
    return this.overview.figures();
  }

  makeKey(): string {
    this.keysMade += 1;
    return `${this.keyPrefix}-${this.keysMade.toString(36)}`;
  }

  onApplied(
    listener: (event: AppliedEvent) => void,
    onReset: (index: number) => void = () => {},
  ): () => void {
    return this.applier.listen(listener, onReset);
  }

  /** Stops taking requests and hands leadership on. Idempotent; see `isDrained`. */
  drain(): void {
    this.proposer.draining = true;
    this.wake();
  }

  /** Whether nobody waits here any more and another leads (or nobody else could). */
  isDrained(): boolean {
    const alone = this.time.voters.length === 1;
    return this.submissions.waiting === 0 && (alone || this.soft.role !== 'leader');
  }

  /** Ends the replica: everybody who waits is told what is known, writes under way are finished. */
  async close(): Promise<void> {
    this.ended = true;
    this.succession.end();
    this.submissions.close();
    this.reads.close();
    this.members.close();
    await this.snapshots.close();
    await this.saver.settled();
    await this.writer.flushed();
    await this.trail.close();
  }

  /** Resolves once everything that was answered before this call is applied here; rejects with a Failure. */
  private async caughtUp(timeoutMs: number): Promise<void> {
    if (this.ended) throw new Failure('UNAVAILABLE', 'this node is shutting down');
    const turn = this.reads.add(timeoutMs, this.time.realMs());
    this.wake();
    await turn;
  }

  private put(input: Input): void {
    if (this.ended) return;
    this.inbox.push(input);
    this.wake();
  }

  private wake(): void {
    if (this.turnIsDue || this.ended) return;
    this.turnIsDue = true;
    this.options.defer(() => {
      this.turnIsDue = false;
      if (this.ended) return;
      try {
        this.turn();
      } catch (error) {
        this.fail(error);
      }
    });
  }

  /** Nothing is acknowledged after it (R4). */
  private fail(error: unknown): void {
    this.ended = true;
    this.options.fail(error instanceof Error ? error : new Error(String(error)));
  }

  private turn(): void {
    this.snapshots.turnBegins(this.saver.isBusy);
    const inbox = this.inbox;
    this.inbox = [];
    for (const input of inbox) {
      if (input.kind === 'batch') this.arrivals.take(input.batch);
      else if (input.kind === 'gone') this.succession.gone(input.peer);
      else if (input.kind === 'saved') this.takeSaved(input.save);
      else if (input.kind === 'compacted') this.takeCompacted(input.save);
      else this.takeTick();
    }
    this.succession.proceed();
    this.proposals.propose(this.soft);
    this.members.step();
    this.askReads();
    this.saver.compactIfDue();
    for (let round = 0; this.core.hasReady({ maySave: !this.saver.isBusy }); round += 1) {
      if (round === ROUNDS_MAX) {
        this.wake();
        break;
      }
      this.handOut(this.core.ready({ maySave: !this.saver.isBusy }));
    }
    this.snapshots.turnEnds();
    this.flush();
  }

  private takeSaved(save: Save): void {
    this.saver.done();
    if (save.snapshot !== null) this.becomeSnapshot();
    this.outbox.addMessages(save.messagesAfter);
    this.core.saved(save.token);
  }

  private takeTick(): void {
    const realMs = this.time.realMs();
    this.guard.tick(this.soft.role === 'leader');
    this.core.tick();
    if (this.soft.role === 'leader') {
      this.freshness.leads(this.core.status().commitIndex, this.options.ledger.appliedIndex, realMs);
    }
    this.submissions.expire(realMs);
    this.reads.expire(realMs);
    this.reads.askOldOnesAgain(realMs, this.options.timing.electionMs / 2);
    this.proposals.lookAgain();
    this.snapshots.tick();
  }

  private askReads(): void {
    if (!this.reads.hasUnasked) return;
    this.reads.ask((requestId) => this.core.readIndex(requestId) === 'accepted', this.time.realMs());
  }

  /** The order is the point: the disk works while the messages leave, and both while this replica applies. */
  private handOut(ready: Ready): void {
    if (ready.softState) this.noteSoftState(ready.softState);
    for (const message of ready.messages) {
      // An offer of consensus is answered with the state itself, beside the batches.
      if (message.kind === 'snapshot') this.snapshots.send(message);
      else this.outbox.add(message.to, { kind: 'raft', message });
    }
    if (ready.save && !this.saver.start(ready.save)) this.takeSaved(ready.save);
    this.flush();
    for (const read of ready.reads) this.reads.answered(read.requestId, read.index);
    const last = ready.committed.at(-1);
    if (last) {
      this.applier.apply(ready.committed);
      this.core.applied(last.index);
      this.freshness.applied(last.index);
    }
    this.reads.applied(this.options.ledger.appliedIndex);
  }

  private takeCompacted(save: CompactionSave): void {
    this.saver.done();
    this.snapshots.compacted(save);
    this.options.logger.info({ index: save.snapshot.index }, 'the log was compacted');
  }

  /** The state that was installed is the ledger from now on. */
  private becomeSnapshot(): void {
    const { header, ledger: installed } = this.snapshots.installed();
    const { ledger, logger } = this.options;
    const { appliedIndex: index, appliedTerm: term, config, members, nowMs } = header.meta;
    const appliedBefore = ledger.appliedIndex;
    ledger.become(installed);
    this.trail.restarted();
    this.membership.restarted({ index, term, config }, members);
    this.time.applied(nowMs);
    this.freshness.applied(index);
    this.submissions.restored(ledger);
    this.reads.applied(index);
    this.applier.reset(index);
    logger.info({ from: header.from, index, appliedBefore }, 'a snapshot took the place of the state');
  }

  private flush(): void {
    this.departures.flush(this.soft.role === 'leader');
  }

  private noteSoftState({ role, leader, term }: SoftState): void {
    const before = this.soft;
    if (before.role === role && before.leader === leader && before.term === term) return;
    if (before.role === 'leader') this.freshness.stopsLeading(this.ageMs(), this.time.realMs());
    this.soft = { role, leader, term };
    this.options.onLeadership?.(this.soft);
    this.time.leading = role === 'leader';
    if (role !== 'leader' || term !== before.term) this.snapshots.leadershipChanged();
    this.options.logger.info(
      { role, term, leader },
      leader === NOBODY ? 'no leader' : role === 'leader' ? 'leading' : 'following',
    );
    // Also the same replica in a later term: it may have been restarted, and have lost what it was sent.
    if (leader !== NOBODY) {
      this.submissions.leaderChanged();
      this.reads.askOldOnesAgain(this.time.realMs(), 0);
      this.proposals.lookAgain();
      this.wake();
    }
  }

  private onAnswer(command: Command, answer: Answer): void {
    this.time.applied(answer.atMs);
    if (command.requestKey !== '') this.submissions.applied(command, answer);
  }

  private ageMs(): number {
    const nowMs = this.time.realMs();
    return this.soft.role === 'leader'
      ? this.freshness.leaderAgeMs(this.options.identity.replica, this.time.voters, nowMs)
      : this.freshness.followerAgeMs(nowMs);
  }
}
