/**
 * What someone or something does to the mesh from outside, one mishap after the other, as the profile has it.
 * What is lost or damaged leaves a quorum that is whole: beyond that nobody can help.
 */
import type { ConfigState } from '../../src/raft/entry.js';
import type { Chance } from './chance.js';
import type { Coverage, Fault } from './coverage.js';
import type { Fleet } from './fleet.js';
import type { Network } from './network.js';
import type { SimNode } from './node.js';
import type { Operator } from './operator.js';
import type { Profile } from './profile.js';
import type { Requests } from './requests.js';
import type { Timeline } from './timeline.js';
import type { Trace } from './trace.js';

export interface FaultsOptions {
  readonly fleet: Fleet;
  readonly operator: Operator;
  readonly network: Network;
  readonly requests: Requests;
  readonly profile: Profile;
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly trace: Trace;
  readonly coverage: Coverage;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** What happens last wants to begin later still (healing.ts). */
const DAYS_MAX = 20;

/** What ends a process. A world that does little but start processes shows little: so many rows may be read for that. */
const ENDS_A_PROCESS: ReadonlySet<Fault> = new Set([
  'process killed',
  'power lost',
  'everyone killed',
  'node shut down',
  'disk full',
]);
const ROWS_READ_PER_MESSAGE = 0.3;

/** What hits everybody, or takes long to recover from, happens in one of eight times that it is drawn. */
const RARE: ReadonlySet<Fault> = new Set(['everyone killed', 'disk lost', 'days pass']);
const RARE_PER_MILLION = 125_000;
/** Per weight. */
const STRUCK_PER_MILLION = 100_000;
/** What a leader that woke up in a later term is asked before it hears of that. */
const READS_AT_WAKING = 3;

export class Faults {
  private stopped = false;
  private daysPassed = 0;
  /** The joint configuration that each node led last. */
  private readonly joint = new Map<SimNode, ConfigState>();
  private readonly mishaps: readonly (readonly [Fault, () => boolean])[];

  constructor(private readonly options: FaultsOptions) {
    const { faults } = options.profile;
    const all: readonly (readonly [Fault, () => boolean])[] = [
      ['mesh split in two', () => this.split()],
      ['node cut off', () => this.cutOff(this.someNode())],
      ['link cut one way', () => this.cutOneWay(this.someNode())],
      ['links stand still', () => this.hold(this.someNode())],
      ['process killed', () => this.crash(this.someNode(), false)],
      ['power lost', () => this.crash(this.someNode(), true)],
      ['everyone killed', () => this.crashAll()],
      ['process paused', () => this.pause(this.someNode())],
      ['node shut down', () => this.shutDown()],
      ['leader asleep', () => this.sleepThroughEnd()],
      ['disk stalls', () => this.stall(this.someNode())],
      ['disk full', () => this.fill('full')],
      ['disk below its reserve', () => this.fill('belowReserve')],
      ['bit flipped in the log', () => this.flipBit()],
      ['state damaged', () => this.damageState()],
      ['trail damaged', () => this.damageTrail()],
      ['disk lost', () => this.loseDisk()],
      ['clock jumps ahead', () => this.jump(1)],
      ['clock jumps back', () => this.jump(-1)],
      ['days pass', () => this.passDays()],
    ];
    // A mishap stands there as many times as it weighs.
    this.mishaps = all.flatMap((mishap) => Array.from({ length: faults.get(mishap[0]) ?? 0 }, () => mishap));
  }

  /** `node` believes since now that it leads. Some worlds do not let a leader grow old. */
  leads(node: SimNode): void {
    const { timing } = this.options.profile;
    this.strike(node, 'new leader struck', timing.electionMs * 500);
  }

  /** `node` leads the joint configuration `config`. In some worlds it does not see its end. */
  leadsJoint(node: SimNode, config: ConfigState): void {
    if (this.joint.get(node) === config) return;
    this.joint.set(node, config);
    const { network } = this.options.profile;
    this.strike(node, 'joint leader struck', 2 * network.latencyUs[1]);
  }

  /** `node` puts a state that came from elsewhere in the place of its own. In some worlds it dies of it. */
  beginsAnew(node: SimNode): void {
    const end = () => this.mayEndProcess() && this.crash(node, this.options.chance.hits(500_000));
    this.strike(node, 'node struck as it begins anew', this.options.profile.diskUs[1], [end]);
  }

