/** What the in-memory log adds for simulation: saves that wait, and power losses. */
import { describe, expect, it } from 'vitest';
import { MemoryLogStore } from '../../src/storage/memory-log-store.js';
import { commands, contentOf, inTerm, saveOf } from '../contracts/log-store.js';

describe('MemoryLogStore with manual completion', () => {
  it('makes a save when it is told to', async () => {
    const log = new MemoryLogStore({ completion: 'manual' });
    let saved = false;
    const saving = log.save(saveOf({ hardState: inTerm(1), entries: commands(1, 2, 1) })).then(() => {
      saved = true;
    });
    await new Promise(setImmediate);
    expect([saved, log.saving, log.lastIndex()]).toEqual([false, true, 0]);
    log.complete();
    await saving;
    expect([saved, log.saving, log.lastIndex()]).toEqual([true, false, 2]);
    expect(() => log.complete()).toThrow('bug: no save to complete');
  });

  it.each(['lost', 'on-disk'] as const)('crashes with the outstanding save %s, whole', async (outcome) => {
    const log = new MemoryLogStore({ completion: 'manual' });
    const first = log.save(saveOf({ hardState: inTerm(1), entries: commands(1, 4, 1) }));
    log.complete();
    await first;
    let settled = false;
    const settle = (): void => {
      settled = true;
    };
    log.save(saveOf({ hardState: inTerm(2), entries: commands(3, 3, 2) })).then(settle, settle);
    log.crash(outcome);
    const expected = outcome === 'lost' ? commands(1, 4, 1) : [...commands(1, 2, 1), ...commands(3, 3, 2)];
    expect(contentOf(log)).toMatchObject({
      hardState: inTerm(outcome === 'lost' ? 1 : 2),
      entries: expected,
    });
    await new Promise(setImmediate);
    expect([settled, log.saving]).toEqual([false, false]);
  });
});

describe('MemoryLogStore with immediate completion', () => {
  it('forgets at a crash what was saved unsynced', async () => {
    const log = new MemoryLogStore();
    await log.save(saveOf({ hardState: inTerm(1), entries: commands(1, 4, 1) }));
    await log.save(saveOf({ hardState: inTerm(1, 4), mustSync: false }));
    expect(log.hardState().commit).toBe(4);
    log.crash();
    expect(log.hardState()).toEqual(inTerm(1));
    expect(log.lastIndex()).toBe(4);
  });

  it('loses a save that a crash overtakes', async () => {
    const log = new MemoryLogStore();
    void log.save(saveOf({ hardState: inTerm(1), entries: commands(1, 1, 1) }));
    log.crash();
    await new Promise(setImmediate);
    expect(log.lastIndex()).toBe(0);
    await log.save(saveOf({ hardState: inTerm(1), entries: commands(1, 2, 1) }));
    expect(log.lastIndex()).toBe(2);
  });
});
