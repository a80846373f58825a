/** A fresh replica in the place of a damaged one, on real directories: also when a crash comes after any step (D5). */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type ReplicaId, replicaId } from '../../src/raft/entry.js';
import { DamagedStore, DirectoryRefused } from '../../src/storage/errors.js';
import { readIdentity } from '../../src/storage/identity-file.js';
import {
  changePlaces,
  forgetDamaged,
  Replacement,
  settleReplacement,
} from '../../src/storage/replacement.js';
import { commands, inTerm, saveOf, snapshotAt } from '../contracts/log-store.js';
import { copyOf, freshDirectory, openDirectory, openLog } from './fixture.js';

const COMPANY = 'empresa_a';
const OPTIONS = { company: COMPANY, random: randomBytes };
const MESH = {
  cluster: 'c'.repeat(16),
  founders: [{ id: replicaId('b'.repeat(16)), company: 'b', address: '' }],
};

const held: Replacement[] = [];
afterEach(async () => {
  for (const each of held.splice(0)) await each.close();
});

interface Damaged {
  readonly path: string;
  readonly id: ReplicaId;
}

/** A replica of `MESH` that holds entries, and was found damaged. */
async function damagedReplica(): Promise<Damaged> {
  const path = await freshDirectory();
  const directory = await openDirectory(path);
  const log = await openLog(path);
  await log.save(saveOf({ hardState: inTerm(1, 1), snapshot: snapshotAt(1, 1) }));
  await log.save(saveOf({ entries: commands(2, 6, 1) }));
  await log.close();
  await directory.establish(MESH.cluster, MESH.founders);
  await mkdir(join(path, 'state.next'));
  await writeFile(join(path, 'state.next', 'half'), 'of a snapshot');
  return { path, id: directory.identity.replica };
}

async function begin({ path, id }: Damaged): Promise<Replacement> {
  const replacement = await Replacement.begin(path, id, 'the log is damaged', OPTIONS);
  held.push(replacement);
  return replacement;
}

async function begun(path: string): Promise<Replacement> {
  const replacement = await Replacement.begun(path);
  if (replacement === null) throw new Error('nothing was begun');
  held.push(replacement);
  return replacement;
}

async function close(replacement: Replacement): Promise<void> {
  held.splice(held.indexOf(replacement), 1);
  await replacement.close();
}

