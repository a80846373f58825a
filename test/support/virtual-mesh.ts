/**
 * A whole mesh in one process on virtual time: real replicas, ledgers and cores, in-memory stores and network.
 * Nothing happens unless the test lets time pass; the same calls give the same run.
 */
import { ledgerCodec } from '../../src/codec/ledger-codec.js';
import { SILENT } from '../../src/observe/logger.js';
import { NOBODY, type ReplicaId, replicaId } from '../../src/raft/entry.js';
import { foundingVoters } from '../../src/replica/bootstrap.js';
import type { Batch, Identity, Member } from '../../src/replica/frame.js';
import { openReplica } from '../../src/replica/open-replica.js';
import type { Transport } from '../../src/replica/ports.js';
import type { Replica } from '../../src/replica/replica.js';
import { MemoryLogStore } from '../../src/storage/memory-log-store.js';
import { MemoryStateStore } from '../../src/storage/memory-state-store.js';
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
  /** So many nodes, the last ones, are learners and do not run at first. */
  readonly absentLearners?: number;
}

/** One node: its stores survive a crash, its replica does not. */
export class VirtualNode {
  replica: Replica | null = null;
  log = new MemoryLogStore();
  state = new MemoryStateStore();
  /** How far this node's wall clock is off. */
  skewMs = 0;
  belowReserve = false;
  /** Its process is stopped (SIGSTOP): what arrives waits, and no turn runs until this is false again. */
  paused = false;
  failure: Error | null = null;
  constructor(
    readonly id: ReplicaId,
    readonly company: string,
  ) {}

  /** The replica, which must run. */
  get running(): Replica {
    if (!this.replica) throw new Error(`${this.company} does not run`);
    return this.replica;
  }
}

export class VirtualMesh {
  nowMs = 0;
  readonly nodes: readonly VirtualNode[];
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
    this.nodes = Array.from(
      { length: size },
      (_, k) =>
        new VirtualNode(replicaId((k + 1).toString(16).repeat(16).slice(0, 16)), `empresa_${'abcdefg'[k]}`),
    );
    this.founders = this.nodes.map(({ id, company }) => ({ id, company }));
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

  /** Gives a node the disk that it was founded with, and nothing else on it; a test may hand in its own. */
  async found(
    node: VirtualNode,
    { log = new MemoryLogStore(), state = new MemoryStateStore() } = {},
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
    await node.log.save({
      hardState: { term: 1, vote: NOBODY, commit: 1 },
      entries: [],
      snapshot: { index: 1, term: 1, config },
      mustSync: true,
    });
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
    this.network.remove(node.id);
    // A process that is gone completes no save.
    node.log.crash(power ? 'lost' : 'on-disk');
    node.state = node.state.reopened({ power });
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
      },
      log: node.log,
      state: node.state,
      transport,
      snapshots: this.network.snapshotTransport(node.id),
      ...(this.options.compactEntries === undefined ? {} : { compactEntries: this.options.compactEntries }),
      codec: ledgerCodec,
      clock: {
        speed: 1,
        wallMs: () => EPOCH_MS + this.nowMs + node.skewMs,
        monotonicMs: () => this.nowMs,
      },
      disk: { belowReserve: () => node.belowReserve },
      logger: SILENT,
      random: (bound) => this.random(bound),
      defer: (turn) => {
        const run = (): void => {
          if (node.replica !== replica) return;
          if (node.paused) this.later(1, run);
          else turn();
        };
        this.later(0, run);
      },
      fail: (error) => {
        node.failure = error;
        this.kill(node);
      },
    });
    node.replica = replica;
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
    for (const node of this.nodes) if (!node.paused) node.replica?.tick();
    this.later(TICK_MS, () => this.beat());
  }

  /** A small linear congruential generator is random enough to spread election time-outs. */
  private random(bound: number): number {
    this.seed = (Math.imul(this.seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.seed / 2 ** 32) * bound);
  }
}
