/**
 * Every damage that a disk was seen to do (D3), at the start of a node: none is taken for a sound replica; who has peers is
 * replaced by a fresh replica, who has none is refused, and the damaged parts are left as they are.
 */
import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Level } from 'level';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DamagedDisk, identityOn, openDisk, type SoundDisk } from '../../src/cli/node/open-disk.js';
import { SILENT } from '../../src/observe/logger.js';
import { bodyOf, newRow, sealRow } from '../../src/storage/checked-row.js';
import { DirectoryRefused } from '../../src/storage/errors.js';
import { readIdentity } from '../../src/storage/identity-file.js';
import { LevelLogStore } from '../../src/storage/level-log-store.js';
import { HARD_STATE_KEY, hardStateRow } from '../../src/storage/log-rows.js';
import { CLUSTER, COMPANIES, type OnDisk, replicaOnDisk } from '../support/replica-on-disk.js';

const PEERS = COMPANIES.map((company, k) => ({ company, address: `127.0.0.1:${k + 1}` }));
const ALONE = PEERS.slice(0, 1);
/** The file that a start leaves in a directory that it found damaged, and where it says why. */
const NOTE = join('next', 'damage.txt');

let root: string;
/** A log from the founding on; one that begins behind a state. */
let whole: OnDisk;
let compacted: OnDisk;
let copies = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'malha-open-disk-'));
  whole = await replicaOnDisk(join(root, 'whole'), { last: 300 });
  compacted = await replicaOnDisk(join(root, 'compacted'), { last: 300, base: 150, paddingBytes: 200 });
  // Once more opened, so that what was written lies in tables.
  for (const { path } of [whole, compacted]) await (await openSound(path)).close();
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

async function copyOf({ path }: OnDisk): Promise<string> {
  copies += 1;
  const copy = join(root, `copy-${copies}`);
  await cp(path, copy, { recursive: true });
  return copy;
}

function open(dataDir: string, peers = PEERS): Promise<SoundDisk | DamagedDisk> {
  return openDisk({ dataDir, company: COMPANIES[0]!, peers }, SILENT);
}

async function openSound(dataDir: string): Promise<SoundDisk> {
  const disk = await open(dataDir);
  if (disk.kind !== 'sound') throw new Error(disk.damage);
  return disk;
}

/** The largest file of a database whose name ends like that. */
async function fileOf(database: string, suffix: RegExp): Promise<string> {
  const names = (await readdir(database)).filter((name) => suffix.test(name));
  const sizes = await Promise.all(names.map(async (name) => (await readFile(join(database, name))).length));
  const largest = names[sizes.indexOf(Math.max(...sizes))];
  if (largest === undefined) throw new Error(`no ${suffix} in ${database}`);
  return join(database, largest);
}

async function change(file: string, how: (bytes: Buffer) => void): Promise<void> {
  const bytes = await readFile(file);
  how(bytes);
  await writeFile(file, bytes);
}

function flipAt(share: number) {
  return (bytes: Buffer): void => {
    bytes[Math.floor(bytes.length * share)]! ^= 4;
  };
}

/** What the last reservation is known by, in the log as in the state: not all that lies in a table still counts. */
const LIVE = 'car-300';

function indexOfLive(bytes: Buffer): number {
  const at = bytes.lastIndexOf(LIVE);
  if (at < 0) throw new Error(`${LIVE} is not there`);
  return at;
}

const flipLive = (bytes: Buffer): void => {
  bytes[indexOfLive(bytes)]! ^= 4;
};

const zeroLive = (bytes: Buffer): void => {
  const sector = Math.floor(indexOfLive(bytes) / 512) * 512;
  bytes.fill(0, sector, sector + 512);
};

const zeroSector = (bytes: Buffer): void => {
  const sector = Math.floor(bytes.length / 1024) * 512;
  bytes.fill(0, sector, sector + 512);
};

async function withRows(location: string, how: (db: Level<Buffer, Buffer>) => Promise<void>): Promise<void> {
  const db = new Level<Buffer, Buffer>(location, {
    keyEncoding: 'buffer',
    valueEncoding: 'buffer',
    compression: false,
  });
  await how(db);
  await db.close();
}

