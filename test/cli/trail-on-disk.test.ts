/** The audit trail in a replica's directory: what a start, `malha check` and `malha recover` make of each state of it. */
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkDirectory } from '../../src/cli/check/check-directory.js';
import { checkTrail } from '../../src/cli/check/check-trail.js';
import { describe as describeReport } from '../../src/cli/commands/check.js';
import { openDisk, type SoundDisk } from '../../src/cli/node/open-disk.js';
import { recover } from '../../src/cli/recover/recover-directory.js';
import { carryOut } from '../../src/cli/recover/rehearse.js';
import { SILENT } from '../../src/observe/logger.js';
import { noteBreaks, noteGapAtEnd } from '../../src/replica/trail-end.js';
import { readIdentity } from '../../src/storage/identity-file.js';
import { LevelTrailStore } from '../../src/storage/level-trail-store.js';
import { openTrail } from '../../src/storage/open-trail.js';
import { recordAt } from '../contracts/trail-store.js';
import { COMPANIES, type OnDisk, replicaOnDisk } from '../support/replica-on-disk.js';

const PEERS = COMPANIES.map((company, k) => ({ company, address: `127.0.0.1:${k + 1}` }));
/** The entry that raises the mesh to version 2. */
const RAISE = 20;
const LAST = 60;

let root: string;
let whole: OnDisk;
let copies = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'malha-trail-on-disk-'));
  whole = await replicaOnDisk(join(root, 'whole'), { last: LAST, raiseAt: RAISE });
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

async function openSound(dataDir: string, warnings: string[] = []): Promise<SoundDisk> {
  const logger = { ...SILENT, warn: (_: object, message: string) => void warnings.push(message) };
  const disk = await openDisk({ dataDir, company: COMPANIES[0]!, peers: PEERS }, logger);
  if (disk.kind !== 'sound') throw new Error(disk.damage);
  return disk;
}

/** Writes what lies in the trail's write-ahead log into a table, and flips a bit of that. */
async function damageTable(path: string): Promise<void> {
  await (await openTrail(path, { logger: SILENT })).close();
  const location = join(path, 'trail');
  const tables = (await readdir(location)).filter((name) => name.endsWith('.ldb'));
  const file = join(location, tables[0]!);
  const bytes = await readFile(file);
  bytes[Math.floor(bytes.length / 3)]! ^= 4;
  await writeFile(file, bytes);
}

async function withTrail(path: string, how: (trail: LevelTrailStore) => Promise<void>): Promise<void> {
  const trail = await LevelTrailStore.open(join(path, 'trail'));
  await how(trail);
  await trail.close();
}

describe('a start', () => {
  it('opens the trail that is there', async () => {
    const disk = await openSound(await copyOf(whole));
    expect([disk.trail.firstIndex, disk.trail.lastIndex]).toEqual([RAISE, LAST]);
    await disk.close();
  });

  it('gives a directory of the time before there was a trail an empty one', async () => {
    const path = await copyOf(whole);
    await rm(join(path, 'trail'), { recursive: true });
    const warnings: string[] = [];
    const disk = await openSound(path, warnings);
    expect([disk.trail.lastIndex, warnings]).toEqual([0, []]);
    await disk.close();
    const again = await openSound(path, warnings);
    expect([again.trail.lastIndex, warnings]).toEqual([0, []]);
    await again.close();
  });

  it('puts a damaged trail aside, warns, and begins a new one: the replica itself is sound', async () => {
    const path = await copyOf(whole);
    for (let k = 0; k < 2; k += 1) {
      await damageTable(path);
      const warnings: string[] = [];
      const disk = await openSound(path, warnings);
      expect(warnings).toEqual(['the audit trail is damaged: a new one begins']);
      expect(disk.trail.lastIndex).toBe(0);
      // So that there is something to be damaged once more.
      await disk.trail.append([recordAt(k + 1)]);
      await disk.close();
      expect(await readdir(join(path, 'trail.damaged'))).toContain('CURRENT');
      expect(await readdir(path)).not.toContain('next');
    }
  });

  it('begins a new trail where the making of one was interrupted', async () => {
    const path = await copyOf(whole);
    await rm(join(path, 'trail', 'CURRENT'));
    const disk = await openSound(path);
    expect(disk.trail.lastIndex).toBe(0);
    await disk.close();
  });
});