/** Every file below `path` that is not of a fresh replica or a note of LevelDB, with a hash of its content. */
async function filesIn(path: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = new Map<string, string>();
  for (const entry of entries) {
    const name = join(entry.parentPath, entry.name).slice(path.length + 1);
    if (entry.isFile() && !/^next\/|LOG(\.old)?$|LOCK$/.test(name)) {
      files.set(
        name,
        createHash('sha256')
          .update(await readFile(join(path, name)))
          .digest('hex'),
      );
    }
  }
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function takenIn(damaged: Damaged): Promise<ReplicaId> {
  const replacement = await begin(damaged);
  await replacement.takenIn(MESH);
  await close(replacement);
  return replacement.identity.replica;
}

/** The fresh replica is in its place, whole and empty, and all of the damaged one is kept. */
async function expectReplaced(
  path: string,
  fresh: ReplicaId,
  old: ReplicaId,
  before: ReadonlyMap<string, string>,
) {
  const parts = ['identity.json', 'log', 'mark', 'state', 'trail'];
  expect((await readdir(path)).sort()).toEqual([`damaged-${old}`, ...parts]);
  expect((await openDirectory(path)).identity).toEqual({
    ...{ replica: fresh, company: COMPANY, ...MESH },
    replaces: old,
  });
  const log = await openLog(path);
  expect([log.lastIndex(), log.hardState().term]).toEqual([0, 0]);
  await log.close();
  const kept = new Map(await filesIn(join(path, `damaged-${old}`)));
  expect(await readFile(join(path, `damaged-${old}`, 'damage.txt'), 'utf8')).toBe('the log is damaged\n');
  expect(kept.delete('damage.txt')).toBe(true);
  expect(kept).toEqual(before);
}

describe('a fresh replica for a damaged one', () => {
  it('is made beside it, with an id of its own, and touches nothing of it', async () => {
    const damaged = await damagedReplica();
    const before = await filesIn(damaged.path);
    const { identity } = await begin(damaged);
    expect(identity).toMatchObject({ company: COMPANY, cluster: '', founders: [], replaces: damaged.id });
    expect(identity.replica).not.toBe(damaged.id);
    expect(await filesIn(damaged.path)).toEqual(before);
  });

  it('is the same one at the next start, with what was found damaged', async () => {
    const damaged = await damagedReplica();
    const first = await begin(damaged);
    await close(first);
    await settleReplacement(damaged.path);
    const again = await begun(damaged.path);
    expect(again.identity).toEqual(first.identity);
    expect(await again.damage()).toBe('the log is damaged');
  });

  it('is held by one process at a time (D6)', async () => {
    const damaged = await damagedReplica();
    await begin(damaged);
    await expect(Replacement.begun(damaged.path)).rejects.toMatchObject({ reason: 'in-use' });
    expect(await readIdentity(join(damaged.path, 'identity.json'))).toMatchObject({ replica: damaged.id });
  });

  it('is one and the same for two processes that begin at the same moment, and one of them gets it', async () => {
    const damaged = await damagedReplica();
    const outcomes = await Promise.allSettled([begin(damaged), begin(damaged)]);
    const won = outcomes.filter((each) => each.status === 'fulfilled');
    expect(won).toHaveLength(1);
    const identity = await readIdentity(join(damaged.path, 'next', 'identity.json'));
    expect(identity).toEqual(won[0]!.value.identity);
  });

  it('is made anew when a crash left it half-made: nobody can know it yet', async () => {
    const damaged = await damagedReplica();
    const { path } = damaged;
    await mkdir(join(path, 'next.a1b2c3', 'log'), { recursive: true });
    await mkdir(join(path, 'next', 'log'), { recursive: true });
    await settleReplacement(path);
    expect(await Replacement.begun(path)).toBeNull();
    await begin(damaged);
    expect((await readdir(path)).filter((name) => name.startsWith('next'))).toEqual(['next']);
  });

  it('changes places with it once it was taken in, and all that was damaged is kept', async () => {
    const damaged = await damagedReplica();
    const before = await filesIn(damaged.path);
    const replacement = await begin(damaged);
    await replacement.takenIn(MESH);
    // The lock is held all the while, and goes with the directory that it is in.
    await replacement.changePlaces();
    await expectReplaced(damaged.path, replacement.identity.replica, damaged.id, before);
  });

  it('stays beside it while it was not taken in', async () => {
    const damaged = await damagedReplica();
    await close(await begin(damaged));
    await settleReplacement(damaged.path);
    expect(await readIdentity(join(damaged.path, 'identity.json'))).toMatchObject({ replica: damaged.id });
  });
});

/** Takes so many steps of the change of places, and none further; how many there were to take. */
async function step(path: string, count: number): Promise<number> {
  const steps = changePlaces(path);
  let taken = 0;
  while (taken < count && !(await steps.next()).done) taken += 1;
  return taken;
}

describe('a change of places', () => {
  it('is finished at the next start, whatever step a crash came after', async () => {
    const damaged = await damagedReplica();
    const before = await filesIn(damaged.path);
    const fresh = await takenIn(damaged);
    const steps = await step(await copyOf(damaged.path), Number.POSITIVE_INFINITY);
    expect(steps).toBeGreaterThanOrEqual(12);
    for (let count = 0; count <= steps; count += 1) {
      const path = await copyOf(damaged.path);
      expect(await step(path, count)).toBe(count);
      await settleReplacement(path);
      await expectReplaced(path, fresh, damaged.id, before);
      // And once more finds nothing to do.
      await settleReplacement(path);
      await expectReplaced(path, fresh, damaged.id, before);
    }
  });

  it('is finished also when the start that finishes it crashes itself', async () => {
    const damaged = await damagedReplica();
    const before = await filesIn(damaged.path);
    const fresh = await takenIn(damaged);
    for (let count = 0; count < 13; count += 1) {
      const path = await copyOf(damaged.path);
      // One step further with each start.
      for (let start = 0; start < count; start += 1) await step(path, start);
      await settleReplacement(path);
      await expectReplaced(path, fresh, damaged.id, before);
    }
  });

  it('is never taken for a sound replica with an empty log, when its identity is lost in the middle', async () => {
    const damaged = await damagedReplica();
    await takenIn(damaged);
    const losses: readonly ((path: string) => Promise<void>)[] = [
      (path) => rm(join(path, 'next', 'identity.json')),
      (path) => rm(join(path, 'next'), { recursive: true }),
      (path) => writeFile(join(path, 'next', 'identity.json'), '{"version":1}'),
    ];
    for (let count = 1; count < 14; count += 1) {
      for (const lose of losses) {
        const path = await copyOf(damaged.path);
        await step(path, count);
        await lose(path);
        await expect(settleReplacement(path)).rejects.toBeInstanceOf(DamagedStore);
        await expect(settleReplacement(path)).rejects.toBeInstanceOf(DamagedStore);
      }
    }
  });

  it('is refused for a fresh replica that was made for another one', async () => {
    const damaged = await damagedReplica();
    await takenIn(damaged);
    const other = await damagedReplica();
    await rename(join(damaged.path, 'next'), join(other.path, 'next'));
    const before = await filesIn(other.path);
    await expect(settleReplacement(other.path)).rejects.toBeInstanceOf(DamagedStore);
    expect(await filesIn(other.path)).toEqual(before);
  });

  it('is refused to a second process', async () => {
    const damaged = await damagedReplica();
    const replacement = await begin(damaged);
    await replacement.takenIn(MESH);
    const refusal = await settleReplacement(damaged.path).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(DirectoryRefused);
    expect(refusal).toMatchObject({ reason: 'in-use' });
    await replacement.changePlaces();
  });
});

describe('what is kept of damaged replicas', () => {
  it('is the last one, once the replica that took its place votes', async () => {
    const damaged = await damagedReplica();
    await takenIn(damaged);
    await settleReplacement(damaged.path);
    const second = (await openDirectory(damaged.path)).identity.replica;
    const replacement = await Replacement.begin(damaged.path, second, 'the mark is damaged', OPTIONS);
    await replacement.takenIn(MESH);
    await replacement.changePlaces();
    const kept = async () =>
      (await readdir(damaged.path)).filter((name) => name.startsWith('damaged-')).sort();
    expect(await kept()).toEqual([`damaged-${damaged.id}`, `damaged-${second}`].sort());
    await forgetDamaged(damaged.path, second);
    expect(await kept()).toEqual([`damaged-${second}`]);
    expect(await readIdentity(join(damaged.path, `damaged-${second}`, 'identity.json'))).toMatchObject({
      replica: second,
      replaces: damaged.id,
    });
  });

  it('is not noted as being replaced for ever', async () => {
    const damaged = await damagedReplica();
    const fresh = await takenIn(damaged);
    await settleReplacement(damaged.path);
    const directory = await openDirectory(damaged.path);
    await directory.tookItsPlace();
    await directory.tookItsPlace();
    expect((await openDirectory(damaged.path)).identity).toEqual({
      ...{ replica: fresh, company: COMPANY, ...MESH },
    });
  });
});
