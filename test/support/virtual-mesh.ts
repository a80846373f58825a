/**
 * A whole mesh in one process on virtual time: real replicas, ledgers and cores, in-memory stores and network.
 * Nothing happens unless the test lets time pass; the same calls give the same run.
 */
import { ledgerCodec } from '../../src/codec/ledger-codec.js';
import { LEDGER_VERSION } from '../../src/ledger/version.js';
import { SILENT } from '../../src/observe/logger.js';
import { NOBODY, type ReplicaId, replicaId } from '../../src/raft/entry.js';
import { foundingVoters } from '../../src/replica/bootstrap.js';
import type { Batch, Identity, Member } from '../../src/replica/frame.js';
import { openReplica } from '../../src/replica/open-replica.js';
import type { LogSave, Transport } from '../../src/replica/ports.js';
import type { Replica } from '../../src/replica/replica.js';
import { MemoryLogStore } from '../../src/storage/memory-log-store.js';
import { MemoryStateStore } from '../../src/storage/memory-state-store.js';
import { MemoryTrailStore } from '../../src/storage/memory-trail-store.js';
import { MemoryNetwork } from '../../src/transport/memory-network.js';

const TICK_MS = 25;
const LATENCY_MS = 1;
/** Virtual time 0 as the replicas' wall clocks show it. */
export const EPOCH_MS = 1_800_000_000_000;

interface Task {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

export interface VirtualMeshOptions {
  /** See `ReplicaOptions`. */
  readonly compactEntries?: number;
  /** See `ReplicaTiming`. */
  readonly leaseReads?: boolean;
  /** How long a save takes at first (`VirtualNode.saveMs`); saves are done at once unless given. */
  readonly saveMs?: number;
  /** So many nodes, the last ones, are learners and do not run at first. */
  readonly absentLearners?: number;
  /** The ledger version that all nodes understand at first; the newest unless given. */
  readonly understands?: number;
}

/** A line of a node's log. */
export interface Logged {
  readonly level: 'info' | 'warn';
  readonly fields: object;
  readonly message: string;
}

/** One node: its stores survive a crash, its replica does not. */
export class VirtualNode {
  replica: Replica | null = null;
  log = new MemoryLogStore();
  state = new MemoryStateStore();
  trail = new MemoryTrailStore();
  /** How far this node's wall clock is off. */
  skewMs = 0;
  belowReserve = false;
  /** How long a save takes, in a mesh that was started with such a time; Infinity while the disk stalls. */
  saveMs = 0;
  /** Its process is stopped (SIGSTOP): what arrives waits, and no turn runs until this is false again. */
  paused = false;
  failure: Error | null = null;
  /** The newest ledger version that its program understands, from its next start on. */
  understands = LEDGER_VERSION;
  readonly logged: Logged[] = [];
  /** How fast its monotonic clock and its timers run, and from which moment on. */
  private clock = { rate: 1, sinceMs: 0, thenMs: 0 };
  /** Tells the replica that the process of a peer is gone, whether it is so or not. */
  learnsGone: (peer: ReplicaId) => void = () => {};
  constructor(
    readonly id: ReplicaId,
    readonly company: string,
  ) {}

  get rate(): number {
    return this.clock.rate;
  }

  /** Its monotonic clock when it is really `nowMs`. */
  monotonicMs(nowMs: number): number {
    const { rate, sinceMs, thenMs } = this.clock;
    return thenMs + (nowMs - sinceMs) * rate;
  }

  /** From `nowMs` on its monotonic clock and its timers run `rate` times as fast as time. */
  runAt(rate: number, nowMs: number): void {
    this.clock = { rate, sinceMs: nowMs, thenMs: this.monotonicMs(nowMs) };
  }

  /** The replica, which must run. */
  get running(): Replica {
    if (!this.replica) throw new Error(`${this.company} does not run`);
    return this.replica;
  }
}

export class VirtualMesh {
  nowMs = 0;
  readonly nodes: VirtualNode[];
  readonly network: MemoryNetwork;
  /** How much later than usual a batch is sent on: an order of its own for each pair. */
  delayMs: (batch: Batch) => number = () => 0;
  /** Sees every batch that is sent. */
  tap: (batch: Batch) => void = () => {};
  private readonly founders: readonly Member[];
  private tasks: Task[] = [];
  private order = 0;
  private seed: number;

  private constructor(
    size: number,
    seed: number,
    private readonly options: VirtualMeshOptions,
  ) {
    this.seed = seed;
    this.nodes = Array.from({ length: size }, (_, k) => new VirtualNode(idOf(k + 1), companyOf(k)));
    for (const node of this.nodes) node.understands = options.understands ?? LEDGER_VERSION;
    this.founders = this.nodes.map(({ id, company }) => ({ id, company, address: '' }));
    this.network = new MemoryNetwork({ defer: (task) => this.later(LATENCY_MS, task) });
  }

