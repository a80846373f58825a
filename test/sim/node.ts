/**
 * One node: its disk and its clock, which outlive processes, and the process that runs on them: a real replica, opened by
 * `openReplica` on simulated ports.
 *
 * 1. What belongs to a process happens in it or not at all: nothing happens to one that ended, and to one that is
 *    paused all of it happens when it goes on, in order.
 * 2. A process ends by itself only for what its disk told it. Anything else that ends it is a defect.
 */
import { LEDGER_VERSION } from '../../src/ledger/version.js';
import { SILENT } from '../../src/observe/logger.js';
import type { ReplicaId } from '../../src/raft/entry.js';
import type { ReplicaTiming } from '../../src/replica/core-config.js';
import type { Batch, Identity, Introduction, Member } from '../../src/replica/frame.js';
import { openReplica } from '../../src/replica/open-replica.js';
import type { Codec, LogSave, SnapshotTransport, TrailTransport } from '../../src/replica/ports.js';
import type { Replica } from '../../src/replica/replica.js';
import type { SavePlan } from '../../src/storage/save-plan.js';
import type { Chance } from './chance.js';
import type { Coverage } from './coverage.js';
import { Damaged, type Disk, DiskFull } from './disk.js';
import { type LogDisk, SimLogStore } from './log-disk.js';
import type { NodeClock } from './node-clock.js';
import { type CoreBounds, type Probe, probe, tighten } from './probe.js';
import type { Process } from './process.js';
import { SimStateStore, type StateDisk } from './state-disk.js';
import type { Timeline } from './timeline.js';
import type { Trace } from './trace.js';
import { SimTrailStore, type TrailDisk } from './trail-disk.js';

export interface NodeOptions {
  readonly number: number;
  readonly identity: Identity;
  readonly timing: ReplicaTiming;
  readonly bounds: CoreBounds;
  readonly compactEntries: number;
  readonly turnDelayUs: number;
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly trace: Trace;
  readonly coverage: Coverage;
  readonly clock: NodeClock;
  readonly disk: Disk;
  readonly log: LogDisk;
  readonly state: StateDisk;
  readonly trail: TrailDisk;
  /** The newest ledger version that its first program understands. */
  readonly understands: number;
  readonly codec: Codec;
  /** What reaches the disk of a save: all of it, unless a test wants a disk that forgets. */
  readonly onDisk: (save: LogSave) => LogSave;
  readonly send: (from: SimNode, batch: Batch) => boolean;
  readonly snapshotsOf: (node: SimNode, process: Process) => SnapshotTransport;
  readonly trailsOf: (node: SimNode, process: Process) => TrailTransport;
  readonly watch: NodeWatch;
}

/** Who is told what happens in a node, at once. */
export interface NodeWatch {
  /** A process began to run. */
  onStart(node: SimNode, running: Running): void;
  onSave(node: SimNode, plan: SavePlan): void;
  /** After every turn. */
  onTurn(node: SimNode, running: Running): void;
  /** The process is gone. Who waited for an answer gets none. */
  onEnd(node: SimNode, power: boolean): void;
  /** The process ended by itself, and not for its disk. */
  onDefect(node: SimNode, error: Error): void;
  /** It knows of these members. */
  onMembers(node: SimNode, members: readonly Member[], index: number): void;
  /** What lies on its disk cannot be used any more. */
  onRefused(node: SimNode): void;
}

/** A process that runs. */
export interface Running {
  readonly replica: Replica;
  readonly probe: Probe;
}

/** How long a process takes until it serves. */
const START_US = [1_000, 200_000] as const;
/** Between two things that waited for a paused process. */
const CATCH_UP_GAP_US = 50;
/** A process that ends for its disk is started again, later from time to time. */
const RESTART_US = 200_000;
const BACK_OFFS_MAX = 5;
/** Per start of a node with an old program. */
const UPGRADED_PER_MILLION = 500_000;
/** How often a process that shuts down looks whether it may end. */
const SHUTDOWN_LOOK_US = 20_000;

export class SimNode {
  readonly number: number;
  readonly id: ReplicaId;
  readonly name: string;
  readonly company: string;
  readonly clock: NodeClock;
  readonly disk: Disk;
  readonly log: LogDisk;
  readonly state: StateDisk;
  readonly trail: TrailDisk;
  /** The newest ledger version that its program understands: it may be a later one after a start. */
  understands: number;
  /** Counts the processes that this node has had, and the times it had none. */
  process = 0;
  running: Running | null = null;
  /** What lies on its disk was found damaged, or is no more: this replica never runs again. */
  isLost = false;
  /** Processes that ended for their disk. */
  private failures = 0;
  private paused = false;
  private waiting: (() => void)[] = [];
  private handler: (batch: Batch) => void = () => {};
  private goneHandler: (peer: ReplicaId) => void = () => {};
  private members: readonly Member[] = [];
  private membersIndex = 0;