/** Entries that lie in LevelDB's write-ahead log only, as a process that was killed leaves them. */
async function withNewEntries(path: string): Promise<void> {
  const log = await LevelLogStore.open(path, { logger: SILENT });
  const index = log.lastIndex() + 1;
  const data = Buffer.alloc(3_000, 7);
  const entries = [0, 1, 2, 3, 4, 5, 6, 7].map((k) => {
    return { index: index + k, term: 2, payload: { kind: 'command' as const, data } };
  });
  await log.save({ hardState: null, entries, snapshot: null, mustSync: true });
  await log.close();
}

type Damage = readonly [name: string, damage: (path: string) => Promise<void>];

/** What is wrong whatever else the replica holds. */
const LOG_DAMAGES: readonly Damage[] = [
  [
    'a flipped bit in a table of the log',
    async (at) => change(await fileOf(join(at, 'log'), /ldb$/), flipLive),
  ],
  [
    'a zeroed sector in a table of the log',
    async (at) => change(await fileOf(join(at, 'log'), /ldb$/), zeroLive),
  ],
  [
    'a flipped bit in the write-ahead log',
    async (at) => {
      await withNewEntries(at);
      await change(await fileOf(join(at, 'log'), /\d\.log$/), flipAt(0.5));
    },
  ],
  [
    'a zeroed sector in the write-ahead log',
    async (at) => {
      await withNewEntries(at);
      await change(await fileOf(join(at, 'log'), /\d\.log$/), zeroSector);
    },
  ],
  [
    'a tail cut below the mark',
    async (at) => {
      await withNewEntries(at);
      await truncate(await fileOf(join(at, 'log'), /\d\.log$/), 4_000);
    },
  ],
  [
    'a missing write-ahead log',
    async (at) => {
      await withNewEntries(at);
      await rm(await fileOf(join(at, 'log'), /\d\.log$/));
    },
  ],
  ['a missing table of the log', async (at) => rm(await fileOf(join(at, 'log'), /ldb$/))],
  ['a missing MANIFEST of the log', async (at) => rm(await fileOf(join(at, 'log'), /MANIFEST/))],
  [
    'a flipped bit in the MANIFEST of the log',
    async (at) => change(await fileOf(join(at, 'log'), /MANIFEST/), flipAt(0.5)),
  ],
  ['a missing CURRENT of the log', async (at) => rm(join(at, 'log', 'CURRENT'))],
  ['an empty CURRENT of the log', async (at) => truncate(join(at, 'log', 'CURRENT'), 0)],
  ['a missing log directory', async (at) => rm(join(at, 'log'), { recursive: true })],
  ['a missing mark', async (at) => rm(join(at, 'mark'))],
  ['an empty mark', async (at) => truncate(join(at, 'mark'), 0)],
  [
    'two flipped slots of the mark',
    async (at) =>
      change(join(at, 'mark'), (bytes) => {
        bytes[30]! ^= 1;
        bytes[4_096 + 30]! ^= 1;
      }),
  ],
  [
    'another vote in each copy',
    async (at) => {
      const vote = 'e'.repeat(16) as OnDisk['id'];
      const row = hardStateRow({ term: 2, vote, commit: 1 });
      await withRows(join(at, 'log'), (db) => db.put(HARD_STATE_KEY, row));
    },
  ],
];

/** What a log from the founding on would mend, and one that begins later cannot. */
const STATE_DAMAGES: readonly Damage[] = [
  [
    'a flipped bit in a table of the state',
    async (at) => change(await fileOf(join(at, 'state'), /ldb$/), flipLive),
  ],
  [
    'a zeroed sector in a table of the state',
    async (at) => change(await fileOf(join(at, 'state'), /ldb$/), zeroLive),
  ],
  ['a missing table of the state', async (at) => rm(await fileOf(join(at, 'state'), /ldb$/))],
  ['a missing CURRENT of the state', async (at) => rm(join(at, 'state', 'CURRENT'))],
  ['a missing MANIFEST of the state', async (at) => rm(await fileOf(join(at, 'state'), /MANIFEST/))],
  ['a missing state directory', async (at) => rm(join(at, 'state'), { recursive: true })],
  [
    'a state without one of its rows',
    async (at) =>
      withRows(join(at, 'state'), async (db) => {
        const [key] = await db.keys({ gte: Buffer.from('r'), limit: 1 }).all();
        await db.del(key!);
      }),
  ],
  ['a state without its meta', async (at) => withRows(join(at, 'state'), (db) => db.del(Buffer.from('m')))],
];

