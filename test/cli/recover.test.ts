/** `malha recover` on real directories: the survivor of a lost majority begins a mesh of its own, whatever crash comes. */
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkDirectory } from '../../src/cli/check/check-directory.js';
import { onlyVoter, recover } from '../../src/cli/recover/recover-directory.js';
import { carryOut } from '../../src/cli/recover/rehearse.js';
import { SILENT } from '../../src/observe/logger.js';
import { NOBODY, replicaId } from '../../src/raft/entry.js';
import { openLedger } from '../../src/replica/open-replica.js';
import { readIdentity, type StoredIdentity } from '../../src/storage/identity-file.js';
import { LevelLogStore } from '../../src/storage/level-log-store.js';
import { LevelStateStore } from '../../src/storage/level-state-store.js';
import { Replacement } from '../../src/storage/replacement.js';
import { openReplicaDirectory } from '../../src/storage/replica-directory.js';
import { CLUSTER, type OnDisk, type OnDiskOptions, replicaOnDisk } from '../support/replica-on-disk.js';
import { malha } from './malha-process.js';

const NEW_CLUSTER = 'e'.repeat(16);
const roots: string[] = [];
afterAll(async () => {
  await Promise.all(roots.map((root) => rm(root, { recursive: true, force: true })));
});

async function freshPath(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'malha-recover-test-'));
  roots.push(root);
  return join(root, 'replica');
}

async function survivor(options: OnDiskOptions = {}): Promise<OnDisk> {
  return replicaOnDisk(await freshPath(), options);
}

async function copyOf({ path }: OnDisk): Promise<string> {
  const copy = await freshPath();
  await cp(path, copy, { recursive: true });
  return copy;
}

async function identityIn(path: string): Promise<StoredIdentity> {
  const identity = await readIdentity(join(path, 'identity.json'));
  if (identity === null) throw new Error(`no identity in ${path}`);
  return identity;
}

async function filesIn(path: string): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir(path, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const hashes = names.map(async (name): Promise<[string, string]> => {
    return [
      name,
      createHash('sha256')
        .update(await readFile(name))
        .digest('hex'),
    ];
  });
  return new Map(await Promise.all(hashes));
}

/** The directory is a sound replica that decides alone, and holds all that `before` held. */
async function expectRecovered(path: string, { id, ledger }: OnDisk, cluster: string): Promise<void> {
  const { digest, appliedIndex, appliedTerm } = ledger.meta();
  const { identity } = await openReplicaDirectory(path, {
    company: 'empresa_a',
    random: () => Buffer.alloc(8),
  });
  const alone = [{ id, company: 'empresa_a', address: '' }];
  expect(identity).toEqual({ replica: id, company: 'empresa_a', cluster, founders: alone });
  const log = await LevelLogStore.open(path, { logger: SILENT });
  const state = await LevelStateStore.open(path, { logger: SILENT, keepDamaged: true });
  try {
    expect(log.snapshot()).toEqual({ index: appliedIndex, term: appliedTerm, config: onlyVoter(id) });
    expect(log.lastIndex()).toBe(appliedIndex);
    expect(log.hardState()).toMatchObject({ vote: NOBODY, commit: appliedIndex });
    expect(log.hardState().term).toBeGreaterThan(2);
    expect(state.meta()).toMatchObject({ digest, appliedIndex, config: onlyVoter(id), members: alone });
    expect((await openLedger(log, state, SILENT)).meta().digest).toBe(digest);
  } finally {
    await state.close();
    await log.close();
  }
}

/** So many steps and no further; how many there were to take. */
async function step(path: string, identity: StoredIdentity, count: number): Promise<number> {
  const steps = recover(path, identity, NEW_CLUSTER);
  let taken = 0;
  while (taken < count && !(await steps.next()).done) taken += 1;
  // What a crash would leave open is closed; nothing is written by that.
  await steps.return(null);
  return taken;
}

describe('a recovery', () => {
  it.each<[string, OnDiskOptions]>([
    ['a log from the founding on, with a state that is behind it', { stateAt: 20 }],
    ['a state at the end of the log', {}],
    ['no state at all', { stateAt: 0 }],
    ['a log that begins behind a synced state', { base: 30, stateAt: 45 }],
    ['a log that begins at its end', { base: 60 }],
    ['more entries than are applied together', { last: 2_500, stateAt: 10 }],
    [
      'a change of members at its end, which nobody knows to be committed',
      {
        tail: [
          {
            kind: 'config',
            change: {
              changes: [{ kind: 'remove', id: replicaId('d'.repeat(16)) }],
              transition: 'auto',
              context: new Uint8Array(0),
            },
          },
          { kind: 'no-op' },
        ],
      },
    ],
  ])('applies all that the log holds, of %s', async (_name, options) => {
    const replica = await survivor(options);
    const { path } = replica;
    const done = await carryOut(recover(path, await identityIn(path), NEW_CLUSTER));
    const { appliedIndex, digest } = replica.ledger.meta();
    expect(done).toMatchObject({ lastIndex: appliedIndex, lastTerm: 2, digest });
    await expectRecovered(path, replica, NEW_CLUSTER);
  });

  it('gives the same after a crash at any step, and until then no node starts on it', async () => {
    const replica = await survivor({ base: 20, stateAt: 30 });
    const identity = await identityIn(replica.path);
    const steps = await step(await copyOf(replica), identity, Number.POSITIVE_INFINITY);
    expect(steps).toBeGreaterThanOrEqual(5);
    for (let count = 0; count <= steps; count += 1) {
      const path = await copyOf(replica);
      await step(path, identity, count);
      const left = await identityIn(path);
      const opening = openReplicaDirectory(path, { company: 'empresa_a', random: () => Buffer.alloc(8) });
      if (count === 0) {
        expect((await opening).identity.cluster).toBe(CLUSTER);
      } else {
        await expect(opening).rejects.toMatchObject({ reason: 'half-recovered' });
        const report = await checkDirectory(path);
        expect(report).toMatchObject({ usable: true, cluster: NEW_CLUSTER });
        expect(report.faults.join()).toContain('its recovery was begun and not ended');
      }
      const cluster = count === 0 ? NEW_CLUSTER : left.cluster;
      await carryOut(recover(path, left, cluster));
      await expectRecovered(path, replica, NEW_CLUSTER);
    }
  });

  it('has nothing to do for a replica that decides alone, also after it was recovered', async () => {
    const replica = await survivor();
    await carryOut(recover(replica.path, await identityIn(replica.path), NEW_CLUSTER));
    const again = recover(replica.path, await identityIn(replica.path), 'f'.repeat(16));
    expect(await carryOut(again)).toBeNull();
    await expectRecovered(replica.path, replica, NEW_CLUSTER);
  });

  it('changes nothing of a replica whose state is lost', async () => {
    const replica = await survivor({ base: 30 });
    await rm(join(replica.path, 'state'), { recursive: true });
    const identity = await identityIn(replica.path);
    await expect(carryOut(recover(replica.path, identity, NEW_CLUSTER))).rejects.toThrow('is damaged');
    expect(await identityIn(replica.path)).toEqual(identity);
  });
});