  private strike(node: SimNode, fault: Fault, withinUs: number, blows = this.blowsTo(node)): void {
    const { timeline, chance, trace, coverage, profile } = this.options;
    const weight = profile.faults.get(fault) ?? 0;
    if (this.stopped || !chance.hits(weight * STRUCK_PER_MILLION)) return;
    const blow = chance.pick(blows);
    timeline.after(chance.below(withinUs), () => {
      if (this.stopped) return;
      trace.note(() => `*** ${fault}: ${node.name}`, 31, node.number);
      if (blow()) coverage.count(fault);
    });
  }

  private blowsTo(node: SimNode): readonly (() => boolean)[] {
    return [
      () => this.mayEndProcess() && this.crash(node, this.options.chance.hits(500_000)),
      () => this.pause(node),
      () => this.cutOff(node),
      () => this.cutOneWay(node),
      () => this.hold(node),
      () => this.stall(node),
    ];
  }

  start(): void {
    if (this.mishaps.length > 0) this.next();
  }

  /** Nothing new happens from now on; what was begun still ends. */
  stop(): void {
    this.stopped = true;
  }

  private next(): void {
    const { timeline, chance, trace, coverage, profile } = this.options;
    timeline.after(chance.below(2 * profile.faultEveryUs), () => {
      if (this.stopped) return;
      const [fault, mishap] = chance.pick(this.mishaps);
      if (this.mayHappen(fault)) {
        trace.note(() => `*** ${fault}`, 30, fault.length);
        if (mishap()) coverage.count(fault);
      }
      this.next();
    });
  }

  private mayHappen(fault: Fault): boolean {
    if (RARE.has(fault) && !this.options.chance.hits(RARE_PER_MILLION)) return false;
    return !ENDS_A_PROCESS.has(fault) || this.mayEndProcess();
  }

  private mayEndProcess(): boolean {
    const { fleet, network } = this.options;
    return fleet.rowsRead <= ROWS_READ_PER_MESSAGE * network.delivered;
  }

  private split(): boolean {
    const { chance } = this.options;
    const { present } = this.options.fleet;
    const side = chance.some(present, chance.between(1, present.length - 1));
    const links = present
      .filter((node) => !side.includes(node))
      .flatMap((b) => side.map((a) => [a, b] as const));
    return this.cut(links.flatMap(([a, b]) => [[a, b] as const, [b, a] as const]));
  }

  private cutOff(node: SimNode): boolean {
    return this.cut(this.others(node).flatMap((other) => [[node, other] as const, [other, node] as const]));
  }

  /** One node is not heard, or does not hear: by one other or by all. */
  private cutOneWay(node: SimNode): boolean {
    const { chance } = this.options;
    const others = this.others(node);
    const some = chance.some(others, chance.pick([1, others.length]));
    const deaf = chance.hits(500_000);
    return this.cut(some.map((other) => (deaf ? ([other, node] as const) : ([node, other] as const))));
  }

  private cut(links: readonly (readonly [SimNode, SimNode])[]): boolean {
    const { network, timeline } = this.options;
    for (const [from, to] of links) network.cut(from, to);
    timeline.after(this.duration(), () => {
      if (!this.stopped) for (const [from, to] of links) network.heal(from, to);
    });
    return true;
  }

  /** A node whose packets get stuck: what it says, what it is told, or both. */
  private hold(node: SimNode): boolean {
    const { network, chance } = this.options;
    const [out, back] = chance.pick([
      [true, true],
      [true, false],
      [false, true],
    ]);
    const together = this.duration();
    for (const other of this.others(node)) {
      // All at once, or each link when it likes: what is old then meets what is new.
      if (out) network.hold(node, other, chance.pick([together, this.duration()]));
      if (back) network.hold(other, node, chance.pick([together, this.duration()]));
    }
    return true;
  }

  private crash(node: SimNode, power: boolean): boolean {
    if (!node.isUp) return false;
    node.crash({ power });
    node.startIn(this.options.chance.pick([0, this.duration()]));
    return true;
  }

  private crashAll(): boolean {
    const power = this.options.chance.hits(500_000);
    for (const node of this.options.fleet.present) this.crash(node, power);
    return true;
  }

