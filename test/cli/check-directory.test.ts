import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkDirectory } from '../../src/cli/check/check-directory.js';
import { describe as describeReport } from '../../src/cli/commands/check.js';
import { SILENT } from '../../src/observe/logger.js';
import { NOBODY, replicaId } from '../../src/raft/entry.js';
import { REPAIR } from '../../src/storage/errors.js';
import { writeIdentity } from '../../src/storage/identity-file.js';
import { LevelLogStore } from '../../src/storage/level-log-store.js';
import { changePlaces, Replacement } from '../../src/storage/replacement.js';
import { openReplicaDirectory } from '../../src/storage/replica-directory.js';
import { CLUSTER, replicaOnDisk } from '../support/replica-on-disk.js';

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
    await made.establish('c'.repeat(16), [{ id: voters[0]!, company: 'empresa_a', address: '' }]);
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

  describe('of a replica of a mesh', () => {
    it('tells what it holds, so that the best of several can be chosen', async () => {
      const { path, id, config, ledger } = await replicaOnDisk(join(root, 'other'), {
        base: 20,
        stateAt: 50,
      });
      expect(await checkDirectory(path)).toEqual({
        trail: { records: 0, firstIndex: 0, lastIndex: 0, gaps: [] },
        ...{ directory: path, company: 'empresa_a', replica: id, cluster: CLUSTER, config },
        ...{ term: 2, votedFor: id, baseIndex: 20, lastIndex: 60, lastTerm: 2, markIndex: 60 },
        // It is known to be applied up to there.
        ...{ commitIndex: 50, stateIndex: 50, digest: expect.stringMatching(/^[0-9a-f]{32}$/) },
        ledgerTimeMs: ledger.meta().nowMs - 10_000,
        ...{ openReservations: 35, endedReservations: 0, next: null, damaged: [], faults: [], usable: true },
      });
    });

    it('tells of a change of members at the end of its log', async () => {
      const gone = replicaId('d'.repeat(16));
      const change = {
        changes: [{ kind: 'remove', id: gone }],
        transition: 'auto',
        context: Buffer.of(),
      } as const;
      const { path, config } = await replicaOnDisk(join(root, 'other'), {
        tail: [{ kind: 'config', change }],
      });
      const report = await checkDirectory(path);
      expect(report.config.voters).toEqual(config.voters.filter((id) => id !== gone));
    });

    it('tells of what is damaged, how far the log was certainly on disk, and who is to take its place', async () => {
      const { path, id } = await replicaOnDisk(join(root, 'other'), { base: 20 });
      await rm(join(path, 'log', 'CURRENT'));
      const options = { company: 'empresa_a', random: (count: number) => Buffer.alloc(count, 5) };
      await (await Replacement.begin(path, id, `the log is damaged. ${REPAIR}`, options)).close();
      const report = await checkDirectory(path);
      expect(report).toMatchObject({ usable: false, markIndex: 60, lastIndex: 0, damaged: [] });
      expect(report.next).toEqual({ replica: '05'.repeat(8), takenIn: false, damage: 'the log is damaged.' });
      expect(report.faults).toHaveLength(2);
      expect(report.faults.join()).not.toContain('This replica must not vote again');
      expect(describeReport(report).join('\n')).toMatch(
        /is NOT sound\n[\s\S]*log {6}cannot be read\n[\s\S]*next {5}0505/,
      );
    });

    it('says nothing about stores that may be of two replicas, which change places', async () => {
      const { path, id, founders } = await replicaOnDisk(join(root, 'other'));
      const options = { company: 'empresa_a', random: (count: number) => Buffer.alloc(count, 5) };
      const replacement = await Replacement.begin(path, id, 'damaged', options);
      await replacement.takenIn({ cluster: CLUSTER, founders });
      await replacement.close();
      const steps = changePlaces(path);
      for (let step = 0; step < 6; step += 1) await steps.next();
      expect(await checkDirectory(path)).toMatchObject({
        ...{ usable: false, lastIndex: 0, damaged: [`damaged-${id}`], next: { takenIn: true } },
        faults: [expect.stringContaining('a start of the node goes on with that')],
      });
      await rm(join(path, 'next'), { recursive: true });
      expect(await checkDirectory(path)).toMatchObject({
        ...{ usable: false, lastIndex: 0, next: null },
        faults: [expect.stringContaining('the replica that was to take its place is lost')],
      });
    });

    it('does not look into what is kept of damaged ones', async () => {
      const { path } = await replicaOnDisk(join(root, 'other'));
      await mkdir(join(path, 'damaged-0505050505050505', 'log'), { recursive: true });
      const report = await checkDirectory(path);
      expect(report).toMatchObject({ usable: true, faults: [], damaged: ['damaged-0505050505050505'] });
      expect(describeReport(report).at(-1)).toBe('  kept     damaged-0505050505050505');
    });

    it('tells an empty log of a founder from one of a replica that was taken in and has caught up with nothing yet', async () => {
      const empty = join(root, 'empty');
      const made = await openReplicaDirectory(empty, {
        company: 'empresa_a',
        random: () => Buffer.alloc(8, 5),
      });
      const { replica } = made.identity;
      const founder = { id: replica, company: 'empresa_a', address: '' };
      const file = join(empty, 'identity.json');
      await writeIdentity(file, { ...made.identity, cluster: CLUSTER, founders: [founder] });
      expect((await checkDirectory(empty)).faults).toEqual([
        'the log is empty, yet this replica founded its mesh',
      ]);
      const other = { ...founder, id: replicaId('b'.repeat(16)) };
      await writeIdentity(file, { ...made.identity, cluster: CLUSTER, founders: [other] });
      expect(await checkDirectory(empty)).toMatchObject({ faults: [], usable: false });
    });
  });
});
