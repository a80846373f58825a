/**
 * A whole mesh of cores in one process, without time or chance of its own: messages lie on a wire until they are delivered,
 * saves are under way until they are finished, ticks come when asked for.
 *
 * A replica's disk is its MemoryLog. Its state machine is the list of entries it applied, kept in memory: a restart begins
 * at the newest snapshot and applies again. A snapshot's content is taken from what the mesh as a whole has committed.
 */
import { EMPTY_CONFIG } from '../../../src/raft/config-changer.js';
import {
  type ConfigState,
  type Entry,
  type HardState,
  type MemberChange,
  type ReplicaId,
  replicaId,
  type SnapshotMeta,
} from '../../../src/raft/entry.js';
import type { Message } from '../../../src/raft/message.js';
import { type RaftConfig, RaftCore } from '../../../src/raft/raft-core.js';
import type { ReadState, Save } from '../../../src/raft/ready.js';
import { MemoryLog } from './memory-log.js';

export const ELECTION_TICKS = 10;

/** The id of replica `number`, counted from 1. */
export function rid(number: number): ReplicaId {
  return replicaId(number.toString(16).padStart(16, '0'));
}

/** The number of a replica id. */
export function numberOf(id: ReplicaId): number {
  return Number.parseInt(id, 16);
}

/** A configuration of voters and learners, by number. */
export function configOf(voters: readonly number[], learners: readonly number[] = []): ConfigState {
  return { ...EMPTY_CONFIG, voters: voters.map(rid), learners: learners.map(rid) };
}

/** A change of one member, by number. */
export function change(kind: MemberChange['kind'], number: number) {
  return { changes: [{ kind, id: rid(number) }], transition: 'auto', context: new Uint8Array(0) } as const;
}

