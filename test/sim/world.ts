/**
 * A whole mesh in one process under one seed: nodes, network, disks, clocks, clients, faults, and the judge who sees all.
 * It lives through so many messages, is healed, and must make progress.
 */
import { ledgerCodec } from '../../src/codec/ledger-codec.js';
import { type ReplicaId, replicaId, type SnapshotMeta } from '../../src/raft/entry.js';
import { foundingVoters } from '../../src/replica/bootstrap.js';
import type { Identity, Member } from '../../src/replica/frame.js';
import type { Codec, LogSave } from '../../src/replica/ports.js';
import { Chance } from './chance.js';
import { Client, pointId, registrations } from './clients.js';
import { Coverage } from './coverage.js';
import { Disk } from './disk.js';
import { Faults } from './faults.js';
import { healAndDemandProgress } from './healing.js';
import { Judge } from './invariants/judge.js';
import { LogDisk } from './log-disk.js';
import { Network } from './network.js';
import { type NodeWatch, SimNode } from './node.js';
import { NodeClock } from './node-clock.js';
import { drawProfile, type Profile } from './profile.js';
import { Requests } from './requests.js';
import { SnapshotNetwork } from './snapshot-network.js';
import { StateDisk } from './state-disk.js';
import { Timeline } from './timeline.js';
import { type Printer, Trace } from './trace.js';

/** What a test breaks on purpose, to see that it is found. */
export interface Sabotage {
  /** What is left of a save on the disk of a node. */
  readonly onDisk?: (save: LogSave) => LogSave;
  readonly codecOf?: (node: number) => Codec;
}

export interface WorldOptions {
  readonly seed: number;
  readonly print: Printer | null;
  readonly sabotage?: Sabotage;
}

/** Steps between two looks at everything at once. */
const SWEEP_STEPS = 1_000;
/** Election time-outs after which a mesh that hardly delivers any messages has lived through enough. */
const ELECTIONS_MAX = 500;
const BASE_INDEX = 1;
const DRIFT_PPM_MAX = 50_000;

export class World {
  readonly trace: Trace;
  readonly coverage = new Coverage();
  readonly profile: Profile;
  readonly network: Network;
  private readonly timeline = new Timeline();
  private readonly chance: Chance;
  private readonly nodes: readonly SimNode[];
  private readonly judge: Judge;
  private readonly requests: Requests;
  private readonly faults: Faults;
  private readonly ledTerms = new Map<SimNode, number>();
  private open = true;
  private steps = 0;

  constructor({ seed, print, sabotage = {} }: WorldOptions) {
    const { timeline, coverage } = this;
    this.chance = new Chance(seed);
    this.profile = drawProfile(this.chance.fork());
    this.trace = new Trace(() => timeline.nowUs, print);
    const { trace, profile } = this;
    trace.note(() => `seed ${seed}: ${describeProfile(profile)}`, seed);
    this.network = new Network({
      timeline,
      chance: this.chance.fork(),
      trace,
      coverage,
      profile: profile.network,
      onSend: (from, batch) => this.judge.sends(from, batch),
    });
    this.nodes = this.makeNodes(sabotage);
    const { nodes, network } = this;
    for (const node of nodes) network.join(node);
    this.judge = new Judge({ nodes, coverage, baseIndex: BASE_INDEX });
    this.requests = new Requests({ judge: this.judge, trace, coverage });
    const chance = this.chance.fork();
    this.faults = new Faults({ nodes, network, profile, timeline, chance, trace, coverage });
  }

  /** Virtual microseconds lived. */
  get nowUs(): number {
    return this.timeline.nowUs;
  }

  /** Lives through `messages`, then heals. Throws the first violation. */
  async live(messages: number): Promise<void> {
    for (const node of this.nodes) node.startIn(0);
    this.startClients();
    this.faults.start();
    const untilUs = ELECTIONS_MAX * this.profile.timing.electionMs * 1_000;
    while (this.network.delivered < messages && this.nowUs < untilUs) await this.step();
    this.faults.stop();
    this.open = false;
    const { nodes, network, profile, timeline, trace, requests } = this;
    await healAndDemandProgress({
      nodes,
      network,
      profile,
      timeline,
      chance: this.chance.fork(),
      trace,
      requests,
      step: () => this.step(),
    });
    this.judge.sweep();
    this.judge.check();
  }

  private async step(): Promise<void> {
    await this.timeline.step();
    this.steps += 1;
    if (this.steps % SWEEP_STEPS === 0) this.judge.sweep();
    this.judge.check();
  }

