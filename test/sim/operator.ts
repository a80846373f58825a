/**
 * Who changes the members of the mesh while everything else goes on: as its operators ask a replica to, and by changes
 * that nobody may ask for but that consensus allows (demotions, many at once, joint until told otherwise).
 *
 * What makes a mesh stand still for ever is no fault of its own, so it is not done: no change is asked for while a
 * member's disk is lost, other than that replica's replacement, and no disk is lost while a change is under way.
 */
import { ledgerCodec } from '../../src/codec/ledger-codec.js';
import type { ConfigChange, ConfigState, MemberChange, ReplicaId } from '../../src/raft/entry.js';
import type { Member } from '../../src/replica/frame.js';
import type { MemberOutcome, MemberRequest, Newcomer } from '../../src/replica/member-requests.js';
import type { Chance } from './chance.js';
import type { Coverage, Fault } from './coverage.js';
import { canDecide } from './electorate.js';
import type { Fleet } from './fleet.js';
import { changed, isIn, isJoint, LEAVE, votesIn } from './invariants/configurations.js';
import type { Judge } from './invariants/judge.js';
import type { SimNode } from './node.js';
import type { Profile } from './profile.js';
import type { Requests } from './requests.js';
import type { Timeline } from './timeline.js';
import type { Trace } from './trace.js';

export interface OperatorOptions {
  readonly fleet: Fleet;
  readonly judge: Judge;
  readonly requests: Requests;
  readonly profile: Profile;
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly trace: Trace;
  readonly coverage: Coverage;
}

const MEMBERS_MAX = 8;
const VOTERS_MIN = 3;
const NODES_MAX = 24;
/** Requests at a time. */
const BUSY_MAX = 2;
/** Times that a request is asked again, at whoever leads then. */
const TRIES_MAX = 8;

export class Operator {
  private busy = 0;
  private stopped = false;
  private readonly deeds: readonly (readonly [Fault, () => boolean])[];

  constructor(private readonly options: OperatorOptions) {
    const { faults } = options.profile;
    const all: readonly (readonly [Fault, () => boolean])[] = [
      ['learner added', () => this.add()],
      ['learner promoted', () => this.promote()],
      ['member removed', () => this.remove(this.someMember())],
      ['leader removed', () => this.remove(this.leader())],
      ['member replaced', () => this.replace()],
      ['voter demoted', () => this.demote()],
      ['many changed at once', () => this.changeMany()],
    ];
    this.deeds = all.flatMap((deed) => Array.from({ length: faults.get(deed[0]) ?? 0 }, () => deed));
  }

  /** Whether somebody waits for the outcome of a request. */
  get isBusy(): boolean {
    return this.busy > 0;
  }

  start(): void {
    if (this.deeds.length > 0) this.next();
  }

  /** Nothing new is asked for from now on, and nothing again. */
  stop(): void {
    this.stopped = true;
  }

  /** Whether the disk of `node` may be lost or damaged: what is left can still decide, whatever was begun. */
  mayLose(node: SimNode): boolean {
    const { fleet, judge } = this.options;
    if (!node.isWhole || this.isBusy || isJoint(this.config) || judge.changes.underWay.length > 0)
      return false;
    return canDecide(
      fleet.present.filter((other) => other !== node && other.isWhole),
      judge,
    );
  }

  /** The disk of `node` is lost: in some worlds another replica takes its place. */
  lost(node: SimNode): void {
    const { fleet, profile, coverage } = this.options;
    fleet.lose(node);
    if (this.stopped || !profile.faults.has('lost replica replaced') || fleet.all.length >= NODES_MAX) return;
    coverage.count('lost replica replaced');
    const next = fleet.newcomer(node.company);
    const make = (): MemberRequest => ({ kind: 'replace', member: this.newcomer(next), lost: node.id });
    this.ask(make, Number.POSITIVE_INFINITY);
  }

  private next(): void {
    const { timeline, chance, trace, coverage, profile } = this.options;
    timeline.after(chance.below(2 * profile.changeEveryUs), () => {
      if (this.stopped) return;
      if (this.isAllowed()) {
        const [fault, deed] = chance.pick(this.deeds);
        trace.note(() => `*** ${fault}`, 32, fault.length);
        if (this.mustLeave()) this.propose(LEAVE);
        else if (deed()) coverage.count(fault);
      }
      this.next();
    });
  }

  private isAllowed(): boolean {
    const { fleet } = this.options;
    if (this.busy >= BUSY_MAX) return false;
    const { voters, votersOutgoing, learners } = this.config;
    return [...voters, ...votersOutgoing, ...learners].every((id) => fleet.get(id)?.isWhole === true);
  }

  private get config(): ConfigState {
    return this.options.judge.commits.configurations.current;
  }

  private add(): boolean {
    const { fleet } = this.options;
    if (!this.hasRoom()) return false;
    const node = fleet.newcomer();
    this.ask(() => ({ kind: 'add', member: this.newcomer(node) }));
    return true;
  }

  private promote(): boolean {
    const { fleet, chance } = this.options;
    const { learners } = this.config;
    if (learners.length === 0) return false;
    const { company } = fleet.get(chance.pick(learners))!;
    this.ask(() => ({ kind: 'promote', company }));
    return true;
  }

  private remove(node: SimNode | null): boolean {
    if (node === null || !this.mayGo(node.id)) return false;
    const { company } = node;
    this.ask(() => ({ kind: 'remove', company }));
    return true;
  }

