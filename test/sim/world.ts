/**
 * A whole mesh in one process under one seed: nodes, network, disks, clocks, clients, faults, and the judge who sees all.
 * It lives through so many messages, is healed, and must make progress.
 */
import { Chance } from './chance.js';
import { Client, pointId, registrations } from './clients.js';
import { Coverage } from './coverage.js';
import { Faults } from './faults.js';
import { Fleet, type Sabotage } from './fleet.js';
import { healAndDemandProgress } from './healing.js';
import { isJoint } from './invariants/configurations.js';
import { Judge } from './invariants/judge.js';
import { Network } from './network.js';
import type { NodeWatch, Running, SimNode } from './node.js';
import { Operator } from './operator.js';
import { drawProfile, type Profile } from './profile.js';
import { Requests } from './requests.js';
import { SnapshotNetwork } from './snapshot-network.js';
import { Timeline } from './timeline.js';
import { type Printer, Trace } from './trace.js';
import { TrailNetwork } from './trail-network.js';

export interface WorldOptions {
  readonly seed: number;
  readonly print: Printer | null;
  readonly sabotage?: Sabotage;
}

/** Steps between two looks at everything at once. */
const SWEEP_STEPS = 1_000;
/** Election time-outs after which a mesh that hardly delivers any messages has lived through enough. */
const ELECTIONS_MAX = 500;
/** Election time-outs within which whoever asked for a change of members has an answer. */
const CHANGE_ELECTIONS_MAX = 20;

export class World {
  readonly trace: Trace;
  readonly coverage = new Coverage();
  readonly profile: Profile;
  readonly network: Network;
  private readonly timeline = new Timeline();
  private readonly chance: Chance;
  private readonly fleet: Fleet;
  private readonly judge: Judge;
  private readonly requests: Requests;
  private readonly operator: Operator;
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
    const world = () => ({ timeline, chance: this.chance.fork(), trace, coverage });
    this.network = new Network({
      ...world(),
      profile: profile.network,
      onSend: (from, batch) => this.judge.sends(from, batch),
    });
    const { network } = this;
    const snapshots = new SnapshotNetwork({
      ...world(),
      network,
      nodeOf: ({ to }) => network.node(to),
      onSend: (from, to, { meta }) => this.judge.sendsState(from, to, meta),
    });
    const trails = new TrailNetwork({ ...world(), network });
    this.fleet = new Fleet({
      ...world(),
      profile,
      network,
      snapshots,
      trails,
      sabotage,
      watch: this.watch(),
    });
    const { fleet } = this;
    this.judge = new Judge({ nodes: fleet.all, coverage, base: fleet.base });
    const { judge } = this;
    this.requests = new Requests({ judge, trace, coverage });
    this.operator = new Operator({ ...world(), fleet, judge, requests: this.requests, profile });
    const { operator, requests } = this;
    this.faults = new Faults({ ...world(), fleet, operator, network, requests, profile });
  }

  /** Virtual microseconds lived. */
  get nowUs(): number {
    return this.timeline.nowUs;
  }

  /** Lives through `messages`, then heals. Throws the first violation. */
  async live(messages: number): Promise<void> {
    const { fleet, judge, network, profile, timeline, trace, requests, faults, operator } = this;
    const electionUs = profile.timing.electionMs * 1_000;
    fleet.found();
    this.startClients();
    faults.start();
    operator.start();
    const untilUs = ELECTIONS_MAX * electionUs;
    await this.run(() => network.delivered < messages && this.nowUs < untilUs);
    faults.stop();
    operator.stop();
    this.open = false;
    // What is asked for is through or not before it is decided who shall be enough.
    const answeredUs = this.nowUs + CHANGE_ELECTIONS_MAX * electionUs;
    await this.run(() => operator.isBusy && this.nowUs < answeredUs);
    await healAndDemandProgress({
      fleet,
      judge,
      network,
      profile,
      timeline,
      chance: this.chance.fork(),
      trace,
      requests,
      run: (goOn) => this.run(goOn),
    });
    judge.sweep();
    judge.check();
  }

  /** Lets things happen while `goOn`, and judges after each. */
  private async run(goOn: () => boolean): Promise<void> {
    await this.timeline.run(() => {
      this.steps += 1;
      if (this.steps % SWEEP_STEPS === 0) this.judge.sweep();
      this.judge.check();
      return goOn();
    });
  }

  private watch(): NodeWatch {
    return {
      onStart: (node, running) => this.judge.started(node, running),
      onSave: (node, plan) => {
        this.judge.saves(node, plan);
        if (plan.base?.keepsSuffix === false) this.faults.beginsAnew(node);
      },
      onTurn: (node, running) => this.turned(node, running),
      onEnd: (node, power) => {
        this.requests.ended(node);
        if (!power) this.network.processEnded(node);
      },
      onDefect: (node, error) => this.judge.defect(node, error),
      onMembers: (_, members, index) => this.fleet.told(members, index),
      onRefused: (node) => this.operator.lost(node),
    };
  }

  private turned(node: SimNode, running: Running): void {
    const { role, term, commitIndex, ledger, config } = running.probe;
    this.trace.mixState(node.number, term, commitIndex, ledger.appliedIndex);
    this.judge.turned(node, running);
    if (role !== 'leader') return;
    if (this.ledTerms.get(node) !== term) {
      this.ledTerms.set(node, term);
      this.faults.leads(node);
    }
    if (isJoint(config)) this.faults.leadsJoint(node, config);
  }

  private startClients(): void {
    const { fleet, profile, timeline, coverage, requests } = this;
    const open = (): boolean => this.open;
    for (const home of fleet.present) {
      for (let k = 1; k <= profile.clientsPerNode; k += 1) {
        const chance = this.chance.fork();
        const holder = `${home.name}${k}`;
        const client = new Client({
          holder,
          home,
          fleet,
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
}

/** The points of a node's company: every one has an owner. */
function ownPoints({ number }: SimNode, { points, replicas }: Profile): readonly string[] {
  const numbers = Array.from({ length: points }, (_, k) => k);
  return numbers.filter((k) => k % replicas === number - 1).map(pointId);
}

function describeProfile({ replicas, timing, faults }: Profile): string {
  const kinds = [...faults].map(([fault, weight]) => `${fault} ${weight}`).join(', ');
  return `${replicas} replicas, election ${timing.electionMs} ms; ${kinds}`;
}