/** A command entry's bytes. */
export function command(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Entries from `first` on, one for each term, with payloads that tell them apart. */
export function entriesOf(terms: readonly number[], first = 1): readonly Entry[] {
  return terms.map((term, at) => ({
    index: first + at,
    term,
    payload: { kind: 'command', data: command(`${term}/${first + at}`) },
  }));
}

/** A log that holds entries of `terms` from index 1 on. */
export function logOf(terms: readonly number[], hardState: Partial<HardState> = {}): MemoryLog {
  const log = new MemoryLog();
  const hard = { term: terms.at(-1) ?? 0, vote: '' as ReplicaId, commit: 0, ...hardState };
  log.save({ hardState: hard, entries: entriesOf(terms), snapshot: null });
  return log;
}

export interface ClusterOptions {
  readonly config: ConfigState;
  /** Replicas that run, by number; all members unless given. */
  readonly running?: readonly number[];
  /** The disk of a replica that does not begin empty. */
  readonly logs?: Readonly<Record<number, MemoryLog>>;
  readonly core?: Partial<RaftConfig>;
}

export class SimReplica {
  core: RaftCore;
  /** Handed out by the core and not finished. */
  saving: Save | null = null;
  /** Applied since the last start, oldest first. */
  applied: Entry[] = [];
  reads: ReadState[] = [];
  up = true;
  /** While set, saves begin and do not finish. */
  diskStalled = false;

  constructor(
    readonly number: number,
    readonly log: MemoryLog,
    private readonly base: ConfigState,
    private readonly settings: Partial<RaftConfig>,
  ) {
    this.core = this.boot();
  }

  /** Starts again from the disk alone. */
  restart(): void {
    this.saving = null;
    this.applied = [];
    this.reads = [];
    this.up = true;
    this.core = this.boot();
  }

  /** The commands applied since the last start. */
  commands(): readonly string[] {
    return this.applied.flatMap(({ payload }) =>
      payload.kind === 'command' ? [new TextDecoder().decode(payload.data)] : [],
    );
  }

  private boot(): RaftCore {
    const { index, config } = this.log.snapshot();
    return new RaftCore(
      {
        id: rid(this.number),
        electionTicks: ELECTION_TICKS,
        heartbeatTicks: 1,
        preVote: true,
        checkQuorum: true,
        messageBytesMax: 1_000_000,
        inflightMessagesMax: 256,
        inflightBytesMax: 1_000_000,
        uncommittedBytesMax: 1_000_000,
        committedBytesMax: 1_000_000,
        random: (bound) => (this.number - 1) % bound,
        ...this.settings,
        appliedIndex: index,
      },
      this.log,
      index === 0 ? this.base : config,
    );
  }
}

export class Cluster {
  /** Messages sent and not delivered, in the order in which they were sent. */
  wire: Message[] = [];
  /** Everything that was ever sent. */
  readonly sent: Message[] = [];
  private readonly replicas = new Map<number, SimReplica>();
  private readonly cuts = new Set<string>();
  /** What any replica has applied: the mesh's committed log. */
  private readonly committed = new Map<number, Entry>();

  constructor(private readonly options: ClusterOptions) {
    const { config, running } = options;
    const members = [...config.voters, ...config.learners, ...config.votersOutgoing].map(numberOf);
    for (const number of running ?? [...new Set(members)].sort((a, b) => a - b)) this.add(number, config);
  }

  /** Starts one more replica with an empty log, which begins, like everyone's, with the founders' configuration. */
  add(number: number, config: ConfigState = this.options.config): SimReplica {
    const log = this.options.logs?.[number] ?? new MemoryLog();
    const replica = new SimReplica(number, log, config, this.options.core ?? {});
    this.replicas.set(number, replica);
    return replica;
  }

  replica(number: number): SimReplica {
    const replica = this.replicas.get(number);
    if (replica === undefined) throw new Error(`replica ${number} does not run`);
    return replica;
  }

  core(number: number): RaftCore {
    return this.replica(number).core;
  }

  all(): readonly SimReplica[] {
    return [...this.replicas.values()];
  }

  /** Numbers of those that lead, in any term. */
  leaders(): readonly number[] {
    return this.all()
      .filter(({ up, core }) => up && core.status().role === 'leader')
      .map(({ number }) => number);
  }

  /** One turn: takes the output, sends, applies, begins a save if none is under way. */
  turn(number: number): void {
    const replica = this.replica(number);
    const { core } = replica;
    const ready = core.ready({ maySave: replica.saving === null });
    this.send(ready.messages);
    replica.reads.push(...ready.reads);
    for (const entry of ready.committed) {
      if (entry.payload.kind === 'config') core.applyConfigChange(entry.payload.change);
      replica.applied.push(entry);
      this.committed.set(entry.index, entry);
      core.applied(entry.index);
    }
    if (ready.save !== null) replica.saving = ready.save;
  }

  /** Finishes the save under way, if any: it is on disk, its promises leave, the core hears of it. */
  finishSave(number: number): void {
    const replica = this.replica(number);
    const { saving } = replica;
    if (saving === null) return;
    replica.saving = null;
    replica.log.save(saving);
    if (saving.snapshot !== null) this.install(replica, saving.snapshot);
    this.send(saving.messagesAfter);
    replica.core.saved(saving.token);
  }

  /** Takes messages that satisfy `choose` off the wire, in order. */
  take(choose: (message: Message) => boolean): readonly Message[] {
    const taken = this.wire.filter(choose);
    this.wire = this.wire.filter((message) => !choose(message));
    return taken;
  }

  /** Hands a message to whom it is for, unless that replica is down or the link is cut. */
  deliver(message: Message): void {
    const from = numberOf(message.from);
    const to = numberOf(message.to);
    const replica = this.replicas.get(to);
    if (replica?.up && !this.cuts.has(`${from}>${to}`)) replica.core.step(message);
  }

  /** Delivers everything that is on its way to `number`. */
  deliverTo(number: number): void {
    for (const message of this.take(({ to }) => to === rid(number))) this.deliver(message);
  }

  /** Lets everything run until nothing moves. Only messages that satisfy `pass` arrive; others are lost. */
  settle(pass: (message: Message) => boolean = () => true): void {
    for (let round = 0; ; round++) {
      if (round > 10_000) throw new Error('the mesh does not come to rest');
      let moved = false;
      for (const { number, up, core, saving, diskStalled } of this.all()) {
        if (!up) continue;
        if (core.hasReady({ maySave: saving === null })) {
          this.turn(number);
          moved = true;
        }
        if (this.replica(number).saving !== null && !diskStalled) {
          this.finishSave(number);
          moved = true;
        }
      }
      for (const message of this.take(() => true)) {
        moved = true;
        if (pass(message)) this.deliver(message);
      }
      if (!moved) return;
    }
  }

  /** Ticks a replica, or all that are up, one by one, and lets everything run after each tick. */
  tick(times: number, ...numbers: readonly number[]): void {
    for (let count = 0; count < times; count++) {
      for (const { number, up, core } of this.all()) {
        if (up && (numbers.length === 0 || numbers.includes(number))) core.tick();
      }
      this.settle();
    }
  }

  /** Makes `number` campaign, past any lease, until it leads. */
  elect(number: number): void {
    for (const { core } of this.all()) core.forgetLeader();
    this.core(number).campaign();
    this.settle();
    if (this.core(number).status().role !== 'leader') throw new Error(`replica ${number} was not elected`);
  }

  /** Proposes one command and lets everything run. */
  propose(number: number, text: string): void {
    const result = this.core(number).propose([command(text)]);
    if (result.kind !== 'appended') throw new Error(`not appended: ${result.reason}`);
    this.settle();
  }

  /** Cuts all links between `numbers` and everyone else. */
  isolate(...numbers: readonly number[]): void {
    for (const { number } of this.all()) {
      if (numbers.includes(number)) continue;
      for (const one of numbers) {
        this.cuts.add(`${one}>${number}`);
        this.cuts.add(`${number}>${one}`);
      }
    }
  }

  heal(): void {
    this.cuts.clear();
  }

  /** Stops a replica; what it had not saved is lost. */
  crash(number: number): void {
    const replica = this.replica(number);
    replica.up = false;
    replica.saving = null;
  }

  /** Starts a replica again from its disk: its state machine is the newest snapshot. */
  restart(number: number): void {
    const replica = this.replica(number);
    replica.restart();
    this.install(replica, replica.log.snapshot());
  }

  /** Makes a snapshot of all that the replica has applied, and drops the log up to there. */
  compact(number: number): SnapshotMeta {
    const { core, log } = this.replica(number);
    const { appliedIndex, config } = core.status();
    const snapshot = { index: appliedIndex, term: log.term(appliedIndex)!, config };
    log.offer(snapshot);
    log.compact(appliedIndex);
    return snapshot;
  }

  private install(replica: SimReplica, snapshot: SnapshotMeta): void {
    replica.applied = [];
    for (let index = 1; index <= snapshot.index; index++) {
      const entry = this.committed.get(index);
      if (entry !== undefined) replica.applied.push(entry);
    }
  }

  private send(messages: readonly Message[]): void {
    this.wire.push(...messages);
    this.sent.push(...messages);
  }
}