  private replace(): boolean {
    const { fleet, chance } = this.options;
    const node = this.someMember();
    if (!this.hasRoom()) return false;
    const next = fleet.newcomer(node.company);
    const lost = chance.hits(500_000) ? node.id : null;
    this.ask(() => ({ kind: 'replace', member: this.newcomer(next), lost }));
    return true;
  }

  private demote(): boolean {
    const { voters } = this.config;
    const id = this.options.chance.pick(voters);
    return this.mayGo(id) && this.propose(changeOf([{ kind: 'add-learner', id }]));
  }

  /** Some voters go or learn, some learners vote, somebody comes: in one step, through a joint configuration. */
  private changeMany(): boolean {
    const { fleet, chance } = this.options;
    const { voters, learners } = this.config;
    const rising = chance.some(learners, chance.between(0, Math.min(2, learners.length)));
    const falling = chance.some(voters, chance.between(0, Math.min(2, voters.length - 1)));
    const changes: MemberChange[] = [
      ...rising.map((id): MemberChange => ({ kind: 'add-voter', id })),
      ...falling.map((id): MemberChange => ({ kind: chance.pick(['remove', 'add-learner']), id })),
    ];
    const news: Member[] = [];
    if (this.hasRoom() && chance.hits(500_000)) {
      const member = fleet.newcomer().member();
      news.push(member);
      changes.push({ kind: 'add-learner', id: member.id });
    }
    const transition = chance.pick(['auto', 'joint-implicit', 'joint-explicit'] as const);
    const change = { ...changeOf(changes, news), transition };
    const after = changed(changed(this.config, change), LEAVE);
    return changes.length > 0 && after.voters.length >= VOTERS_MIN && this.propose(change);
  }

  /** Whether one voter less is not too few. */
  private mayGo(id: ReplicaId): boolean {
    const { voters } = this.config;
    // Two at a time might each be the one that is too many.
    return !votesIn(this.config, id) || (voters.length > VOTERS_MIN && !this.isBusy);
  }

  private hasRoom(): boolean {
    const { voters, learners } = this.config;
    return voters.length + learners.length < MEMBERS_MAX && this.options.fleet.all.length < NODES_MAX;
  }

  private mustLeave(): boolean {
    return isJoint(this.config) && !this.config.autoLeave;
  }

  /** Hands a change to the consensus of a replica that believes that it leads. */
  private propose(change: ConfigChange): boolean {
    const { trace, coverage } = this.options;
    const node = this.leader();
    if (node === null) return false;
    const outcome = node.running!.probe.propose(change);
    trace.note(() => `${node.name} is told: ${describeChange(change)}: ${outcome.kind}`, 33, node.number);
    if (outcome.kind === 'appended') return true;
    if (outcome.reason === 'pending-change') coverage.count('change refused while another is under way');
    return false;
  }

  /** Asks somebody who seems to lead, and again elsewhere as long as nobody knows. */
  private ask(make: () => MemberRequest, tries = TRIES_MAX): void {
    this.busy += 1;
    this.attempt(make, tries);
  }

  private attempt(make: () => MemberRequest, tries: number): void {
    const { timeline, chance, requests, profile } = this.options;
    const { electionMs } = profile.timing;
    const again = (): void => {
      timeline.after(chance.below(electionMs * 1_000), () => this.attempt(make, tries - 1));
    };
    const node = this.leader();
    const request = make();
    if (this.stopped || tries === 0 || this.isVoid(request)) {
      this.busy -= 1;
    } else if (node === null) {
      again();
    } else {
      requests.change(node, request, chance.pick([2, 5]) * electionMs, (outcome) => {
        if (isFinal(outcome, tries)) this.busy -= 1;
        else again();
      });
    }
  }

  /** Whose place was to be taken is no member any more. */
  private isVoid(request: MemberRequest): boolean {
    return request.kind === 'replace' && request.lost !== null && !isIn(this.config, request.lost);
  }

  /** One that believes that it leads, mostly the newest; null when there is none. */
  private leader(): SimNode | null {
    const { fleet, chance } = this.options;
    const leaders = fleet.present.filter(({ running }) => running?.probe.role === 'leader');
    if (leaders.length === 0) return null;
    if (chance.hits(200_000)) return chance.pick(leaders);
    return leaders.reduce((a, b) => (a.running!.probe.term > b.running!.probe.term ? a : b));
  }

  private newcomer(node: SimNode): Newcomer {
    return { ...node.member(), waits: this.options.fleet.isWaiting(node), understands: node.understands };
  }

  private someMember(): SimNode {
    const { fleet, chance } = this.options;
    const { voters, learners } = this.config;
    return fleet.get(chance.pick([...voters, ...learners]))!;
  }
}

/** Whether asking again makes no sense, or, of a request that is made for as long as it takes, is not needed. */
function isFinal(outcome: MemberOutcome | null, tries: number): boolean {
  if (outcome === null) return false;
  if (outcome.kind === 'done') return true;
  return outcome.reason !== 'not-leader' && tries !== Number.POSITIVE_INFINITY;
}

function changeOf(changes: readonly MemberChange[], news: readonly Member[] = []): ConfigChange {
  return { changes, transition: 'auto', context: ledgerCodec.encodeMembers(news) };
}

function describeChange({ changes, transition }: ConfigChange): string {
  return `${changes.map(({ kind, id }) => `${kind} ${id}`).join(', ') || 'leave'} (${transition})`;
}
