/**
 * A damaged replica that replaces itself, on real directories, with peers that are told by the test what to answer: when it
 * takes the damaged one's place, when it does not, and how long it asks.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DamagedDisk, openDisk, type SoundDisk } from '../../src/cli/node/open-disk.js';
import { finishReplacement, replaceDamaged, type WaitingWorld } from '../../src/cli/node/replace-itself.js';
import { type Logger, SILENT } from '../../src/observe/logger.js';
import type { ReplicaId } from '../../src/raft/entry.js';
import type { Introduction } from '../../src/replica/frame.js';
import type { MeshStatus, PeerStatus } from '../../src/replica/mesh.js';
import { eventually } from '../support/eventually.js';
import { CLUSTER, COMPANIES, type OnDisk, replicaOnDisk } from '../support/replica-on-disk.js';

const [COMPANY, ...OTHERS] = COMPANIES as [string, string, string];
const PEERS = COMPANIES.map((company, k) => ({ company, address: `127.0.0.1:${k + 1}` }));

let root: string;
let old: OnDisk;
const open: { close(): Promise<void> }[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'malha-replace-itself-'));
  old = await replicaOnDisk(join(root, 'replica'));
  await rm(join(old.path, 'mark'));
});
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
  await rm(root, { recursive: true, force: true });
});

async function opened(): Promise<SoundDisk | DamagedDisk> {
  const disk = await openDisk({ dataDir: old.path, company: COMPANY, peers: PEERS }, SILENT);
  open.push(disk);
  return disk;
}

async function damagedDisk(): Promise<DamagedDisk> {
  const disk = await opened();
  if (disk.kind !== 'damaged') throw new Error('it was taken for sound');
  return disk;
}

async function soundDisk(): Promise<SoundDisk> {
  const disk = await opened();
  if (disk.kind !== 'sound') throw new Error(disk.damage);
  return disk;
}

/** The other nodes of the mesh. */
class Peers {
  cluster = CLUSTER;
  members: ReplicaId[] = old.founders.map(({ id }) => id);
  /** Whoever is asked to give the place gives this answer; null for yes. */
  refusal: string | null = 'no leader';
  readonly silent = new Set<string>();
  /** Whose node was asked for the place of whom. */
  readonly asked: string[] = [];
  readonly whys: string[] = [];
  readonly logged: string[] = [];
  readonly stopping = new AbortController();

  world(): WaitingWorld {
    const logger: Logger = {
      ...SILENT,
      info: (_fields, message) => void this.logged.push(message),
      warn: (_fields, message) => void this.logged.push(message),
    };
    return {
      companies: OTHERS,
      identify: async (company) => {
        if (this.silent.has(company)) throw new Error('silent');
        return this.introduction(company);
      },
      askReplacement: async (company, lost) => {
        this.asked.push(`${company} ${lost}`);
        if (this.refusal !== null) throw new Error(this.refusal);
      },
      waitsBecause: (why) => void this.whys.push(why),
      backoff: () => ({ nextMs: () => 5 }),
      logger,
      signal: this.stopping.signal,
    };
  }

  private introduction(company: string): Introduction {
    const members = this.members.map((id) => ({ id, company: '', address: '' }));
    const { cluster } = this;
    const replica = old.founders.find((each) => each.company === company)!.id;
    return {
      replica,
      cluster,
      company,
      peerCompanies: COMPANIES,
      founders: old.founders,
      members,
      membersIndex: 9,
      understands: 2,
    };
  }
}

function statusOf(self: ReplicaId, ids: readonly ReplicaId[], voter: boolean): MeshStatus {
  const peers = ids.map((replica): PeerStatus => {
    const isSelf = replica === self;
    const known = { matchIndex: null, active: null };
    return { replica, company: '', address: '', voter: voter || !isSelf, self: isSelf, ...known };
  });
  return { peers } as unknown as MeshStatus;
}

