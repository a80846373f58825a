import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkDirectory } from '../../src/cli/check/check-directory.js';
import { SILENT } from '../../src/observe/logger.js';
import { NOBODY, replicaId } from '../../src/raft/entry.js';
import { LevelLogStore } from '../../src/storage/level-log-store.js';
import { openReplicaDirectory } from '../../src/storage/replica-directory.js';

describe('malha check', () => {
  let root: string;
  let directory: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'malha-check-test-'));
    directory = join(root, 'replica');
    const made = await openReplicaDirectory(directory, {
      company: 'empresa_a',
      random: (count) => new Uint8Array(count).fill(7),
    });
    const log = await LevelLogStore.open(directory, { logger: SILENT });
    const voters = [replicaId(made.identity.replica)];
    const config = { voters, learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false };
    await log.save({
      hardState: { term: 1, vote: NOBODY, commit: 1 },
      entries: [],
      snapshot: { index: 1, term: 1, config },
      mustSync: true,
    });
    const entries = Array.from({ length: 100 }, (_, k) => ({
      index: k + 2,
      term: 2,
      payload: { kind: 'command' as const, data: Buffer.alloc(100, k) },
    }));
    const hardState = { term: 2, vote: voters[0]!, commit: 1 };
    await log.save({ hardState, entries, snapshot: null, mustSync: true });
    await log.close();
    await made.establish('c'.repeat(16), [{ id: voters[0]!, company: 'empresa_a' }]);
  });

  afterEach(async () => {
    await rm(root, { recursive: true, force: true });
  });

  /** The file of the log database with the newest entries. */
  async function writeAheadLog(): Promise<string> {
    const names = (await readdir(join(directory, 'log'))).filter((name) => name.endsWith('.log')).sort();
    return join(directory, 'log', names.at(-1)!);
  }

  it('finds a sound directory sound, and says what it holds', async () => {
    expect(await checkDirectory(directory)).toMatchObject({
      faults: [],
      company: 'empresa_a',
      cluster: 'c'.repeat(16),
      term: 2,
      baseIndex: 1,
      lastIndex: 101,
      stateIndex: 0,
    });
  });

  it('finds a flipped bit, as often as it is asked: the directory itself is not touched', async () => {
    const file = await writeAheadLog();
    const bytes = await readFile(file);
    bytes[Math.floor(bytes.length / 2)]! ^= 1;
    await writeFile(file, bytes);
    for (let k = 0; k < 2; k += 1) {
      const { faults } = await checkDirectory(directory);
      expect(faults.join()).toContain('is damaged');
      expect(await readFile(await writeAheadLog())).toEqual(bytes);
    }
  });

  it('finds a damaged identity, and still says what the log holds', async () => {
    const file = join(directory, 'identity.json');
    await writeFile(file, (await readFile(file, 'utf8')).replace('empresa_a', 'empresa_x'));
    const report = await checkDirectory(directory);
    expect(report).toMatchObject({ company: '', lastIndex: 101 });
    expect(report.faults.join()).toContain('identity.json');
  });

  it('says nothing about a directory that is in use', async () => {
    const log = await LevelLogStore.open(directory, { logger: SILENT });
    await expect(checkDirectory(directory)).rejects.toThrow('in use');
    await log.close();
  });

  it('rejects a directory without a replica', async () => {
    await expect(checkDirectory(root)).rejects.toThrow('identity.json');
    await expect(checkDirectory(join(root, 'nowhere'))).rejects.toThrow('ENOENT');
  });
});