async function run(args: readonly string[]) {
  return malha(['recover', ...args], tmpdir());
}

describe('malha recover', () => {
  it('without --force says what it would give and what may be lost, changes nothing, and exits 2', async () => {
    const replica = await survivor({ stateAt: 40 });
    const before = await filesIn(replica.path);
    const { code, stdout } = await run([replica.path]);
    expect(code).toBe(2);
    expect(await filesIn(replica.path)).toEqual(before);
    expect(stdout).toContain('Nothing was changed');
    expect(stdout).toContain(`digest ${replica.ledger.meta().digest}`);
    expect(stdout).toContain('45 open and 0 ended reservations');
    expect(stdout).toContain('Entries 41 to 60 are not known here to be committed');
    expect(stdout).toContain('What others acknowledged beyond index 60 is lost');
    expect(stdout).toContain('end every other node');
  });

  it('with --force does it once, and says the second time that there is nothing to do', async () => {
    const replica = await survivor({ stateAt: 40 });
    const first = await run(['--force', '--json', replica.path]);
    expect(first.code).toBe(0);
    const { cluster, recovered, lastIndex } = JSON.parse(first.stdout) as Record<string, unknown>;
    expect([recovered, lastIndex]).toEqual([true, 60]);
    expect(cluster).toMatch(/^[0-9a-f]{16}$/);
    expect(cluster).not.toBe(CLUSTER);
    await expectRecovered(replica.path, replica, String(cluster));
    const before = await identityIn(replica.path);
    const second = await run(['--force', replica.path]);
    expect([second.code, second.stdout]).toEqual([0, expect.stringContaining('nothing to recover')]);
    expect(await identityIn(replica.path)).toEqual(before);
    const check = await malha(['check', replica.path], tmpdir());
    expect([check.code, check.stdout]).toEqual([0, expect.stringContaining('is sound')]);
  });

  it('ends a recovery that a crash interrupted, with the mesh id that it had drawn', async () => {
    const replica = await survivor();
    await step(replica.path, await identityIn(replica.path), 2);
    const { code, stdout } = await run(['--force', replica.path]);
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining(`the only voter of the new mesh ${NEW_CLUSTER}`),
    ]);
    await expectRecovered(replica.path, replica, NEW_CLUSTER);
  });

  it('gives up the fresh replica of a directory that is sound after all', async () => {
    const replica = await survivor();
    const options = { company: 'empresa_a', random: (count: number) => Buffer.alloc(count, 7) };
    await (await Replacement.begin(replica.path, replica.id, 'its disk was not there', options)).close();
    expect((await run(['--force', replica.path])).code).toBe(0);
    expect(await readdir(replica.path)).not.toContain('next');
    await expectRecovered(replica.path, replica, (await identityIn(replica.path)).cluster);
  });

  it('is refused for a damaged log, says what is damaged, and leaves the evidence as it is', async () => {
    const replica = await survivor({ last: 400 });
    const files = (await readdir(join(replica.path, 'log'))).filter((name) => /\.(log|ldb)$/.test(name));
    for (const name of files) {
      const bytes = await readFile(join(replica.path, 'log', name));
      if (bytes.length > 0) bytes[Math.floor(bytes.length / 2)]! ^= 1;
      await writeFile(join(replica.path, 'log', name), bytes);
    }
    const before = await filesIn(replica.path);
    for (const args of [[replica.path], ['--force', replica.path]]) {
      const { code, stdout } = await run(args);
      expect([code, stdout]).toEqual([
        1,
        expect.stringMatching(/cannot be recovered: it is not sound\n {2}fault .*log/),
      ]);
    }
    expect(await filesIn(replica.path)).toEqual(before);
  });

  it('is refused for a directory that is in use, belongs to no mesh, or holds no replica', async () => {
    const replica = await survivor();
    const log = await LevelLogStore.open(replica.path, { logger: SILENT });
    expect(await run(['--force', replica.path])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('in use'),
    });
    await log.close();
    const empty = await freshPath();
    await openReplicaDirectory(empty, { company: 'empresa_a', random: () => Buffer.alloc(8, 3) });
    expect((await run(['--force', empty])).code).toBe(1);
    expect((await run(['--force', join(empty, 'nowhere')])).code).toBe(1);
    expect((await run([])).code).toBe(2);
  });
});
