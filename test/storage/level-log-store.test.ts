/** What the log on LevelDB does beyond the contract: memory, leftovers, closing. */
import { join } from 'node:path';
import { Level } from 'level';
import { describe, expect, it } from 'vitest';
import { entryBytes } from '../../src/raft/entry-size.js';
import { RecentEntries } from '../../src/storage/recent-entries.js';
import { command, commands, contentOf, inTerm, saveOf, snapshotAt } from '../contracts/log-store.js';
import { freshDirectory, openLog } from './fixture.js';

async function keysOf(directory: string): Promise<string[]> {
  const db = new Level<string, Buffer>(join(directory, 'log'), { keyEncoding: 'hex' });
  const keys = await db.keys().all();
  await db.close();
  return keys;
}

const key = (index: number): string => `65${index.toString(16).padStart(16, '0')}`;

describe('LevelLogStore', () => {
  it('holds thousands of entries, over a compaction and a restart', async () => {
    const directory = await freshDirectory();
    const log = await openLog(directory);
    await log.save(saveOf({ hardState: inTerm(1), entries: commands(1, 3_000, 1) }));
    await log.save(saveOf({ hardState: inTerm(2), entries: commands(3_001, 5_000, 2) }));
    await log.save(saveOf({ snapshot: snapshotAt(2_500, 1) }));
    const expected = [...commands(2_501, 3_000, 1), ...commands(3_001, 5_000, 2)];
    expect(contentOf(log)).toMatchObject({ first: 2_501, last: 5_000, entries: expected });
    await log.close();
    const reopened = await openLog(directory);
    expect(contentOf(reopened)).toMatchObject({ first: 2_501, last: 5_000, entries: expected });
    await reopened.close();
  });

  it('leaves nothing on disk below its base and above its end', async () => {
    const directory = await freshDirectory();
    const log = await openLog(directory);
    await log.save(saveOf({ hardState: inTerm(1), entries: commands(1, 9, 1) }));
    await log.save(saveOf({ hardState: inTerm(2), entries: commands(6, 7, 2) }));
    await log.save(saveOf({ snapshot: snapshotAt(4, 1) }));
    await log.close();
    expect(await keysOf(directory)).toEqual(['62', key(5), key(6), key(7), '68']);
  });

  it('does not look at entries below the base that a crash left behind, and clears them with the next one', async () => {
    const directory = await freshDirectory();
    const log = await openLog(directory);
    await log.save(saveOf({ hardState: inTerm(1), entries: commands(1, 9, 1) }));
    await log.save(saveOf({ snapshot: snapshotAt(4, 1) }));
    await log.close();
    const db = new Level<string, Buffer>(join(directory, 'log'), {
      keyEncoding: 'hex',
      valueEncoding: 'buffer',
    });
    await db.put(key(2), Buffer.from('left behind'));
    await db.close();
    const reopened = await openLog(directory);
    expect(reopened.firstIndex()).toBe(5);
    await reopened.save(saveOf({ snapshot: snapshotAt(6, 1) }));
    await reopened.close();
    expect(await keysOf(directory)).toEqual(['62', key(7), key(8), key(9), '68']);
  });

  it('waits at its close for the save in flight, and can be closed twice', async () => {
    const directory = await freshDirectory();
    const log = await openLog(directory);
    const saving = log.save(saveOf({ hardState: inTerm(1), entries: commands(1, 3, 1) }));
    await Promise.all([log.close(), saving]);
    await log.close();
    const reopened = await openLog(directory);
    expect(reopened.lastIndex()).toBe(3);
    await reopened.close();
  });
});

describe('the recent entries', () => {
  const ten = entryBytes(command(1, 1)) * 10;

  it('are the newest that fit', () => {
    const recent = new RecentEntries(ten);
    for (const entry of commands(1, 9, 1)) recent.push(entry);
    expect(recent.at(1)).toEqual(command(1, 1));
    for (let index = 10; index < 60; index += 1) recent.push(command(index, 1, `${index % 10}.1`));
    const held = Array.from({ length: 60 }, (_, index) => index).filter(
      (index) => recent.at(index) !== undefined,
    );
    expect(held).toEqual([50, 51, 52, 53, 54, 55, 56, 57, 58, 59]);
    expect(recent.at(55)?.index).toBe(55);
  });

  it('follow a log that is truncated, and give the room back', () => {
    const recent = new RecentEntries(ten);
    for (const entry of commands(1, 9, 1)) recent.push(entry);
    recent.truncateFrom(4);
    expect([recent.at(3)?.index, recent.at(4)]).toEqual([3, undefined]);
    for (const entry of commands(4, 9, 2)) recent.push(entry);
    expect([recent.at(1)?.index, recent.at(4)?.term, recent.at(9)?.term]).toEqual([1, 2, 2]);
    recent.truncateFrom(0);
    expect(recent.at(1)).toBeUndefined();
    recent.push(command(7, 3));
    expect(recent.at(7)).toEqual(command(7, 3));
  });

  it('have no gaps', () => {
    const recent = new RecentEntries(ten);
    recent.push(command(1, 1));
    expect(() => recent.push(command(3, 1))).toThrow('bug: entry 3 remembered after 1');
  });

  it('are none when there is no room', () => {
    const recent = new RecentEntries(0);
    recent.push(command(1, 1));
    expect(recent.at(1)).toBeUndefined();
  });
});