  /** A founded mesh of `size` nodes, all running, with a leader that has committed. */
  static async start(size = 3, seed = 1, options: VirtualMeshOptions = {}): Promise<VirtualMesh> {
    const mesh = new VirtualMesh(size, seed, options);
    const absent = mesh.nodes.slice(size - (options.absentLearners ?? 0));
    for (const node of mesh.nodes) {
      await mesh.found(node);
      if (!absent.includes(node)) await mesh.restart(node);
    }
    mesh.beat();
    await mesh.until(() =>
      mesh.nodes.every((node) => absent.includes(node) || node.running.status().ready === true),
    );
    return mesh;
  }

  /** One more node, with an empty disk: it runs from its first `restart` on, or once it is taken in (`join`). */
  newcomer(company = companyOf(this.nodes.length)): VirtualNode {
    const node = new VirtualNode(idOf(this.nodes.length + 1), company);
    this.nodes.push(node);
    return node;
  }

  /** Starts a newcomer as soon as a node tells of it among the members: before that it has no mesh to run in. */
  async join(node: VirtualNode): Promise<void> {
    const knows = ({ replica }: VirtualNode): boolean =>
      replica?.members.list().members.some(({ id }) => id === node.id) === true;
    await this.until(() => this.nodes.some(knows));
    await this.restart(node);
  }

  /** Gives a node the disk that it was founded with, and nothing else on it; a test may hand in its own. */
  async found(
    node: VirtualNode,
    { log = this.makeLog(node), state = new MemoryStateStore() } = {},
  ): Promise<void> {
    const members = foundingVoters(this.founders);
    const voters = members.length - (this.options.absentLearners ?? 0);
    const config = {
      voters: members.slice(0, voters),
      learners: members.slice(voters),
      votersOutgoing: [],
      learnersNext: [],
      autoLeave: false,
    };
    node.log = log;
    node.state = state;
    node.trail = new MemoryTrailStore();
    const saved = node.log.save({
      hardState: { term: 1, vote: NOBODY, commit: 1 },
      entries: [],
      snapshot: { index: 1, term: 1, config },
      mustSync: true,
    });
    if (node.log instanceof TimedLog) node.log.complete();
    await saved;
  }

  /** The leader of the newest term; fails when there is none. */
  get leader(): VirtualNode {
    const { leaderOrNull } = this;
    if (!leaderOrNull) throw new Error('no leader');
    return leaderOrNull;
  }

  get leaderOrNull(): VirtualNode | null {
    const leaders = this.nodes.filter((node) => node.replica?.status().role === 'leader');
    return leaders.sort((a, b) => b.running.status().term - a.running.status().term)[0] ?? null;
  }

  get followers(): readonly VirtualNode[] {
    const { leader } = this;
    return this.nodes.filter((node) => node !== leader && node.replica !== null);
  }

  /** SIGKILL, or with `power` a power loss: what was not synced is gone. */
  kill(node: VirtualNode, { power = false } = {}): void {
    node.replica = null;
    if (power) this.network.remove(node.id);
    else this.network.kill(node.id);
    // A process that is gone completes no save.
    node.log.crash(power ? 'lost' : 'on-disk');
    node.state = node.state.reopened({ power });
    node.trail = node.trail.reopened({ power });
  }

  /** Starts a node that does not run on what its stores hold. */
  async restart(node: VirtualNode): Promise<void> {
    const identity: Identity = {
      replica: node.id,
      cluster: 'c'.repeat(16),
      company: node.company,
      peerCompanies: this.founders.map((member) => member.company),
      founders: this.founders,
    };
    const plain: Transport = this.network.transport(node.id);
    const transport: Transport = {
      send: (batch) => {
        this.tap(batch);
        const delayMs = this.delayMs(batch);
        if (delayMs === 0) return plain.send(batch);
        this.later(delayMs, () => plain.send(batch));
        return true;
      },
      receive: (handler) => plain.receive(handler),
      onGone: (handler) => {
        node.learnsGone = handler;
        plain.onGone(handler);
      },
    };
    const replica = await openReplica({
      identity,
      timing: {
        tickMs: TICK_MS,
        heartbeatMs: 100,
        electionMs: 1_000,
        clockSkewMs: 2_000,
        retryMax: 5,
        retryBaseMs: 50,
        retryCapMs: 2_000,
        ...(this.options.leaseReads === undefined ? {} : { leaseReads: this.options.leaseReads }),
      },
      log: node.log,
      state: node.state,
      trail: node.trail,
      transport,
      snapshots: this.network.snapshotTransport(node.id),
      trails: this.network.trailTransport(node.id),
      ...(this.options.compactEntries === undefined ? {} : { compactEntries: this.options.compactEntries }),
      codec: ledgerCodec,
      clock: {
        speed: 1,
        wallMs: () => EPOCH_MS + this.nowMs + node.skewMs,
        monotonicMs: () => node.monotonicMs(this.nowMs),
      },
      disk: { belowReserve: () => node.belowReserve },
      understands: node.understands,
      logger: {
        ...SILENT,
        info: (fields, message) => void node.logged.push({ level: 'info', fields, message }),
        warn: (fields, message) => void node.logged.push({ level: 'warn', fields, message }),
      },
      random: (bound) => this.random(bound),
      defer: (turn) => {
        const run = (): void => {
          if (node.replica !== replica) return;
          if (node.paused) this.later(1, run);
          else turn();
        };
        this.later(0, run);
      },
      after: (delayMs, run) => {
        let isOver = false;
        this.later(delayMs / node.rate, () => {
          if (!isOver && node.replica === replica) run();
        });
        return () => {
          isOver = true;
        };
      },
      fail: (error) => {
        node.failure = error;
        this.kill(node);
      },
    });
    node.replica = replica;
  }

