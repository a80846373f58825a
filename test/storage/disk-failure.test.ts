/** Disks that fill up or fail, and disks that are asked too rarely (D1, D2, D7). Some need root or strace. */
import { execFileSync } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { encodeEntry } from '../../src/codec/raft-entry-codec.js';
import { StoreFailed } from '../../src/storage/errors.js';
import { command, inTerm, saveOf } from '../contracts/log-store.js';
import { freshDirectory, freshPath, openDirectory, openLog } from './fixture.js';
import { traced, translate, whyNoTrace } from './traced-process.js';

function skipBecause(context: TestContext, why: string | null): void {
  if (why === null) return;
  console.warn(`skipped: ${context.task.name}: ${why}`);
  context.skip(why);
}

describe('a disk that fills up (D1)', () => {
  let mounted: string | null = null;

  /** Mounts a file system of a few megabytes; null, or why it cannot be. */
  async function mountSmall(path: string): Promise<string | null> {
    await mkdir(path);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', path], { stdio: 'pipe' });
      mounted = path;
      return null;
    } catch (error) {
      return `cannot mount a small tmpfs: ${error instanceof Error ? error.message.trim() : error}`;
    }
  }

  afterAll(() => {
    if (mounted !== null) execFileSync('umount', ['--lazy', mounted]);
  });

  it('ends the store at its first failed save; all that was acknowledged is there after a restart', async (context) => {
    const disk = await freshPath();
    skipBecause(context, await mountSmall(disk));
    const directory = join(disk, 'replica');
    await openDirectory(directory);
    const ballast = join(disk, 'ballast');
    await writeFile(ballast, Buffer.alloc(7 << 19));

    const log = await openLog(directory);
    await log.save(saveOf({ hardState: inTerm(1) }));
    const entry = (index: number) => command(index, 1, 'x'.repeat(10_007));
    let failure: unknown = null;
    while (failure === null) {
      failure = await log.save(saveOf({ entries: [entry(log.lastIndex() + 1)] })).then(
        () => null,
        (error: unknown) => error,
      );
    }
    expect(failure).toBeInstanceOf(StoreFailed);
    expect((failure as StoreFailed).message).toContain('No space left on device');
    const acknowledged = log.lastIndex();
    expect(acknowledged).toBeGreaterThan(50);

    // Room again, also for what LevelDB copies at open. It would take these, acknowledge them, and lose them.
    await rm(ballast);
    for (let i = 1; i <= 50; i += 1) {
      await expect(log.save(saveOf({ entries: [entry(acknowledged + 1)] }))).rejects.toBe(failure);
    }
    await log.close();

    const reopened = await openLog(directory);
    expect(reopened.lastIndex()).toBeGreaterThanOrEqual(acknowledged);
    const entries = reopened.entries(1, acknowledged + 1, Number.POSITIVE_INFINITY);
    // Bytes compared as bytes: number by number this would take seconds.
    expect(
      entries.every((each) => Buffer.compare(encodeEntry(each), encodeEntry(entry(each.index))) === 0),
    ).toBe(true);
    expect(entries).toHaveLength(acknowledged);
    await reopened.close();
  });
});

describe('a process under strace', () => {
  let program: Awaited<ReturnType<typeof translate>> | null = null;
  let why: string | null = null;

  beforeAll(async () => {
    why = await whyNoTrace();
    if (why === null) program = await translate('save-loop.ts');
  });
  afterAll(async () => {
    await program?.remove();
  });

  for (const when of ['30', '31', '40+']) {
    it(`acknowledges nothing after its fdatasync number ${when} failed (D2)`, async (context) => {
      skipBecause(context, why);
      const directory = await freshDirectory();
      const options = ['-e', 'trace=fdatasync', '-e', `inject=fdatasync:error=EIO:when=${when}`];
      const { output, trace } = await traced(options, program!.path, [directory, 'vote=1', 'sync=100']);
      expect(trace.some((line) => line.includes('EIO (Input/output error) (INJECTED)'))).toBe(true);
      const firstFailure = output.indexOf('failed sync');
      expect(firstFailure).toBeGreaterThan(0);
      expect(new Set(output.slice(firstFailure))).toEqual(new Set(['failed sync']));
      expect(output).toHaveLength(101);

      // The outcome of the save that failed is unknown; those before it are there.
      const log = await openLog(directory);
      const acknowledged = firstFailure - 1;
      expect([acknowledged, acknowledged + 1]).toContain(log.lastIndex());
      await log.close();
    });
  }

  it('leaves the log alone when the mark cannot be lowered before entries are replaced', async (context) => {
    skipBecause(context, why);
    const directory = await freshDirectory();
    const log = await openLog(directory);
    await log.save(saveOf({ hardState: inTerm(1), entries: [command(1, 1), command(2, 1)] }));
    await log.close();
    const options = ['-P', join(directory, 'mark'), '-e', 'trace=fdatasync'];
    options.push('-e', 'inject=fdatasync:error=EIO');
    const { output } = await traced(options, program!.path, [directory, 'replace=2']);
    expect(output).toEqual(['failed replace', 'failed replace']);
    const reopened = await openLog(directory);
    expect(reopened.entries(1, 3, 1_000)).toEqual([command(1, 1), command(2, 1)]);
    await reopened.close();
  });

  it('syncs the log at least once for a save that promises, both copies for a vote, nothing for a commit index (D7)', async (context) => {
    skipBecause(context, why);
    const directory = await freshDirectory();
    const steps = ['vote=1', 'sync=20', 'unsynced=20', 'vote=10'];
    const options = ['-e', 'trace=fdatasync,access,faccessat,faccessat2'];
    const { output, trace } = await traced(options, program!.path, [directory, ...steps]);
    expect(output.filter((line) => line.startsWith('saved'))).toHaveLength(51);
    const syncs = (from: string, to: string, file: RegExp): number =>
      trace
        .slice(
          trace.findLastIndex((line) => line.includes(`/begin-of-${from}`)),
          trace.findLastIndex((line) => line.includes(`/begin-of-${to}`)),
        )
        .filter((line) => line.includes('fdatasync(') && file.test(line)).length;
    expect(syncs('sync', 'unsynced', /\/log\/\d+\.log>/)).toBe(20);
    expect(syncs('unsynced', 'vote', /\/log\/\d+\.log>/)).toBe(0);
    expect(syncs('vote', 'end', /\/log\/\d+\.log>/)).toBe(10);
    expect(syncs('vote', 'end', /\/mark>/)).toBeGreaterThanOrEqual(10);
  });
});
