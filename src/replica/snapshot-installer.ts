/**
 * From a state that arrived to the ledger in use, in step with consensus.
 *
 * 1. Consensus decides whether it is wanted, and its save of the log's new base is the commit point: before it a crash
 *    leaves the old state; after it the staged one takes its place, here or at the next start.
 * 2. Nothing is applied from that save on until the ledger is the new one.
 * 3. The records of the audit trail that this replica has stay, and are on disk before that save.
 */
import type { RaftCore } from '../raft/raft-core.js';
import type { Save } from '../raft/ready.js';
import type { LogStore, StateStore } from './ports.js';
import type { Received } from './snapshot-receiver.js';
import type { StateWriter } from './state-writer.js';
import type { Trail } from './trail.js';

interface Arrival extends Received {
  /** Consensus was told of it. */
  offered: boolean;
  /** Consensus took it, and the save that carries it is under way. */
  installing: boolean;
  readonly settle: (error?: Error) => void;
}

export interface SnapshotInstallerOptions {
  readonly core: RaftCore;
  readonly log: LogStore;
  readonly state: StateStore;
  readonly writer: StateWriter;
  readonly trail: Pick<Trail, 'sync'>;
  /** A turn is needed. */
  readonly wake: () => void;
  /** A write failed: the process must end (R4). */
  readonly fail: (error: unknown) => void;
}

export class SnapshotInstaller {
  private arrival: Arrival | null = null;

  constructor(private readonly options: SnapshotInstallerOptions) {}

  /** Whether a state waits for consensus, or is being installed. */
  get busy(): boolean {
    return this.arrival !== null;
  }

  /** Takes a staged state; one at a time. Resolves when it is installed, or dropped because it was not wanted. */
  arrived(received: Received): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (error?: Error): void => (error === undefined ? resolve() : reject(error));
      this.arrival = { ...received, offered: false, installing: false, settle };
      this.options.wake();
    });
  }

  /**
   * Tells consensus of the state, at the start of a turn with no save outstanding. Only when the log on disk shows all
   * that consensus knows: it then keeps its entries behind the snapshot exactly if consensus does (C22), and the
   * very next save tells whether the snapshot is wanted.
   */
  offer(): void {
    const { arrival } = this;
    const { core } = this.options;
    if (arrival === null || arrival.offered || core.hasReady({ maySave: true })) return;
    arrival.offered = true;
    const { from, to, term, meta } = arrival.header;
    const snapshot = { index: meta.appliedIndex, term: meta.appliedTerm, config: meta.config };
    core.step({ kind: 'snapshot', from, to, term, snapshot });
  }

  /** At the end of a turn: what was offered and is in no save is of an old term, or the log reached so far itself. */
  dropUnwanted(): void {
    const { arrival } = this;
    if (arrival === null || !arrival.offered || arrival.installing) return;
    this.arrival = null;
    this.options.state.dropStaged().then(
      () => arrival.settle(),
      (error: Error) => {
        this.options.fail(error);
        arrival.settle(error);
      },
    );
  }

  /** Carries out a save with a snapshot. */
  async install(save: Save): Promise<void> {
    const { arrival } = this;
    const { log, state, writer, trail } = this.options;
    if (arrival === null || arrival.header.meta.appliedIndex !== save.snapshot?.index) {
      throw new Error(`assertion: no state is here for the snapshot at ${save.snapshot?.index}`);
    }
    arrival.installing = true;
    // The log lets go of what it has: the records of that are nowhere else, for no state carries any.
    await writer.flushed();
    await trail.sync();
    await log.save(save);
    await state.adoptStaged();
  }

  /** The save succeeded: the state that is in use from now on. */
  installed(): Received {
    const { arrival } = this;
    if (arrival === null) throw new Error('assertion: no snapshot was being installed');
    this.arrival = null;
    this.options.writer.restartedAt(arrival.header.meta.appliedIndex);
    arrival.settle();
    return arrival;
  }

  /** The replica ends: whoever waits is told. */
  close(): void {
    this.arrival?.settle(new Error('this replica is shutting down'));
  }
}
