/** Disks that fail once, and writes that reached them in the wrong order: C5 and D2. */
import { join } from 'node:path';
import { Level } from 'level';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DamagedStore } from '../../src/storage/errors.js';
import { entryKey } from '../../src/storage/log-rows.js';
import { commands, inTerm, saveOf } from '../contracts/log-store.js';
import { freshDirectory, openLog } from './fixture.js';
import { traced, translate, whyNoTrace } from './traced-process.js';

function rowsOf(directory: string): Level<Buffer, Buffer> {
  return new Level(join(directory, 'log'), { keyEncoding: 'buffer', valueEncoding: 'buffer' });
}

describe('a log in which an entry reached the disk before its term (C5)', () => {
  it('is refused: no leader of an older term ever meets it', async () => {
    const [behind, ahead] = [await freshDirectory(), await freshDirectory()];
    for (const [directory, save] of [
      [behind, { hardState: inTerm(1) }],
      [ahead, { hardState: inTerm(5), entries: commands(1, 1, 5) }],
    ] as const) {
      const log = await openLog(directory);
      await log.save(saveOf(save));
      await log.close();
    }
    // As a disk leaves it that had the two in different writes and kept the later one alone.
    const [to, from] = [rowsOf(behind), rowsOf(ahead)];
    await to.put(entryKey(1), (await from.get(entryKey(1)))!);
    await Promise.all([to.close(), from.close()]);
    const refused = openLog(behind);
    await expect(refused).rejects.toBeInstanceOf(DamagedStore);
    await expect(refused).rejects.toMatchObject({
      index: 1,
      expected: 'term 5 or higher as the current term',
    });
  });
});

describe('a sync that fails once', () => {
  let program: Awaited<ReturnType<typeof translate>> | null = null;
  let why: string | null = null;
  beforeAll(async () => {
    why = await whyNoTrace();
    if (why === null) program = await translate('save-loop.ts');
  });
  afterAll(async () => {
    await program?.remove();
  });

  it('of the mark alone is the last: the log is not used on, though its own syncs succeed (D2)', async (context) => {
    if (why !== null) context.skip(why);
    const directory = await freshDirectory();
    const options = ['-E', 'UV_THREADPOOL_SIZE=1', '-P', join(directory, 'mark')];
    options.push('-e', 'trace=fdatasync', '-e', 'inject=fdatasync:error=EIO:when=12');
    const { output, trace } = await traced(options, program!.path, [directory, 'vote=1', 'sync=60']);
    expect(trace.filter((line) => line.includes('EIO'))).toHaveLength(1);
    const firstFailure = output.indexOf('failed sync');
    expect(firstFailure).toBeGreaterThan(0);
    expect(new Set(output.slice(firstFailure))).toEqual(new Set(['failed sync']));
    const log = await openLog(directory);
    expect([firstFailure - 1, firstFailure]).toContain(log.lastIndex());
    await log.close();
  });
});