  constructor(private readonly options: NodeOptions) {
    const { number, identity, clock, disk, log, state, trail, understands } = options;
    this.number = number;
    this.id = identity.replica;
    this.company = identity.company;
    this.name = number <= 26 ? String.fromCharCode(0x60 + number) : `n${number}`;
    this.clock = clock;
    this.disk = disk;
    this.log = log;
    this.state = state;
    this.trail = trail;
    this.understands = understands;
  }

  get isUp(): boolean {
    return this.running !== null;
  }

  /** Nothing on its disk is damaged. */
  get isWhole(): boolean {
    return !this.isLost && this.log.damagedAt === null && !this.state.damaged;
  }

  get isPaused(): boolean {
    return this.paused;
  }

  /** Starts a process after `delayUs`, unless there is one then. */
  startIn(delayUs: number): void {
    const { timeline, chance } = this.options;
    const process = this.process;
    timeline.after(delayUs + chance.between(...START_US), () => {
      if (process === this.process && !this.isUp && !this.isLost) return this.start();
      return undefined;
    });
  }

  /** A batch arrived. */
  receive(batch: Batch): void {
    const { handler } = this;
    this.inProcess(() => handler(batch))();
  }

  /** It found that the process of a peer is gone, unless `isStill` says no by the time it looks. */
  learnsGone(peer: ReplicaId, isStill: () => boolean): void {
    const { goneHandler } = this;
    this.inProcess(() => {
      if (isStill()) goneHandler(peer);
    })();
  }

  /** As a member, or as one who will be. */
  member(): Member {
    return { id: this.id, company: this.company, address: `${this.name}:1` };
  }

  /** What it tells who asks. */
  introduction(): Introduction {
    const { members, membersIndex } = this;
    return { ...this.options.identity, members, membersIndex, understands: this.understands };
  }

  /** Another one told it who is a member. */
  hears(introduction: Introduction): void {
    this.inProcess(() => this.running?.replica.members.heard(introduction))();
  }

  /** Its disk is taken away for good. What was on it stays to be seen: it may have been acknowledged a moment ago. */
  lose(): void {
    this.crash({ power: true });
    this.isLost = true;
  }

  /** Ends the process as SIGKILL does, or with the power: then the disk forgets what it had not yet written. */
  crash({ power }: { readonly power: boolean }): void {
    if (!this.isUp) return;
    const { trace, timeline, watch } = this.options;
    trace.note(() => `${this.name} ${power ? 'loses its power' : 'ends'}`, 10, this.number, power ? 1 : 0);
    this.process += 1;
    this.running = null;
    this.paused = false;
    this.waiting = [];
    this.log.crash(timeline.nowUs, power);
    this.state.crash(power);
    this.trail.crash(power);
    watch.onEnd(this, power);
  }

  /** Stops the process for a while: nothing happens in it, then everything that came meanwhile. */
  pause(durationUs: number): void {
    if (!this.isUp || this.paused) return;
    const { trace, timeline } = this.options;
    trace.note(() => `${this.name} pauses for ${durationUs} us`, 11, this.number, durationUs);
    this.paused = true;
    const process = this.process;
    timeline.after(durationUs, () => {
      if (process === this.process) this.resume();
    });
  }

  resume(): void {
    if (!this.paused) return;
    this.options.trace.note(() => `${this.name} goes on`, 12, this.number);
    this.catchUp(this.process);
  }

  /** What waited happens one after the other, with turns in between; what comes meanwhile waits its turn. */
  private catchUp(process: number): void {
    if (process !== this.process) return;
    const run = this.waiting.shift();
    if (run === undefined) {
      this.paused = false;
      return;
    }
    run();
    const { timeline, chance } = this.options;
    timeline.after(chance.below(CATCH_UP_GAP_US), () => this.catchUp(process));
  }

  /** Hands leadership on, answers who waits, and ends; at once when `withinUs` are over. Calls `then` at its end. */
  shutDown(withinUs: number, then: () => void): void {
    if (this.running === null) return;
    this.options.trace.note(() => `${this.name} shuts down`, 13, this.number);
    const { replica } = this.running;
    const untilUs = this.options.timeline.nowUs + withinUs;
    replica.drain();
    const look = (): void => {
      if (!replica.isDrained() && this.options.timeline.nowUs < untilUs) {
        this.at(this.options.timeline.nowUs + SHUTDOWN_LOOK_US, look);
        return;
      }
      const end = this.inProcess(() => {
        this.crash({ power: false });
        then();
      });
      replica.close().then(end);
    };
    look();
  }

  /** Runs something in the present process at time `us`. */
  at(us: number, run: () => void): void {
    const { timeline } = this.options;
    timeline.after(us - timeline.nowUs, this.inProcess(run));
  }