  private makeNodes({ onDisk = (save) => save, codecOf = () => ledgerCodec }: Sabotage): readonly SimNode[] {
    const { profile, timeline, trace, coverage, network } = this;
    const snapshots = new SnapshotNetwork({
      network,
      timeline,
      chance: this.chance.fork(),
      trace,
      coverage,
      nodeOf: ({ to }) => network.node(to),
    });
    const founders = Array.from(
      { length: profile.replicas },
      (_, k): Member => ({ id: idOf(k + 1), company: `company-${k + 1}` }),
    );
    const base = baseOf(founders);
    const watch = this.watch();
    return founders.map(({ id, company }, k) => {
      const chance = this.chance.fork();
      const disk = new Disk(timeline, chance, drawDisk(profile, chance));
      return new SimNode({
        number: k + 1,
        identity: identityOf(id, company, founders),
        timing: profile.timing,
        bounds: profile.bounds,
        compactEntries: profile.compactEntries,
        turnDelayUs: profile.turnDelayUs,
        timeline,
        chance,
        trace,
        coverage,
        clock: new NodeClock(() => timeline.nowUs, this.drawDrift(chance)),
        disk,
        log: new LogDisk(base, chance, coverage),
        state: new StateDisk(chance, coverage),
        codec: codecOf(k + 1),
        onDisk,
        send: (from, batch) => network.send(from, batch),
        snapshotsOf: (node, process) => snapshots.transportOf(node, process),
        watch,
      });
    });
  }

  private watch(): NodeWatch {
    const { trace } = this;
    return {
      onStart: (node, running) => this.judge.started(node, running),
      onSave: (node, plan) => this.judge.saves(node, plan),
      onTurn: (node, running) => {
        if (running.probe.role === 'leader' && this.ledTerms.get(node) !== running.probe.term) {
          this.ledTerms.set(node, running.probe.term);
          this.faults.leads(node);
        }
        const { term, commitIndex, ledger } = running.probe;
        trace.mixState(node.number, term, commitIndex, ledger.appliedIndex);
        this.judge.turned(node, running);
      },
      onEnd: (node) => this.requests.ended(node),
      onDefect: (node, error) => this.judge.defect(node, error),
    };
  }

  private startClients(): void {
    const { nodes, profile, timeline, coverage, requests } = this;
    const open = (): boolean => this.open;
    for (const home of nodes) {
      for (let k = 1; k <= profile.clientsPerNode; k += 1) {
        const chance = this.chance.fork();
        const holder = `${home.name}${k}`;
        const client = new Client({
          holder,
          home,
          nodes,
          profile,
          timeline,
          chance,
          coverage,
          requests,
          open,
        });
        client.start(k === 1 ? registrations(home, ownPoints(home, profile)) : []);
      }
    }
  }

  private drawDrift(chance: Chance): number {
    const weight = this.profile.faults.get('clock drifts');
    if (weight === undefined) return 0;
    this.coverage.count('clock drifts');
    return chance.between(-DRIFT_PPM_MAX, DRIFT_PPM_MAX);
  }
}

function idOf(number: number): ReplicaId {
  return replicaId(number.toString(16).repeat(16));
}

function identityOf(replica: ReplicaId, company: string, founders: readonly Member[]): Identity {
  return {
    replica,
    cluster: 'c'.repeat(16),
    company,
    peerCompanies: founders.map((member) => member.company),
    founders,
  };
}

/** The base that all founders compute alike. */
function baseOf(founders: readonly Member[]): SnapshotMeta {
  const voters = foundingVoters(founders);
  const config = { voters, learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false };
  return { index: BASE_INDEX, term: 1, config };
}

/** The points of a node's company: every one has an owner. */
function ownPoints({ number }: SimNode, { points, replicas }: Profile): readonly string[] {
  const numbers = Array.from({ length: points }, (_, k) => k);
  return numbers.filter((k) => k % replicas === number - 1).map(pointId);
}

/** Some disks are slower than others: a follower's may be quicker than its leader's. */
function drawDisk({ diskUs: [least, most] }: Profile, chance: Chance): readonly [number, number] {
  const factor = chance.pick([1, 1, 5]);
  return [least * factor, most * factor];
}

function describeProfile({ replicas, timing, faults }: Profile): string {
  const kinds = [...faults].map(([fault, weight]) => `${fault} ${weight}`).join(', ');
  return `${replicas} replicas, election ${timing.electionMs} ms; ${kinds}`;
}
