/**
 * What someone or something does to the mesh from outside, one mishap after the other, as the profile has it.
 * At most a minority of logs is ever damaged: beyond that nobody can help.
 */
import type { Chance } from './chance.js';
import type { Coverage, Fault } from './coverage.js';
import type { Network } from './network.js';
import type { SimNode } from './node.js';
import type { Profile } from './profile.js';
import type { Timeline } from './timeline.js';
import type { Trace } from './trace.js';

export interface FaultsOptions {
  readonly nodes: readonly SimNode[];
  readonly network: Network;
  readonly profile: Profile;
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly trace: Trace;
  readonly coverage: Coverage;
}

const HOUR_MS = 3_600_000;

/** What hits everybody, or takes long to recover from, happens in one of eight times that it is drawn. */
const RARE: ReadonlySet<Fault> = new Set(['everyone killed', 'state damaged']);
const RARE_PER_MILLION = 125_000;
/** Per weight. */
const STRUCK_PER_MILLION = 100_000;

export class Faults {
  private stopped = false;
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
      ['disk stalls', () => this.stall(this.someNode())],
      ['disk full', () => this.fill('full')],
      ['disk below its reserve', () => this.fill('belowReserve')],
      ['bit flipped in the log', () => this.flipBit()],
      ['state damaged', () => this.damageState()],
      ['clock jumps ahead', () => this.jump(1)],
      ['clock jumps back', () => this.jump(-1)],
    ];
    // A mishap stands there as many times as it weighs.
    this.mishaps = all.flatMap((mishap) => Array.from({ length: faults.get(mishap[0]) ?? 0 }, () => mishap));
  }

  /** `node` believes since now that it leads. Some worlds do not let a leader grow old. */
  leads(node: SimNode): void {
    const { timeline, chance, trace, coverage, profile } = this.options;
    const weight = profile.faults.get('new leader struck') ?? 0;
    if (this.stopped || !chance.hits(weight * STRUCK_PER_MILLION)) return;
    const blow = chance.pick([
      () => this.crash(node, chance.hits(500_000)),
      () => this.pause(node),
      () => this.cutOff(node),
      () => this.cutOneWay(node),
      () => this.hold(node),
      () => this.stall(node),
    ]);
    timeline.after(chance.below(profile.timing.electionMs * 500), () => {
      if (this.stopped) return;
      trace.note(() => `*** new leader struck: ${node.name}`, 31, node.number);
      if (blow()) coverage.count('new leader struck');
    });
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
      if (!RARE.has(fault) || chance.hits(RARE_PER_MILLION)) {
        trace.note(() => `*** ${fault}`, 30, fault.length);
        if (mishap()) coverage.count(fault);
      }
      this.next();
    });
  }

  private split(): boolean {
    const { nodes, chance } = this.options;
    const side = chance.some(nodes, chance.between(1, nodes.length - 1));
    const links = nodes
      .filter((node) => !side.includes(node))
      .flatMap((b) => side.map((a) => [a, b] as const));
    return this.cut(links.flatMap(([a, b]) => [[a, b] as const, [b, a] as const]));
  }

  private cutOff(node: SimNode): boolean {
    const others = this.options.nodes.filter((other) => other !== node);
    return this.cut(others.flatMap((other) => [[node, other] as const, [other, node] as const]));
  }

  /** One node is not heard, or does not hear: by one other or by all. */
  private cutOneWay(node: SimNode): boolean {
    const { nodes, chance } = this.options;
    const others = nodes.filter((other) => other !== node);
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
    const { nodes, network, chance } = this.options;
    const durationUs = this.duration();
    const [out, back] = chance.pick([
      [true, true],
      [true, false],
      [false, true],
    ]);
    for (const other of nodes) {
      if (other === node) continue;
      if (out) network.hold(node, other, durationUs);
      if (back) network.hold(other, node, durationUs);
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
    for (const node of this.options.nodes) this.crash(node, power);
    return true;
  }

  private pause(node: SimNode): boolean {
    if (!node.isUp || node.isPaused) return false;
    node.pause(this.duration());
    return true;
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
    const { chance } = this.options;
    const node = this.someNode();
    if (!this.mayDamage(node)) return false;
    if (!node.log.flipBit()) return false;
    // Often nobody reads it before the next start.
    if (chance.hits(500_000)) this.crash(node, false);
    return true;
  }

  private damageState(): boolean {
    const node = this.someNode();
    if (!this.mayDamage(node)) return false;
    if (node.isUp) this.crash(node, false);
    return node.state.damage();
  }

  private mayDamage(node: SimNode): boolean {
    const { nodes } = this.options;
    return node.isWhole && 2 * (nodes.filter(({ isWhole }) => !isWhole).length + 1) < nodes.length;
  }

  private jump(direction: 1 | -1): boolean {
    const { chance } = this.options;
    const span = chance.pick([500, 5_000, 3 * HOUR_MS]);
    this.someNode().clock.jumpedMs += direction * chance.below(span);
    return true;
  }

  /** Anyone, but more often one that believes that it leads: that is where it hurts. */
  private someNode(): SimNode {
    const { nodes, chance } = this.options;
    const leaders = nodes.filter(({ running }) => running?.probe.role === 'leader');
    return chance.pick(leaders.length > 0 && chance.hits(400_000) ? leaders : nodes);
  }

  private duration(): number {
    const { chance, profile } = this.options;
    return chance.below(profile.faultLastsUs);
  }
}
