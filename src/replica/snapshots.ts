/**
 * All that a replica does with whole states: sends them, takes them, installs them, and compacts the log that they
 * stand for. The replica calls it at the same places of every turn; nothing here runs a turn of its own.
 */
import type { SnapshotOffer } from '../raft/message.js';
import type { RaftCore } from '../raft/raft-core.js';
import type { Save } from '../raft/ready.js';
import { COMPACT_ENTRIES, type CompactionSave, Compactor } from './compactor.js';
import type { ConfigHistory } from './config-history.js';
import { type ReplicaOptions, understoodBy } from './replica-options.js';
import { SnapshotInstaller } from './snapshot-installer.js';
import { type Received, SnapshotReceiver } from './snapshot-receiver.js';
import { SnapshotSender } from './snapshot-sender.js';
import type { StateWriter } from './state-writer.js';
import type { Trail } from './trail.js';

export interface SnapshotsOptions {
  readonly world: ReplicaOptions;
  readonly core: RaftCore;
  readonly writer: StateWriter;
  readonly trail: Pick<Trail, 'sync'>;
  readonly configs: ConfigHistory;
  /** Real milliseconds, monotonic. */
  readonly realMs: () => number;
  /** A turn is needed. */
  readonly wake: () => void;
  /** The process must end (R4). */
  readonly fail: (error: unknown) => void;
}

export class Snapshots {
  private readonly core: RaftCore;
  private readonly sender: SnapshotSender;
  private readonly receiver: SnapshotReceiver;
  private readonly installer: SnapshotInstaller;
  private readonly compactor: Compactor;

  constructor({ world, core, writer, trail, configs, realMs, wake, fail }: SnapshotsOptions) {
    const { log, state, logger, snapshots: transport, timing } = world;
    this.core = core;
    const retryPauseMs = timing.electionMs;
    const { random } = world;
    this.sender = new SnapshotSender({
      ...{ state, transport, logger, realMs, random, retryPauseMs, wake, fail },
    });
    this.installer = new SnapshotInstaller({ core, log, state, writer, trail, wake, fail });
    this.receiver = new SnapshotReceiver({
      ...{ state, logger, realMs, fail, understands: understoodBy(world) },
      position: () => core.status(),
      install: (received) => this.installer.arrived(received),
    });
    const compactEntries = world.compactEntries ?? COMPACT_ENTRIES;
    const { sender } = this;
    this.compactor = new Compactor({
      ...{ core, log, state, writer, trail, configs, sender, compactEntries, wake, fail },
    });
    transport.receive(this.receiver);
  }

  /** Once a tick. */
  tick(): void {
    this.sender.tick();
    this.receiver.tick();
    this.compactor.check();
  }

  /** Before anything else of a turn; `saving`: a save is outstanding. */
  turnBegins(saving: boolean): void {
    if (!saving) this.installer.offer();
    this.sender.report((peer, delivered) => this.core.reportSnapshot(peer, delivered));
  }

  /** The save of a compaction that is due. The caller carries it out, with no other save outstanding. */
  takeCompaction(): CompactionSave | null {
    // Not while the log is to begin anew.
    return this.installer.busy ? null : this.compactor.takeSave();
  }

  /** The save of a compaction is done. */
  compacted(save: CompactionSave): void {
    this.compactor.moved(save.snapshot.index);
  }

  /** After all of a turn's output was handed out. */
  turnEnds(): void {
    this.installer.dropUnwanted();
  }

  /** Answers an offer of consensus with the state itself. */
  send(offer: SnapshotOffer): void {
    this.sender.offer(offer);
  }

  /** This replica leads no more, or another term: what it offered is void. */
  leadershipChanged(): void {
    this.sender.stop();
  }

  /** Carries out a save with a snapshot; `installed` then tells the state that is in use. */
  install(save: Save): Promise<void> {
    return this.installer.install(save);
  }

  installed(): Received {
    return this.installer.installed();
  }

  /** Resolves when nothing of the state is in use here any more. */
  async close(): Promise<void> {
    this.installer.close();
    await Promise.all([this.sender.close(), this.receiver.close()]);
  }
}