async function sizesIn(path: string): Promise<readonly string[]> {
  const names = await readdir(path, { recursive: true });
  return names.filter((name) => !name.startsWith('next') && !/LOG|LOCK/.test(name)).sort();
}

/** The node is not to run as the replica that it was: a fresh one waits, with what is wrong noted beside it. */
async function expectDamaged(path: string, { id, founders }: OnDisk): Promise<void> {
  const disk = await open(path);
  try {
    if (disk.kind !== 'damaged') throw new Error('it was taken for sound');
    expect(disk.lost.replica).toBe(id);
    expect(disk.damage).toMatch(/is damaged: .*This replica must not vote again/);
    expect(identityOn(disk)).toMatchObject({ cluster: '', replaces: id, founders });
    expect(identityOn(disk).replica).not.toBe(id);
  } finally {
    await disk.close();
  }
}

describe('a node that finds its disk damaged', () => {
  describe.each<[string, () => OnDisk, readonly Damage[]]>([
    ['with a log from the founding on', () => whole, LOG_DAMAGES],
    ['with a log that begins behind a state', () => compacted, [...LOG_DAMAGES, ...STATE_DAMAGES]],
  ])('%s', (_name, replica, damages) => {
    it.each(damages)(
      'by %s is replaced where it has peers, and refused where it is alone',
      async (_what, damage) => {
        const path = await copyOf(replica());
        await damage(path);
        const files = await sizesIn(path);
        const refusal = await open(path, ALONE).catch((error: unknown) => error);
        expect(refusal).toBeInstanceOf(Error);
        expect((refusal as Error).message).toMatch(/is damaged: .*malha recover --force/);
        expect(await readdir(path)).not.toContain('next');

        await expectDamaged(path, replica());
        const noted = await readFile(join(path, NOTE), 'utf8');
        // The next start does not look at it again: it is out for ever, under the same new id.
        const { replica: fresh } = (await readIdentity(join(path, 'next', 'identity.json')))!;
        await expectDamaged(path, replica());
        expect((await readIdentity(join(path, 'next', 'identity.json')))!.replica).toBe(fresh);
        expect(await readFile(join(path, NOTE), 'utf8')).toBe(noted);
        // LevelDB makes new files when it is opened; none of what was there is lost by ours.
        const left = await sizesIn(path);
        const kept = files.filter((name) => !name.startsWith('log/') && !name.startsWith('state/'));
        expect(left).toEqual(expect.arrayContaining(kept));
      },
    );
  });

  it.each(STATE_DAMAGES)(
    'by %s replays it from a log that reaches back to the founding',
    async (_what, damage) => {
      const path = await copyOf(whole);
      await damage(path);
      const disk = await openSound(path);
      // As far as the log knows to be committed, the rest follows once it runs.
      expect(disk.ledger?.appliedIndex).toBe(1);
      expect(disk.log.lastIndex()).toBe(300);
      await disk.close();
      expect(await readdir(path)).not.toContain('next');
    },
  );
});

