/** How an empty replica's log begins, on the real store: also when a first try ended half-way. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { foundMesh } from '../../src/cli/node/found-mesh.js';
import { SILENT } from '../../src/observe/logger.js';
import { replicaId } from '../../src/raft/entry.js';
import { Failure } from '../../src/replica/failure.js';
import type { Introduction } from '../../src/replica/frame.js';
import type { LogStore } from '../../src/replica/ports.js';
import { LevelLogStore } from '../../src/storage/level-log-store.js';
import { openReplicaDirectory, type ReplicaDirectory } from '../../src/storage/replica-directory.js';

const COMPANIES = ['empresa_a', 'empresa_b', 'empresa_c'];
const made: string[] = [];

afterAll(async () => {
  await Promise.all(made.map((path) => rm(path, { recursive: true, force: true })));
});

interface Disk {
  readonly path: string;
  readonly directory: ReplicaDirectory;
  readonly log: LevelLogStore;
}

async function openDisk(path?: string): Promise<Disk> {
  const parent = path ?? (await mkdtemp(join(tmpdir(), 'malha-found-')));
  if (path === undefined) made.push(parent);
  const directory = await openReplicaDirectory(join(parent, 'replica'), {
    company: 'empresa_a',
    random: randomBytes,
  });
  return { path: parent, directory, log: await LevelLogStore.open(directory.path, { logger: SILENT }) };
}

function empty(company: string, digit: string): Introduction {
  return {
    replica: replicaId(digit.repeat(16)),
    cluster: '',
    company,
    peerCompanies: COMPANIES,
    founders: [],
    members: [],
    membersIndex: 0,
    understands: 2,
  };
}

const FOUNDERS = [{ id: replicaId('b'.repeat(16)), company: 'empresa_b', address: '' }];

/** A peer of a mesh that has taken the replica on `disk` in. */
function tellingOf({ directory }: Disk): Introduction {
  const member = { id: directory.identity.replica, company: 'empresa_a', address: 'host:1' };
  const mesh = { cluster: 'c'.repeat(16), founders: FOUNDERS, members: [...FOUNDERS, member] };
  return { ...empty('empresa_b', 'b'), ...mesh, membersIndex: 5, understands: 2 };
}

async function found(
  { directory }: Disk,
  log: LogStore,
  peers: readonly Introduction[],
  establish = directory.establish.bind(directory),
  signal = new AbortController().signal,
): Promise<void> {
  await foundMesh({
    identity: { ...directory.identity, peerCompanies: COMPANIES },
    identify: async (company) => {
      const peer = peers.find((each) => each.company === company);
      if (!peer) throw new Failure('UNAVAILABLE', `${company} is not there`);
      return peer;
    },
    log,
    establish,
    waitsBecause: () => {},
    logger: SILENT,
    signal,
  });
}

describe('founding a mesh', () => {
  it('that a crash stopped between the log and the identity begins anew, with whoever is there then', async () => {
    const first = await openDisk();
    const crash = async (): Promise<void> => {
      throw new Error('the process is gone');
    };
    const before = [empty('empresa_b', 'b'), empty('empresa_c', 'c')];
    await expect(found(first, first.log, before, crash)).rejects.toThrow('gone');
    expect(first.log.snapshot().config.voters).toContain('c'.repeat(16));
    await first.log.close();

    // Meanwhile the disk of one founder was replaced, and its replica with it.
    const second = await openDisk(first.path);
    expect(second.directory.identity.cluster).toBe('');
    await found(second, second.log, [empty('empresa_b', 'b'), empty('empresa_c', 'd')]);
    await second.log.close();

    const third = await openDisk(first.path);
    const { identity } = third.directory;
    expect(identity.cluster).not.toBe('');
    expect(third.log.snapshot()).toMatchObject({ index: 1, term: 1 });
    expect(third.log.snapshot().config.voters).toEqual(identity.founders.map(({ id }) => id));
    expect(third.log.snapshot().config.voters).toContain('d'.repeat(16));
    expect(third.log.hardState()).toEqual({ term: 1, vote: '', commit: 1 });
    expect(third.log.lastIndex()).toBe(1);
    await third.log.close();
  });

  it('is not what a replica does that was taken in later: its log begins with nothing', async () => {
    const disk = await openDisk();
    await found(disk, disk.log, [tellingOf(disk)]);
    expect(disk.directory.identity).toMatchObject({ cluster: 'c'.repeat(16), founders: FOUNDERS });
    expect([disk.log.snapshot().index, disk.log.lastIndex(), disk.log.hardState().term]).toEqual([0, 0, 0]);
    await disk.log.close();
  });

  it('is not mixed up with a mesh that takes it in: a log that was begun for another is refused', async () => {
    const disk = await openDisk();
    const crash = async (): Promise<void> => {
      throw new Error('the process is gone');
    };
    const founders = [empty('empresa_b', 'b'), empty('empresa_c', 'c')];
    await expect(found(disk, disk.log, founders, crash)).rejects.toThrow('gone');
    await expect(found(disk, disk.log, [tellingOf(disk)])).rejects.toThrow('give this node a new directory');
    expect(disk.directory.identity.cluster).toBe('');
    await disk.log.close();
  });

  it('ends when it is told to, and has written nothing', async () => {
    const disk = await openDisk();
    const stop = new AbortController();
    const founding = found(disk, disk.log, [empty('empresa_b', 'b')], undefined, stop.signal);
    stop.abort();
    await expect(founding).rejects.toMatchObject({ name: 'AbortError' });
    expect(disk.log.snapshot().index).toBe(0);
    expect(disk.directory.identity.cluster).toBe('');
    await disk.log.close();
  });

  it('is not done by a node that was told to end while it asked', async () => {
    const disk = await openDisk();
    const stop = new AbortController();
    stop.abort();
    const peers = [empty('empresa_b', 'b'), empty('empresa_c', 'c')];
    await expect(found(disk, disk.log, peers, undefined, stop.signal)).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(disk.log.snapshot().index).toBe(0);
    await disk.log.close();
  });
});