  private async start(): Promise<void> {
    const { trace, coverage, clock, chance, watch, identity, timing, compactEntries, codec, disk } =
      this.options;
    if (this.log.damagedAt !== null) {
      coverage.count('damaged log refused');
      trace.note(() => `${this.name} refuses its log, which is damaged`, 14, this.number);
      this.isLost = true;
      watch.onRefused(this);
      return;
    }
    this.upgradeByChance();
    this.process += 1;
    const { process } = this;
    trace.note(() => `${this.name} starts`, 15, this.number);
    clock.restart(chance.below(1_000_000));
    const own = this.processOf(process);
    const replica = await this.open({
      identity,
      timing,
      log: this.openLog(own),
      state: new SimStateStore({ state: this.state, disk, process: own }),
      trail: new SimTrailStore({ trail: this.trail, disk, coverage, process: own }),
      trails: this.options.trailsOf(this, own),
      understands: this.understands,
      transport: {
        send: (batch) => this.options.send(this, batch),
        receive: (handler) => {
          this.handler = handler;
        },
        onGone: (handler) => {
          this.goneHandler = handler;
        },
      },
      snapshots: this.options.snapshotsOf(this, own),
      compactEntries,
      codec,
      clock,
      disk: { belowReserve: () => disk.belowReserve },
      logger: SILENT,
      random: (bound) => chance.below(bound),
      defer: (turn) => this.defer(process, turn),
      after: (delayMs, run) => this.after(process, delayMs, run),
      onMembers: (members, index) => {
        this.members = members;
        this.membersIndex = index;
        watch.onMembers(this, members, index);
      },
      fail: (error) => this.fail(process, error),
    });
    if (replica === null) return;
    tighten(replica, this.options.bounds);
    this.running = { replica, probe: probe(replica) };
    watch.onStart(this, this.running);
    this.beat();
  }

  /** Somebody may have installed a newer program meanwhile. */
  private upgradeByChance(): void {
    const { chance, coverage } = this.options;
    if (this.process === 0 || this.understands === LEDGER_VERSION || !chance.hits(UPGRADED_PER_MILLION))
      return;
    coverage.count('program upgraded');
    this.understands = LEDGER_VERSION;
  }

  /** Null when what lies on the disk is refused, and rightly: it was damaged, and the log does not reach back so far. */
  private async open(world: Parameters<typeof openReplica>[0]): Promise<Replica | null> {
    try {
      return await openReplica(world);
    } catch (error) {
      this.isLost = true;
      if (!this.state.damaged) this.options.watch.onDefect(this, error as Error);
      this.options.coverage.count('damaged state refused');
      this.options.trace.note(() => `${this.name} refuses its state, which is damaged`, 17, this.number);
      this.options.watch.onRefused(this);
      return null;
    }
  }

  private processOf(process: number): Process {
    return {
      isAlive: () => process === this.process,
      isOpening: () => process === this.process && this.running === null,
      at: (us, run) => {
        if (process === this.process) this.at(us, run);
      },
    };
  }

  private openLog(process: Process): SimLogStore {
    const { coverage, disk, onDisk, watch } = this.options;
    return new SimLogStore({
      log: this.log,
      disk,
      onDisk,
      coverage,
      process,
      onSave: (plan) => watch.onSave(this, plan),
    });
  }

  private defer(process: number, turn: () => void): void {
    // A process that ended may still have promises that wake it.
    if (process !== this.process) return;
    const { timeline, chance, turnDelayUs, watch } = this.options;
    const delayUs = turnDelayUs === 0 ? 0 : chance.below(turnDelayUs);
    this.at(timeline.nowUs + delayUs, () => {
      turn();
      if (process === this.process && this.running !== null) watch.onTurn(this, this.running);
    });
  }

  private after(process: number, delayMs: number, run: () => void): () => void {
    let isOver = process !== this.process;
    const { timeline, clock } = this.options;
    this.at(timeline.nowUs + clock.trueSpan(delayMs * 1_000), () => {
      if (!isOver) run();
    });
    return () => {
      isOver = true;
    };
  }

  private fail(process: number, error: Error): void {
    if (process !== this.process) return;
    if (!(error instanceof DiskFull || error instanceof Damaged)) {
      this.options.watch.onDefect(this, error);
      return;
    }
    this.options.trace.note(() => `${this.name}: ${error.name}`, 16, this.number);
    this.crash({ power: false });
    this.startIn(this.options.chance.below(RESTART_US * 2 ** Math.min(this.failures, BACK_OFFS_MAX)));
    this.failures += 1;
  }

  private beat(): void {
    const { timeline, timing, clock } = this.options;
    const beat = this.inProcess(() => {
      this.running?.replica.tick();
      timeline.afterQuietly(clock.trueSpan(timing.tickMs * 1_000), beat);
    });
    timeline.afterQuietly(this.options.chance.below(timing.tickMs * 1_000), beat);
  }

  private inProcess(run: () => void): () => void {
    const { process } = this;
    return () => {
      if (process !== this.process) return;
      if (this.paused) this.waiting.push(run);
      else run();
    };
  }
}
