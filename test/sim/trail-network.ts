/**
 * The way of audit records between nodes: questions and answers, each with a latency, and lost with either process, with a
 * cut in either direction, or by chance. Now and then a record is changed on the way.
 */
import type { ReplicaId } from '../../src/raft/entry.js';
import type { TrailPageRequest, TrailRecord, TrailTransport } from '../../src/replica/ports.js';
import type { Chance } from './chance.js';
import type { Coverage } from './coverage.js';
import type { Network } from './network.js';
import type { SimNode } from './node.js';
import { NEVER, type Process } from './process.js';
import type { Timeline } from './timeline.js';

const WAY_US = [200, 3_000] as const;
const ASK_US_MAX = 500_000;
/** Per answer. */
const LOST_PER_MILLION = 50_000;
const CHANGED_PER_MILLION = 20_000;
/** Pages are smaller than a node's, so that a gap takes several. */
const PAGE_RECORDS_MAX = 40;

type Answer = (request: TrailPageRequest) => Promise<readonly TrailRecord[]>;

interface Answerer {
  readonly process: Process;
  readonly answer: Answer;
}

export interface TrailNetworkOptions {
  readonly network: Network;
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly coverage: Coverage;
}

export class TrailNetwork {
  private readonly answerers = new Map<SimNode, Answerer>();

  constructor(private readonly options: TrailNetworkOptions) {}

  /** The way as a process of `node` has it. */
  transportOf(node: SimNode, process: Process): TrailTransport {
    return {
      ask: (peer, request, signal) => this.ask({ from: node, process, peer }, request, signal),
      serve: (answer) => {
        this.answerers.set(node, { process, answer });
      },
    };
  }

  private ask(
    { from, process, peer }: { readonly from: SimNode; readonly process: Process; readonly peer: ReplicaId },
    { before, limit }: TrailPageRequest,
    signal: AbortSignal,
  ): Promise<readonly TrailRecord[] | null> {
    const { network, timeline } = this.options;
    if (!process.isAlive()) return NEVER;
    const to = network.node(peer);
    const answerer = to === undefined ? undefined : this.answerers.get(to);
    if (to === undefined || answerer === undefined || !network.joins(from, to)) return Promise.resolve(null);
    const request = { before, limit: Math.min(limit, PAGE_RECORDS_MAX) };
    return new Promise((resolve) => {
      const end = (records: readonly TrailRecord[] | null): void => {
        signal.removeEventListener('abort', nothing);
        resolve(records);
      };
      const nothing = (): void => end(null);
      signal.addEventListener('abort', nothing);
      const arrive = (records: readonly TrailRecord[]): void =>
        this.later(process, () => end(network.joins(from, to) ? this.carried(records) : null));
      this.later(answerer.process, () => void answerer.answer(request).then(arrive, () => {}));
      process.at(timeline.nowUs + ASK_US_MAX, nothing);
    });
  }

  /** What arrives of an answer. */
  private carried(records: readonly TrailRecord[]): readonly TrailRecord[] | null {
    const { chance, coverage, network } = this.options;
    if (network.isCalm) return records;
    if (chance.hits(LOST_PER_MILLION)) return null;
    if (records.length === 0 || !chance.hits(CHANGED_PER_MILLION)) return records;
    coverage.count('trail record changed on the way');
    const at = chance.below(records.length);
    return records.map((record, k) => (k === at ? { ...record, text: `${record.text} ` } : record));
  }

  private later(process: Process, run: () => void): void {
    const { timeline, chance } = this.options;
    process.at(timeline.nowUs + chance.between(...WAY_US), run);
  }
}
