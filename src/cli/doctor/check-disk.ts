/**
 * Whether a node can live on its disk: room, leave to write, how long a sync takes, and a directory of its own company
 * without a known damage. Nothing that is there is opened: `malha check` proves the databases, while the node does not run.
 */
import { access, constants, mkdtemp, open, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readIdentity } from '../../storage/identity-file.js';
import { layoutOf } from '../../storage/layout.js';
import { damagedIn, readDamage } from '../../storage/replacement.js';
import type { NodeSettings } from '../node-settings.js';
import { type Finding, finding, messageOf } from './finding.js';

const MEBIBYTE = 1_048_576;

/** A sync is tried so often, and the one in the middle counts. */
const SYNCS = 9;

/** Every write waits for one: slower than this is worth a word. */
const SLOW_SYNC_MS = 25;

type DiskSettings = Pick<NodeSettings, 'dataDir' | 'company' | 'jsonDir' | 'diskReserveBytes' | 'electionMs'>;

export async function checkDisk(settings: DiskSettings): Promise<readonly Finding[]> {
  const { dataDir, jsonDir } = settings;
  return [
    await guarded('disk', dataDir, () => checkRoom('disk', dataDir, settings.diskReserveBytes)),
    await guarded('disk', dataDir, () => checkSync(dataDir, settings.electionMs)),
    await guarded('disk', dataDir, () => checkReplica(dataDir, settings.company)),
    // A disk that the files find full stops no node.
    ...(jsonDir === undefined
      ? []
      : [asNote(await guarded('files', jsonDir, () => checkRoom('files', jsonDir, 0)))]),
  ];
}

async function checkRoom(check: 'disk' | 'files', path: string, reserveBytes: number): Promise<Finding> {
  const there = await nearest(path);
  await access(there, constants.W_OK);
  const { bavail, bsize } = await statfs(there);
  const freeMb = Math.floor((bavail * bsize) / MEBIBYTE);
  const free = `${freeMb} MiB are free at ${path}`;
  if (bavail * bsize > reserveBytes) return finding(check, 'ok', free);
  const reserveMb = reserveBytes / MEBIBYTE;
  return finding(
    check,
    'fault',
    `${free}, and below ${reserveMb} MiB (MALHA_DISK_RESERVE_MB) no proposal is taken`,
  );
}

async function checkSync(path: string, electionMs: number): Promise<Finding> {
  const directory = await mkdtemp(join(await placeToTry(path), '.malha-doctor-'));
  try {
    const middleMs = await measureSyncs(join(directory, 'sync'));
    const text = `a sync takes ${middleMs.toFixed(1)} ms`;
    if (middleMs >= electionMs) return finding('disk', 'fault', `${text}: longer than an election time-out`);
    return middleMs < SLOW_SYNC_MS
      ? finding('disk', 'ok', text)
      : finding('disk', 'note', `${text}, and every write waits for one: is this disk made for it?`);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function measureSyncs(path: string): Promise<number> {
  const file = await open(path, 'w');
  try {
    const tookMs: number[] = [];
    for (let each = 0; each < SYNCS; each += 1) {
      await file.write(Buffer.alloc(4_096, each));
      const beganAtMs = performance.now();
      await file.datasync();
      tookMs.push(performance.now() - beganAtMs);
    }
    return tookMs.sort((a, b) => a - b)[Math.floor(SYNCS / 2)]!;
  } finally {
    await file.close();
  }
}

async function checkReplica(dataDir: string, company: string): Promise<Finding> {
  const identity = await readIdentity(layoutOf(dataDir).identity);
  if (identity === null) return finding('disk', 'ok', `${dataDir} holds no replica yet: a start makes one`);
  if (identity.company !== company) {
    return finding('disk', 'fault', `${dataDir} holds the replica of ${identity.company}, not of ${company}`);
  }
  const { next } = layoutOf(dataDir);
  if ((await stat(next).catch(() => null)) !== null) {
    const damage = (await readDamage(next)) || 'it was found damaged';
    return finding('disk', 'note', `the replica in ${dataDir} is being replaced: ${damage}`);
  }
  const kept = (await damagedIn(dataDir)).length;
  const mesh = identity.cluster === '' ? 'of no mesh yet' : `of mesh ${identity.cluster}`;
  const also = kept === 0 ? '' : `; ${kept} damaged before it ${kept === 1 ? 'is' : 'are'} kept`;
  return finding('disk', 'ok', `${dataDir} holds replica ${identity.replica} ${mesh}${also}`);
}

/** On the disk of `path`, and beside it where that can be: no replica's directory should hold what is not the replica's. */
async function placeToTry(path: string): Promise<string> {
  const there = await nearest(path);
  if (there !== path) return there;
  const beside = dirname(path);
  const [own, other] = await Promise.all([stat(path), stat(beside)]);
  const isWritable = access(beside, constants.W_OK).then(
    () => true,
    () => false,
  );
  return own.dev === other.dev && (await isWritable) ? beside : path;
}

/** The directory itself, or the nearest above it that is there. */
async function nearest(path: string): Promise<string> {
  for (let place = path; ; place = dirname(place)) {
    const found = await stat(place).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (found?.isDirectory() === false) throw new Error(`${place} is no directory`);
    if (found !== null || dirname(place) === place) return place;
  }
}

async function guarded(
  check: 'disk' | 'files',
  path: string,
  look: () => Promise<Finding>,
): Promise<Finding> {
  try {
    return await look();
  } catch (error) {
    return finding(check, 'fault', `${path}: ${messageOf(error)}`);
  }
}

function asNote(found: Finding): Finding {
  return found.verdict === 'fault' ? { ...found, verdict: 'note' } : found;
}