describe('a damaged replica that replaces itself', () => {
  it('asks one peer after the other for the place of the damaged one, and says why it waits', async () => {
    const disk = await damagedDisk();
    const peers = new Peers();
    const replaced = replaceDamaged(disk, peers.world());
    await eventually(() => peers.asked.length >= 4);
    expect(new Set(peers.asked)).toEqual(new Set(OTHERS.map((company) => `${company} ${old.id}`)));
    await eventually(
      () => peers.whys.at(-1)?.includes('empresa_b: no leader; empresa_c: no leader') ?? false,
    );
    const { replica } = disk.replacement.identity;
    expect(peers.whys.at(-1)).toMatch(
      new RegExp(
        `mark is damaged: .*malha recover --force.* ${old.id} is out, ${replica} is to take its place`,
      ),
    );
    // Whatever is asked how often, it is told once.
    expect(peers.logged.filter((message) => message.includes('not given yet'))).toHaveLength(2);
    peers.stopping.abort();
    await expect(replaced).rejects.toThrow('aborted');
    // Nothing has moved.
    expect((await readdir(old.path)).sort()).toEqual(['identity.json', 'log', 'next', 'state', 'trail']);
  });

  it('takes its place once a peer tells of it among the members, though the answer to its request is not there', async () => {
    const disk = await damagedDisk();
    const { replica } = disk.replacement.identity;
    const peers = new Peers();
    peers.silent.add(OTHERS[0]!);
    const world: WaitingWorld = {
      ...peers.world(),
      askReplacement: (_company, _lost, signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('cancelled')))),
    };
    const replaced = replaceDamaged(disk, world);
    await eventually(() => peers.whys.length > 0);
    peers.members.push(replica);
    await replaced;
    const sound = await soundDisk();
    expect(sound.directory.identity).toEqual({
      ...{ replica, company: COMPANY, cluster: CLUSTER, founders: old.founders, replaces: old.id },
    });
    expect(sound.log.lastIndex()).toBe(0);
    expect(await readdir(old.path)).toContain(`damaged-${old.id}`);
  });

  it.each<[string, (peers: Peers, fresh: ReplicaId) => void, string]>([
    ['a mesh that does not know it', () => {}, 'no leader'],
    [
      'another mesh, whoever is a member there: the damaged one had promised nothing to that',
      (peers, fresh) => {
        peers.cluster = 'd'.repeat(16);
        peers.members = [fresh];
      },
      `empresa_b belongs to mesh ${'d'.repeat(16)}, empresa_c belongs to mesh ${'d'.repeat(16)}, not to ${CLUSTER}`,
    ],
    [
      'peers that have forgotten everything: no mesh is founded with it',
      (peers, fresh) => {
        peers.cluster = '';
        peers.members = [fresh];
      },
      'no leader',
    ],
  ])('never takes it in %s', async (_name, answer, why) => {
    const disk = await damagedDisk();
    const peers = new Peers();
    answer(peers, disk.replacement.identity.replica);
    const replaced = replaceDamaged(disk, peers.world());
    await eventually(() => peers.whys.at(-1)?.includes(why) ?? false);
    await eventually(() => peers.asked.length >= 6);
    expect(disk.replacement.identity.cluster).toBe('');
    peers.stopping.abort();
    await expect(replaced).rejects.toThrow('aborted');
  });
});

describe('a fresh replica that lies in the place of a damaged one', () => {
  async function placed(): Promise<SoundDisk> {
    const disk = await damagedDisk();
    const peers = new Peers();
    peers.members.push(disk.replacement.identity.replica);
    await replaceDamaged(disk, peers.world());
    return soundDisk();
  }

  it('goes on asking until the damaged one is out, also after a yes, and then keeps what was damaged', async () => {
    const { directory } = await placed();
    const { replica } = directory.identity;
    const peers = new Peers();
    let ids: readonly ReplicaId[] = [];
    let voter = false;
    const finished = finishReplacement(directory, () => statusOf(replica, ids, voter), peers.world());
    await eventually(() => peers.asked.length >= 3);
    ids = [old.id, replica];
    peers.refusal = null;
    const { length } = peers.asked;
    await eventually(() => peers.asked.length >= length + 3);
    expect(directory.identity.replaces).toBe(old.id);
    ids = [replica];
    voter = true;
    await finished;
    expect(directory.identity.replaces).toBeUndefined();
    expect(await readdir(old.path)).toContain(`damaged-${old.id}`);
    expect(peers.logged.at(-1)).toContain('has taken the place of the damaged one');
  });

  it('is content with the place of a learner', async () => {
    const { directory } = await placed();
    const peers = new Peers();
    const { replica } = directory.identity;
    await finishReplacement(directory, () => statusOf(replica, [replica], false), peers.world());
    expect(directory.identity.replaces).toBeUndefined();
  });

  it('asks nobody where it took nobody’s place', async () => {
    const { directory } = await placed();
    await directory.tookItsPlace();
    const peers = new Peers();
    await finishReplacement(directory, () => statusOf(directory.identity.replica, [], true), peers.world());
    expect(peers.asked).toEqual([]);
  });

  it('ends with its node', async () => {
    const { directory } = await placed();
    const peers = new Peers();
    const finished = finishReplacement(directory, () => statusOf(old.id, [], true), peers.world());
    peers.stopping.abort();
    await expect(finished).rejects.toThrow('aborted');
    expect(directory.identity.replaces).toBe(old.id);
  });
});
