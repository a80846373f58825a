/**
 * In-memory stores that tell of every step by which a snapshot is installed, before and after it takes effect, so
 * that a test can hold it up or let the process die there.
 */
import type { LogSave, StateMeta, StateRow, StateStage } from '../../src/replica/ports.js';
import { MemoryLogStore } from '../../src/storage/memory-log-store.js';
import { MemoryStateStore } from '../../src/storage/memory-state-store.js';

/** Waited for before the step `name` goes on; one that never resolves ends it there. */
export type AtStep = (name: string) => Promise<void>;

export class SteppedLog extends MemoryLogStore {
  constructor(private readonly atStep: AtStep) {
    super();
  }

  override async save(save: LogSave): Promise<void> {
    // The founding is a base, too.
    const watched = save.snapshot !== null && save.snapshot.index > 1;
    if (watched) await this.atStep('before the log is saved');
    await super.save(save);
    if (watched) await this.atStep('after the log was saved');
  }
}

export class SteppedState extends MemoryStateStore {
  constructor(private readonly atStep: AtStep) {
    super();
  }

  override async stage(): Promise<StateStage> {
    await this.atStep('before the stage begins');
    const stage = await super.stage();
    const { atStep } = this;
    return {
      async write(rows: readonly StateRow[]) {
        await atStep('before rows are staged');
        await stage.write(rows);
      },
      async seal(meta: StateMeta) {
        await atStep('before the stage is sealed');
        await stage.seal(meta);
        await atStep('after the stage was sealed');
      },
      discard: () => stage.discard(),
    };
  }

  override async adoptStaged(): Promise<void> {
    await this.atStep('before the state is replaced');
    await super.adoptStaged();
    await this.atStep('after the state was replaced');
  }
}