describe('a bit that flips where LevelDB says nothing', () => {
  it.each([0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95])(
    'is a gap before the next record, at %s',
    async (share) => {
      const path = await copyOf(whole);
      const location = join(path, 'trail');
      const written = (await readdir(location)).filter((name) => /\d\.log$/.test(name)).sort();
      const file = join(location, written.at(-1)!);
      const bytes = await readFile(file);
      expect(bytes.length).toBeGreaterThan(10_000);
      bytes[Math.floor(bytes.length * share)]! ^= 4;
      await writeFile(file, bytes);
      const trail = await openTrail(path, { logger: SILENT });
      const head = whole.ledger.auditHead();
      await noteBreaks(trail);
      await noteGapAtEnd(trail, head);
      expect(trail.gaps.length).toBeGreaterThan(0);
      const { gaps } = trail;
      await trail.close();
      // No break is left that nobody knows of.
      expect((await checkTrail(path, head))?.gaps).toEqual(gaps);
    },
  );
});

describe('malha check', () => {
  it('proves the chain of a whole trail, and says how far it goes', async () => {
    const report = await checkDirectory(await copyOf(whole));
    const trail = { records: LAST - RAISE + 1, firstIndex: RAISE, lastIndex: LAST, gaps: [] };
    expect(report).toMatchObject({ faults: [], usable: true, trail });
    expect(describeReport(report)).toContain(`  trail    41 records from ${RAISE} to ${LAST}`);
  });

  it('takes it as it is that there is none', async () => {
    const path = await copyOf(whole);
    await rm(join(path, 'trail'), { recursive: true });
    expect(await checkDirectory(path)).toMatchObject({ faults: [], trail: null });
  });

  it('tells of gaps, which are no fault: those that are noted, and the one that a start will note', async () => {
    const path = await copyOf(whole);
    await withTrail(path, async (trail) => {
      const records = await trail.read(0, 100);
      await trail.close();
      await rm(join(path, 'trail'), { recursive: true });
      const fresh = await openTrail(path, { logger: SILENT });
      const withSubjects = records.map((record) => ({ ...record, subjects: [] }));
      await fresh.append(withSubjects.filter(({ index }) => index < 30));
      await fresh.append(
        withSubjects.filter(({ index }) => index >= 40 && index < 50),
        { opened: 40 },
      );
      await fresh.close();
    });
    const report = await checkDirectory(path);
    expect(report).toMatchObject({ faults: [], trail: { records: 20, gaps: [40, LAST + 1] } });
    expect(describeReport(report).join('\n')).toContain('more are missing before 40, 61');
  });

  it('finds a chain that is broken where no gap is known', async () => {
    const path = await copyOf(whole);
    await withTrail(path, async (trail) => {
      const [record] = await trail.read(30, 1);
      await trail.append([{ ...record!, text: record!.text.replace('car-30', 'car-31'), subjects: [] }]);
    });
    const report = await checkDirectory(path);
    expect(report.faults.join()).toContain('the record at index 31 does not go on from that at 30');
    expect(report).toMatchObject({ usable: true, trail: null, lastIndex: LAST });
  });

  it('finds a damaged table, and the replica usable all the same', async () => {
    const path = await copyOf(whole);
    await damageTable(path);
    const report = await checkDirectory(path);
    expect(report.faults).toHaveLength(1);
    expect(report.faults[0]).toMatch(/^trail.* is damaged/);
    expect(report).toMatchObject({ usable: true, trail: null });
  });
});

describe('malha recover', () => {
  it('completes the trail with what the log holds beyond the state', async () => {
    const path = join(root, 'behind');
    await replicaOnDisk(path, { last: LAST, raiseAt: RAISE, stateAt: 35 });
    await carryOut(recover(path, (await readIdentity(join(path, 'identity.json')))!, 'e'.repeat(16)));
    expect(await checkDirectory(path)).toMatchObject({
      faults: [],
      trail: { records: LAST - RAISE + 1, lastIndex: LAST, gaps: [] },
    });
  });

  it('notes what is missing before it goes on', async () => {
    const path = join(root, 'behind-without-trail');
    await replicaOnDisk(path, { last: LAST, raiseAt: RAISE, stateAt: 35 });
    await rm(join(path, 'trail'), { recursive: true });
    await carryOut(recover(path, (await readIdentity(join(path, 'identity.json')))!, 'e'.repeat(16)));
    expect(await checkDirectory(path)).toMatchObject({
      faults: [],
      trail: { records: LAST - 35, firstIndex: 36, lastIndex: LAST, gaps: [36] },
    });
  });
});