describe('a node', () => {
  it('runs on a sound disk, with the ledger that lies on it', async () => {
    const disk = await openSound(await copyOf(compacted));
    expect(disk.ledger?.meta()).toEqual(compacted.ledger.meta());
    expect(disk.directory.identity).toMatchObject({ replica: compacted.id, cluster: CLUSTER });
    await disk.close();
  });

  it('finds that the log lost what the state has applied, although each is sound by itself', async () => {
    const path = await copyOf(whole);
    const shorter = await replicaOnDisk(join(root, 'shorter'), { last: 200, stateAt: 0 });
    for (const part of ['log', 'mark']) {
      await rm(join(path, part), { recursive: true });
      await cp(join(shorter.path, part), join(path, part), { recursive: true });
    }
    await expectDamaged(path, whole);
    expect(await readFile(join(path, NOTE), 'utf8')).toContain('the state is at index 300, and the log');
  });

  it('finds that a founder has forgotten everything', async () => {
    const path = await copyOf(whole);
    const empty = join(root, 'empty');
    await (await openSound(empty)).close();
    for (const part of ['log', 'mark', 'state', 'trail']) {
      await rm(join(path, part), { recursive: true });
      await cp(join(empty, part), join(path, part), { recursive: true });
    }
    await expectDamaged(path, whole);
  });

  it('is refused with a damaged identity, whoever its peers are', async () => {
    const path = await copyOf(whole);
    await change(join(path, 'identity.json'), flipAt(0.5));
    await expect(open(path)).rejects.toThrow(/identity.json is damaged.*malha member replace/);
    expect(await readdir(path)).not.toContain('next');
  });

  it('is refused when it belongs to no mesh yet: there is nothing to be repaired', async () => {
    const path = join(root, 'never-founded');
    await (await openSound(path)).close();
    await rm(join(path, 'mark'));
    await expect(open(path)).rejects.toThrow('mark is damaged');
    expect(await readdir(path)).not.toContain('next');
  });

  it('is replaced by itself twice, and no more until one of them has voted: such a disk is not to be trusted', async () => {
    const path = await copyOf(whole);
    const ids = new Set<string>([whole.id]);
    for (let time = 0; time < 2; time += 1) {
      await rm(join(path, 'mark'));
      const disk = await open(path);
      if (disk.kind !== 'damaged') throw new Error('it was taken for sound');
      ids.add(disk.replacement.identity.replica);
      await disk.replacement.takenIn(disk.lost);
      await disk.replacement.changePlaces();
      await (await openSound(path)).close();
    }
    expect(ids.size).toBe(3);
    await rm(join(path, 'mark'));
    await expect(open(path)).rejects.toThrow(/2 replicas were damaged here.*do not trust this disk/);
    expect(await readdir(path)).not.toContain('next');
    expect((await readdir(path)).filter((name) => name.startsWith('damaged-'))).toHaveLength(2);
  });

  it('runs once on a directory, also while it waits to be replaced (D6)', async () => {
    const path = await copyOf(whole);
    await rm(join(path, 'mark'));
    const disk = await open(path);
    await expect(open(path)).rejects.toMatchObject({ reason: 'in-use' });
    await disk.close();
  });

  it('does not take the rows of a later version for damage', async () => {
    const later = (key: Buffer, text: string): Buffer => {
      const row = newRow(text.length);
      bodyOf(row).write(text);
      row[0] = 2;
      sealRow(key, row);
      return row;
    };
    const rows: readonly [string, Buffer][] = [
      ['log', HARD_STATE_KEY],
      ['state', Buffer.from('m')],
    ];
    for (const [database, key] of rows) {
      const path = await copyOf(compacted);
      await withRows(join(path, database), (db) => db.put(key, later(key, 'what is to come')));
      const refusal = await open(path).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(DirectoryRefused);
      expect(refusal).toMatchObject({ reason: 'later-version' });
      expect(await readdir(path)).not.toContain('next');
    }
  });

  it('does not take a state of a later format, or of a later ledger, for damage', async () => {
    const key = Buffer.from('m');
    const write = (text: string) => async (db: Level<Buffer, Buffer>) => {
      const row = newRow(Buffer.byteLength(text));
      bodyOf(row).write(text);
      sealRow(key, row);
      await db.put(key, row);
    };
    const metaOf = async (path: string): Promise<string> => {
      let text = '';
      await withRows(join(path, 'state'), async (db) => {
        text = bodyOf((await db.get(key))!).toString();
      });
      return text;
    };
    const path = await copyOf(compacted);
    const meta = await metaOf(path);
    for (const text of [`\u0009${meta.slice(1)}`, meta.replace('"ledgerVersion":1', '"ledgerVersion":99')]) {
      await withRows(join(path, 'state'), write(text));
      await expect(open(path)).rejects.toThrow(/later|install a newer one/);
      expect(await readdir(path)).not.toContain('next');
    }
  });
});