  /** Lets the monotonic clock and the timers of a node run fast or slow from now on; its wall clock is kept right. */
  drift(node: VirtualNode, rate: number): void {
    node.runAt(rate, this.nowMs);
    if (rate !== 1) this.later(TICK_MS / rate, () => this.beatApart(node, rate));
  }

  /** Cuts both directions between a node and all others. */
  isolate(node: VirtualNode): void {
    for (const other of this.nodes) {
      if (other === node) continue;
      this.network.cut(node.id, other.id);
      this.network.cut(other.id, node.id);
    }
  }

  /** Heals every cut. */
  heal(): void {
    for (const a of this.nodes) for (const b of this.nodes) if (a !== b) this.network.heal(a.id, b.id);
  }

  /** Lets so many virtual milliseconds pass. */
  async run(durationMs: number): Promise<void> {
    const endMs = this.nowMs + durationMs;
    while (await this.step(endMs));
    this.nowMs = endMs;
  }

  /** Lets time pass until `condition` holds; fails after `limitMs` virtual milliseconds. */
  async until(condition: () => boolean, limitMs = 20_000): Promise<void> {
    const endMs = this.nowMs + limitMs;
    while (!condition()) {
      if (!(await this.step(endMs))) throw new Error(`not within ${limitMs} virtual ms`);
    }
  }

  /** Lets time pass until `promise` settles. */
  async settle<T>(promise: Promise<T>, limitMs = 20_000): Promise<T> {
    let settled = false;
    const done = (): void => {
      settled = true;
    };
    promise.then(done, done);
    await this.until(() => settled, limitMs);
    return promise;
  }

  private makeLog(node: VirtualNode): MemoryLogStore {
    const { saveMs } = this.options;
    if (saveMs === undefined) return new MemoryLogStore();
    node.saveMs = saveMs;
    return new TimedLog(node, (delayMs, run) => this.later(delayMs, run));
  }

  private async step(endMs: number): Promise<boolean> {
    let next: Task | undefined;
    for (const task of this.tasks) {
      if (!next || task.atMs < next.atMs || (task.atMs === next.atMs && task.order < next.order)) next = task;
    }
    if (!next || next.atMs > endMs) return false;
    this.tasks.splice(this.tasks.indexOf(next), 1);
    this.nowMs = next.atMs;
    next.run();
    // In-memory stores finish within a few microtasks.
    for (let k = 0; k < 12; k += 1) await null;
    return true;
  }

  private later(delayMs: number, run: () => void): void {
    this.order += 1;
    this.tasks.push({ atMs: this.nowMs + delayMs, order: this.order, run });
  }

  private beat(): void {
    for (const node of this.nodes) if (!node.paused && node.rate === 1) node.replica?.tick();
    this.later(TICK_MS, () => this.beat());
  }

  /** The beat of a node whose clock is off. */
  private beatApart(node: VirtualNode, rate: number): void {
    if (node.rate !== rate) return;
    if (!node.paused) node.replica?.tick();
    this.later(TICK_MS / rate, () => this.beatApart(node, rate));
  }

  /** A small linear congruential generator is random enough to spread election time-outs. */
  private random(bound: number): number {
    this.seed = (Math.imul(this.seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.seed / 2 ** 32) * bound);
  }
}

/** How often a disk that stalls looks whether it may go on. */
const STALL_LOOK_MS = 5;

/** A log whose saves take as long as its node's disk does. */
class TimedLog extends MemoryLogStore {
  constructor(
    private readonly node: VirtualNode,
    private readonly later: (delayMs: number, run: () => void) => void,
  ) {
    super({ completion: 'manual' });
  }

  override save(save: LogSave): Promise<void> {
    const saved = super.save(save);
    this.finishIn(this.node.saveMs);
    return saved;
  }

  private finishIn(delayMs: number): void {
    const stalls = delayMs === Number.POSITIVE_INFINITY;
    this.later(stalls ? STALL_LOOK_MS : delayMs, () => {
      if (stalls) this.finishIn(this.node.saveMs);
      else if (this.saving) this.complete();
    });
  }
}

function idOf(number: number): ReplicaId {
  return replicaId(number.toString(16).repeat(16).slice(0, 16));
}

function companyOf(index: number): string {
  return `empresa_${'abcdefghij'[index]}`;
}
