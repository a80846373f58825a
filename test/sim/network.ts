/**
 * The network between the nodes: what `Transport` promises, and nothing more.
 *
 * 1. Messages are lost, delayed, and cut off in one direction or in both; what was on its way to a process that
 *    ended, or over a link that was cut meanwhile, is lost.
 * 2. What an earlier process of a node had sent still arrives, until something of its later process does.
 * 3. Messages of consensus are also doubled and overtaken, which no transport of ours does: the core says that it
 *    withstands it. A proposal is not doubled, for to refuse one is a promise about the only copy there is.
 */
import type { ReplicaId } from '../../src/raft/entry.js';
import type { Batch } from '../../src/replica/frame.js';
import type { Chance } from './chance.js';
import type { Coverage } from './coverage.js';
import { describeBatch } from './describe.js';
import type { SimNode } from './node.js';
import type { NetworkProfile } from './profile.js';
import type { Timeline } from './timeline.js';
import type { Trace } from './trace.js';

/** After so long a sender knows that nothing gets through, and is told so. */
const KNOWN_DOWN_US = 300_000;

/** One direction between two nodes. */
interface Link {
  /** Since when nothing gets through; null when it does. */
  cutSinceUs: number | null;
  /** How often it was cut: what left before is lost. */
  cuts: number;
  /** When the last of what was sent in order arrives. */
  lastArrivalUs: number;
  /** Until then nothing arrives, and nothing is lost. */
  stillUntilUs: number;
  /** The newest process of the sender that was heard here. */
  heardProcess: number;
}

export interface NetworkOptions {
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly trace: Trace;
  readonly coverage: Coverage;
  readonly profile: NetworkProfile;
  /** Called for every batch that a node hands over, before anything can happen to it. */
  readonly onSend: (from: SimNode, batch: Batch) => void;
}

export class Network {
  /** Messages that arrived: a batch counts for each that it carries. */
  delivered = 0;
  private readonly nodes = new Map<ReplicaId, SimNode>();
  private readonly links = new Map<SimNode, Map<SimNode, Link>>();
  private calm = false;

  constructor(private readonly options: NetworkOptions) {}

  join(node: SimNode): void {
    this.nodes.set(node.id, node);
  }

  /** While calm nothing is lost, doubled, delayed or overtaken, and everything is quick. */
  get isCalm(): boolean {
    return this.calm;
  }

  calmDown(): void {
    this.calm = true;
  }

  cut(from: SimNode, to: SimNode): void {
    const link = this.link(from, to);
    link.cuts += 1;
    link.cutSinceUs ??= this.options.timeline.nowUs;
  }

  heal(from: SimNode, to: SimNode): void {
    this.link(from, to).cutSinceUs = null;
  }

  /** Holds up everything from one node to another for a while; then it arrives in the order in which it left. */
  hold(from: SimNode, to: SimNode, durationUs: number): void {
    this.link(from, to).stillUntilUs = this.options.timeline.nowUs + durationUs;
  }

  /**
   * The process of a node ended, and not with its power: its connections broke off, and whoever had one finds that nobody
   * listens there, unless the next process is quicker.
   */
  processEnded(node: SimNode): void {
    const { process } = node;
    const isGone = (): boolean => node.process === process && !node.isUp;
    for (const peer of this.nodes.values()) {
      const link = this.link(peer, node);
      if (
        peer === node ||
        !peer.isUp ||
        link.cutSinceUs !== null ||
        link.stillUntilUs > this.options.timeline.nowUs
      ) {
        continue;
      }
      // There and back.
      const delayUs = 2 * (this.arrivalUs(link) - this.options.timeline.nowUs);
      this.options.timeline.afterQuietly(delayUs, () => peer.learnsGone(node.id, isGone));
    }
  }

  /** Whether something gets through between two nodes, in both directions. */
  joins(one: SimNode, other: SimNode): boolean {
    const open = (from: SimNode, to: SimNode) => this.link(from, to).cutSinceUs === null;
    return one.isUp && other.isUp && open(one, other) && open(other, one);
  }

  /** The node with this id. */
  node(id: ReplicaId): SimNode | undefined {
    return this.nodes.get(id);
  }

  send(from: SimNode, batch: Batch): boolean {
    this.options.onSend(from, batch);
    const { timeline, chance, coverage, trace, profile } = this.options;
    const to = this.nodes.get(batch.to);
    if (to === undefined) return false;
    const link = this.link(from, to);
    if (!to.isUp) return false;
    if (link.cutSinceUs !== null) return timeline.nowUs - link.cutSinceUs < KNOWN_DOWN_US;
    if (!this.calm && chance.hits(profile.lost)) {
      coverage.count('message lost');
      trace.note(() => `${from.name} -> ${to.name} LOST ${describeBatch(batch)}`, 1, from.number, to.number);
      return true;
    }
    this.carry(from, to, link, batch, this.arrivalUs(link));
    if (!this.calm && chance.hits(profile.doubled)) {
      const frames = batch.frames.filter((frame) => frame.kind === 'raft');
      if (frames.length > 0) {
        coverage.count('message doubled');
        const laterUs = timeline.nowUs + chance.below(2 * profile.delayUs);
        this.carry(from, to, link, { ...batch, frames }, laterUs);
      }
    }
    return true;
  }

  private arrivalUs(link: Link): number {
    const { timeline, chance, coverage, profile } = this.options;
    const [least, most] = this.calm ? [100, 1_000] : profile.latencyUs;
    let arrivalUs = timeline.nowUs + chance.between(least, most);
    if (!this.calm && chance.hits(profile.delayed)) {
      coverage.count('message delayed');
      arrivalUs += chance.below(profile.delayUs);
    }
    if (!this.calm && arrivalUs < link.lastArrivalUs && chance.hits(profile.overtaken)) {
      coverage.count('message overtaken');
      return arrivalUs;
    }
    link.lastArrivalUs = Math.max(arrivalUs, link.lastArrivalUs);
    return link.lastArrivalUs;
  }

  private carry(from: SimNode, to: SimNode, link: Link, batch: Batch, arrivalUs: number): void {
    const { timeline, trace } = this.options;
    const { cuts } = link;
    const sender = from.process;
    const receiver = to.process;
    const arrive = (): void => {
      if (!this.calm && link.stillUntilUs > timeline.nowUs) {
        timeline.afterQuietly(link.stillUntilUs - timeline.nowUs, arrive);
        return;
      }
      if (link.cuts !== cuts || to.process !== receiver || sender < link.heardProcess) return;
      link.heardProcess = sender;
      this.delivered += batch.frames.length;
      trace.note(
        () => `${from.name} -> ${to.name} ${describeBatch(batch)}`,
        2,
        from.number,
        to.number,
        batch.frames.length,
      );
      to.receive(batch);
    };
    timeline.afterQuietly(arrivalUs - timeline.nowUs, arrive);
  }

  private link(from: SimNode, to: SimNode): Link {
    let links = this.links.get(from);
    if (links === undefined) {
      links = new Map();
      this.links.set(from, links);
    }
    let link = links.get(to);
    if (link === undefined) {
      link = { cutSinceUs: null, cuts: 0, lastArrivalUs: 0, stillUntilUs: 0, heardProcess: 0 };
      links.set(to, link);
    }
    return link;
  }
}
