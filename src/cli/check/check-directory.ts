/**
 * Checks a replica's directory offline: everything that a start would prove, on a copy.
 *
 * 1. The directory itself is never opened: LevelDB drops damaged records when it opens a log, and they may be the
 *    only evidence.
 * 2. A directory that is locked, or changes while it is copied, is in use, and nothing is said about it.
 */
import { cp, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ledger } from '../../ledger/ledger.js';
import { type Logger, SILENT } from '../../observe/logger.js';
import type { SnapshotMeta } from '../../raft/entry.js';
import { FOUNDING_INDEX, settleStaged } from '../../replica/open-replica.js';
import { readIdentity } from '../../storage/identity-file.js';
import { layoutOf } from '../../storage/layout.js';
import { LevelLogStore } from '../../storage/level-log-store.js';
import { LevelStateStore } from '../../storage/level-state-store.js';

export interface DirectoryReport {
  readonly directory: string;
  readonly company: string;
  readonly replica: string;
  /** '' when it belongs to no mesh yet. */
  readonly cluster: string;
  readonly term: number;
  readonly votedFor: string;
  readonly baseIndex: number;
  readonly lastIndex: number;
  /** Up to which index the state database goes; the rest is replayed from the log. 0 where it is empty. */
  readonly stateIndex: number;
  readonly digest: string;
  /** What is wrong, in words; empty for a sound directory. */
  readonly faults: readonly string[];
}

/** Rejects when `directory` holds no replica, or is in use. A damage is no rejection but a fault of the report. */
export async function checkDirectory(directory: string): Promise<DirectoryReport> {
  const copy = await mkdtemp(join(tmpdir(), 'malha-check-'));
  try {
    if (await isLocked(join(layoutOf(directory).log, 'LOCK'))) throw inUse(directory);
    const before = await fingerprintOf(directory);
    await cp(directory, copy, { recursive: true });
    if ((await fingerprintOf(directory)) !== before)
      throw new Error(`${directory} is in use: end its node first`);
    return { ...(await checkCopy(copy)), directory };
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

async function checkCopy(copy: string): Promise<DirectoryReport> {
  const faults: string[] = [];
  const report = {
    directory: copy,
    ...{ company: '', replica: '', cluster: '', faults, term: 0, votedFor: '', baseIndex: 0, lastIndex: 0 },
    ...{ stateIndex: 0, digest: '' },
  };
  try {
    const identity = await readIdentity(layoutOf(copy).identity);
    if (identity === null) throw new NoReplica('no replica was made here: there is no identity.json');
    const { company, replica, cluster } = identity;
    Object.assign(report, { company, replica, cluster });
  } catch (error) {
    if (error instanceof NoReplica) throw error;
    faults.push(messageOf(error, copy));
  }
  let base: SnapshotMeta | null = null;
  try {
    const log = await LevelLogStore.open(copy, { logger: noting(faults) });
    const { term, vote } = log.hardState();
    Object.assign(report, {
      term,
      votedFor: vote,
      baseIndex: log.snapshot().index,
      lastIndex: log.lastIndex(),
    });
    base = log.snapshot();
    await log.close();
    if (report.cluster !== '' && report.baseIndex === 0)
      faults.push('the log is empty, yet the replica belongs to a mesh');
  } catch (error) {
    faults.push(messageOf(error, copy));
  }
  try {
    Object.assign(report, await checkState(copy, base, faults));
  } catch (error) {
    faults.push(messageOf(error, copy));
  }
  if (report.stateIndex > report.lastIndex && faults.length === 0) {
    faults.push(`the state is at index ${report.stateIndex}, beyond the log's last, ${report.lastIndex}`);
  }
  if (report.stateIndex < report.baseIndex && report.baseIndex > FOUNDING_INDEX) {
    faults.push(
      `the state is at index ${report.stateIndex}, and the log begins only behind ${report.baseIndex}`,
    );
  }
  return report;
}

/** A damaged state alone is no loss as long as the log reaches back to the founding; it is told all the same. */
async function checkState(
  copy: string,
  base: SnapshotMeta | null,
  faults: string[],
): Promise<{ stateIndex: number; digest: string }> {
  const warnings: string[] = [];
  const state = await LevelStateStore.open(copy, { logger: noting(warnings) });
  try {
    if (warnings.length > 0)
      faults.push(
        base !== null && base.index > FOUNDING_INDEX
          ? 'the state database is damaged, and the log does not reach back to its beginning'
          : 'the state database is damaged; a start would replay it from the log',
      );
    if (base !== null) await settleStaged(base, state);
    const meta = state.meta();
    if (meta === null) return { stateIndex: 0, digest: '' };
    const rows: { readonly key: string; readonly row: string }[] = [];
    for await (const row of state.rows()) rows.push(row);
    Ledger.restore(rows, meta);
    return { stateIndex: meta.appliedIndex, digest: meta.digest };
  } finally {
    await state.close();
  }
}

function inUse(directory: string): Error {
  return new Error(`${directory} is in use: end its node first`);
}

/** Whether a process holds LevelDB's lock file, where the system tells (Linux); else false. */
async function isLocked(path: string): Promise<boolean> {
  try {
    const { ino } = await stat(path);
    const locks = await readFile('/proc/locks', 'utf8');
    return locks.split('\n').some((line) => line.includes(`:${ino} `));
  } catch {
    return false;
  }
}

class NoReplica extends Error {
  override readonly name = 'NoReplica';
}

/** A logger that keeps warnings: what a start would go on with is worth telling here. */
function noting(warnings: string[]): Logger {
  return { ...SILENT, warn: (_fields, message) => void warnings.push(message) };
}

/** Names, sizes and times of all files: changes with every write of a running node. */
async function fingerprintOf(directory: string): Promise<string> {
  const names = (await readdir(directory, { recursive: true })).sort();
  const lines = await Promise.all(
    names.map(async (name) => {
      const { size, mtimeMs } = await stat(join(directory, name));
      return `${name} ${size} ${mtimeMs}`;
    }),
  );
  return lines.join('\n');
}

/** Errors name the copy that was opened; readers know only the original. */
function messageOf(error: unknown, copy: string): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replaceAll(`${copy}/`, '').replaceAll(copy, 'the directory');
}
