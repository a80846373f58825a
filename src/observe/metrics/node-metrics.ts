/**
 * All metrics of one node, in a registry of their own: `GET /metrics`, and what the built-in history is sampled from.
 *
 * 1. What happens is counted when it happens; what is so is looked up when somebody asks, all of it at one moment.
 * 2. What is not known is left out. Nothing here may keep the node from working.
 */
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Totals } from '../../ledger/query.js';
import type { ReplicaFigures } from '../../replica/figures.js';
import type { Mesh } from '../../replica/mesh.js';
import { type DiskFacts, DiskMetrics } from './disk-metrics.js';
import { DoorMetrics } from './door-metrics.js';
import { Families } from './families.js';
import { LedgerMetrics } from './ledger-metrics.js';
import { LoopDelay } from './loop-delay.js';
import { PeerMetrics } from './peer-metrics.js';
import { type LinkFacts, RaftMetrics } from './raft-metrics.js';
import { RequestMetrics } from './request-metrics.js';

/** Whom to ask what is so; each comes when that part of the node is there. */
export interface Sources {
  mesh?: Mesh;
  figures?: () => ReplicaFigures;
  links?: () => readonly LinkFacts[];
  disk?: DiskFacts;
  /** Null while the trail is not open. */
  trailGaps?: () => number | null;
  /** Null where no broker is embedded. */
  mqttClients?: () => number | null;
}

export interface About {
  /** The package's. */
  readonly version: string;
  readonly company: string;
}

export class NodeMetrics {
  readonly registry = new Registry();
  readonly raft: RaftMetrics;
  readonly peers: PeerMetrics;
  readonly ledger: LedgerMetrics;
  readonly requests: RequestMetrics;
  readonly disk: DiskMetrics;
  readonly doors: DoorMetrics;
  private readonly loopDelay: LoopDelay;
  private readonly sources: Sources = {};

  constructor({ version, company }: About) {
    const families = new Families(this.registry);
    const about = families.gauge('malha_node_info', 'Always 1; its labels say what runs here.', [
      'version',
      'company',
    ]);
    about.set({ version, company }, 1);
    this.raft = new RaftMetrics(families);
    this.peers = new PeerMetrics(families);
    this.ledger = new LedgerMetrics(families);
    this.requests = new RequestMetrics(families);
    this.disk = new DiskMetrics(families);
    this.doors = new DoorMetrics(families);
    this.loopDelay = new LoopDelay(families);
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** Begins to measure the process itself. Once in the life of a process, for what prom-client watches is never let go. */
  measureProcess(): void {
    collectDefaultMetrics({ register: this.registry });
    // Gauges whose names say that they are counters.
    for (const name of ['resources', 'handles', 'requests']) {
      this.registry.removeSingleMetric(`nodejs_active_${name}_total`);
    }
    this.loopDelay.start();
  }

  stop(): void {
    this.loopDelay.stop();
  }

  /** From now on these are asked, too. */
  ask(sources: Sources): void {
    Object.assign(this.sources, sources);
  }

  /** Everything, in the text format of Prometheus, as of now. */
  async text(): Promise<string> {
    await this.lookUp();
    return this.registry.metrics();
  }

  /** Looks up what is so. */
  async lookUp(): Promise<void> {
    const { mesh, figures, links, disk, trailGaps, mqttClients } = this.sources;
    const totals = mesh === undefined ? null : await totalsOf(mesh);
    if (mesh !== undefined) {
      const status = mesh.status();
      this.raft.status(status);
      this.ledger.status(status);
    }
    this.ledger.totals(totals);
    this.raft.figures(figures?.() ?? null);
    this.raft.links(links?.() ?? []);
    this.disk.disk(disk ?? null);
    this.disk.trailGaps(trailGaps?.() ?? null);
    this.doors.mqttClients(mqttClients?.() ?? null);
  }
}

/** As counted by this replica; null while it cannot. */
async function totalsOf(mesh: Mesh): Promise<Totals | null> {
  try {
    return (await mesh.query({ kind: 'totals' }, { consistency: 'stale', timeoutMs: 0 })).reply;
  } catch {
    return null;
  }
}