  private pause(node: SimNode): boolean {
    if (!node.isUp || node.isPaused) return false;
    node.pause(this.duration());
    return true;
  }

  /**
   * A leader sleeps through its end: what it was told before, and what it is told of its end, gets stuck until it woke up
   * and was asked something. Only the answers to earlier questions still speak for it then (C14).
   */
  private sleepThroughEnd(): boolean {
    const { network, timeline, chance, profile } = this.options;
    const leader = this.leaders().find(({ isPaused }) => !isPaused);
    if (leader === undefined) return false;
    // All of that in less than an election time-out of its own: it gives up when nobody answers for that long.
    const quarterUs = profile.timing.electionMs * 250;
    const asleepUs = chance.between(12, 24) * quarterUs;
    const wakesUs = 2 * quarterUs + asleepUs;
    for (const other of this.others(leader)) network.hold(other, leader, wakesUs + quarterUs);
    timeline.after(2 * quarterUs, () => leader.pause(asleepUs));
    for (let k = 0; k < READS_AT_WAKING; k += 1) {
      timeline.after(wakesUs + chance.below(quarterUs), () => this.read(leader));
    }
    return true;
  }

  private read(node: SimNode): void {
    if (this.stopped || !node.isUp) return;
    const { requests, profile } = this.options;
    const query = { kind: 'open-reservations', holder: 'nobody' } as const;
    const timeoutMs = profile.timing.electionMs;
    requests.read(node, query, { consistency: 'linearizable', timeoutMs }, () => {});
  }

  private shutDown(): boolean {
    const node = this.someNode();
    if (!node.isUp || node.isPaused) return false;
    const downUs = this.duration();
    node.shutDown(2_000_000, () => node.startIn(downUs));
    return true;
  }

  private stall(node: SimNode): boolean {
    node.disk.stallUntil(this.options.timeline.nowUs + this.duration());
    return true;
  }

  private fill(how: 'full' | 'belowReserve'): boolean {
    const { disk } = this.someNode();
    disk[how] = true;
    this.options.timeline.after(this.duration(), () => {
      disk[how] = false;
    });
    return true;
  }

  private flipBit(): boolean {
    const { chance, operator } = this.options;
    const node = this.someNode();
    if (!operator.mayLose(node) || !node.log.flipBit()) return false;
    // Often nobody reads it before the next start.
    if (chance.hits(500_000)) this.crash(node, false);
    return true;
  }

  private damageState(): boolean {
    const node = this.someNode();
    if (!this.options.operator.mayLose(node)) return false;
    if (node.isUp) this.crash(node, false);
    return node.state.damage();
  }

  /** Nothing depends on it: it begins anew, and is fetched from the others as far as they have it. */
  private damageTrail(): boolean {
    const node = this.someNode();
    if (!this.crash(node, false)) return false;
    node.trail.beginAnew();
    return true;
  }

  private loseDisk(): boolean {
    const node = this.someNode();
    if (!this.options.operator.mayLose(node)) return false;
    this.options.operator.lost(node);
    return true;
  }

  private jump(direction: 1 | -1): boolean {
    const { chance } = this.options;
    const span = chance.pick([500, 5_000, 3 * HOUR_MS]);
    this.someNode().clock.jumpedMs += direction * chance.below(span);
    return true;
  }

  /** As for a mesh that slept: all clocks agree that it is days later, and much is due at once. */
  private passDays(): boolean {
    const { chance, fleet } = this.options;
    const days = chance.between(1, 3);
    if (this.daysPassed + days > DAYS_MAX) return false;
    this.daysPassed += days;
    fleet.epochMs += days * DAY_MS;
    return true;
  }

  private leaders(): readonly SimNode[] {
    return this.options.fleet.present.filter(({ running }) => running?.probe.role === 'leader');
  }

  /** Anyone, but more often one that believes that it leads: that is where it hurts. */
  private someNode(): SimNode {
    const { fleet, chance } = this.options;
    const leaders = this.leaders();
    return chance.pick(leaders.length > 0 && chance.hits(400_000) ? leaders : fleet.present);
  }

  private others(node: SimNode): readonly SimNode[] {
    return this.options.fleet.present.filter((other) => other !== node);
  }

  private duration(): number {
    const { chance, profile } = this.options;
    return chance.below(profile.faultLastsUs);
  }
}
