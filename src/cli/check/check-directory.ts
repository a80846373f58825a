/**
 * Checks a replica's directory offline: everything that a start would prove, on a copy.
 *
 * 1. The directory itself is never opened: LevelDB drops damaged records when it opens a log, and they may be the
 *    only evidence.
 * 2. A directory that is locked, or changes while it is copied, is in use, and nothing is said about it.
 */
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { AuditHead } from '../../ledger/state.js';
import { type Logger, SILENT } from '../../observe/logger.js';
import { changeConfig } from '../../raft/config-changer.js';
import type { ConfigState } from '../../raft/entry.js';
import { FOUNDING_INDEX, openLedger } from '../../replica/open-replica.js';
import type { LogStore } from '../../replica/ports.js';
import { REPAIR } from '../../storage/errors.js';
import { readIdentity } from '../../storage/identity-file.js';
import { DAMAGED_PREFIX, layoutOf } from '../../storage/layout.js';
import { LevelLogStore } from '../../storage/level-log-store.js';
import { LevelStateStore } from '../../storage/level-state-store.js';
import { MarkFile } from '../../storage/mark-file.js';
import { damagedIn, readDamage } from '../../storage/replacement.js';
import { checkTrail } from './check-trail.js';
import { copyReplica } from './copy-replica.js';
import { type DirectoryReport, type Findings, nothingFound } from './directory-report.js';

/** Rejects when `directory` holds no replica, or is in use. A damage is no rejection but a fault of the report. */
export async function checkDirectory(directory: string): Promise<DirectoryReport> {
  const { next, log } = layoutOf(directory);
  const copy = await mkdtemp(join(tmpdir(), 'malha-check-'));
  try {
    for (const each of [log, layoutOf(next).log]) {
      if (await isLocked(join(each, 'LOCK'))) throw inUse(directory);
    }
    const before = await fingerprintOf(directory);
    await copyReplica(directory, copy);
    if ((await fingerprintOf(directory)) !== before) throw inUse(directory);
    const found = nothingFound(directory);
    await checkBeside(directory, found);
    await checkCopy(copy, found);
    return found;
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

/** What a repair has begun or left in the directory. */
async function checkBeside(directory: string, found: Findings): Promise<void> {
  found.damaged = (await damagedIn(directory)).map((path) => basename(path));
  const { next } = layoutOf(directory);
  try {
    const identity = await readIdentity(layoutOf(next).identity);
    if (identity === null) return;
    const takenIn = identity.cluster !== '';
    found.next = { replica: identity.replica, takenIn, damage: withoutAdvice(await readDamage(next)) };
    found.faults.push(
      takenIn
        ? `the replica ${identity.replica} is taking its place: a start of the node goes on with that`
        : `it is out: the replica ${identity.replica} is to take its place, since ${found.next.damage}`,
    );
  } catch (error) {
    found.faults.push(messageOf(error, directory));
  }
}

async function checkCopy(copy: string, found: Findings): Promise<void> {
  const layout = layoutOf(copy);
  let founder = false;
  try {
    const identity = await readIdentity(layout.identity);
    if (identity === null) throw new NoReplica('no replica was made here: there is no identity.json');
    const { company, replica, cluster, founders } = identity;
    Object.assign(found, { company, replica, cluster });
    founder = founders.some(({ id }) => id === replica);
    if (identity.recovering) found.faults.push('its recovery was begun and not ended: run it again');
  } catch (error) {
    if (error instanceof NoReplica) throw error;
    found.faults.push(messageOf(error, copy));
  }
  // While two replicas change places, what lies here is of both.
  if (found.next?.takenIn) return;
  if (found.damaged.includes(`${DAMAGED_PREFIX}${found.replica}`)) {
    found.faults.push('it was being replaced, and the replica that was to take its place is lost');
    return;
  }
  await checkMark(layout.mark, found);
  let log: LevelLogStore | null = null;
  let head: AuditHead | null = null;
  try {
    log = await LevelLogStore.open(copy, { logger: noting(found.faults) });
    checkLog(log, found);
    if (founder && found.baseIndex === 0)
      found.faults.push('the log is empty, yet this replica founded its mesh');
    head = await checkState(copy, log, found);
  } catch (error) {
    found.faults.push(messageOf(error, copy));
  } finally {
    await log?.close();
  }
  await checkTrail(copy, head).then(
    (trail) => {
      found.trail = trail;
    },
    (error) => void found.faults.push(messageOf(error, copy)),
  );
}

async function checkMark(path: string, found: Findings): Promise<void> {
  try {
    const mark = await MarkFile.open(path);
    found.markIndex = mark.found.confirmedIndex;
    await mark.close();
  } catch {
    // The log cannot be opened without it, and says so.
  }
}

function checkLog(log: LogStore, found: Findings): void {
  const { term, vote, commit } = log.hardState();
  const { index: baseIndex, config } = log.snapshot();
  const lastIndex = log.lastIndex();
  Object.assign(found, { term, votedFor: vote, baseIndex, lastIndex });
  found.lastTerm = log.term(lastIndex) ?? 0;
  found.commitIndex = Math.max(commit, baseIndex);
  found.config = configAtEnd(log, config);
}

/**
 * A damaged state alone is no loss as long as the log reaches back to the founding; it is told all the same. Returns the head
 * of the ledger's audit trail.
 */
async function checkState(copy: string, log: LogStore, found: Findings): Promise<AuditHead | null> {
  const replayable = log.snapshot().index <= FOUNDING_INDEX;
  const notes: string[] = [];
  const logger = noting(notes);
  const state = await LevelStateStore.open(copy, { logger, keepDamaged: !replayable });
  try {
    const ledger = await openLedger(log, state, logger);
    if (notes.length > 0)
      found.faults.push('the state database is damaged; a start would replay it from the log');
    const { nowMs } = ledger.meta();
    found.stateIndex = state.meta()?.appliedIndex ?? 0;
    found.digest = state.meta()?.digest ?? '';
    found.ledgerTimeMs = nowMs;
    found.commitIndex = Math.max(found.commitIndex, found.stateIndex);
    const { openReservations, endedReservations } = ledger.query({ kind: 'totals' }, nowMs);
    Object.assign(found, { openReservations, endedReservations });
    found.usable = found.company !== '' && found.lastIndex > 0;
    return ledger.auditHead();
  } finally {
    await state.close();
  }
}

/** The configuration that the entries of the log lead to, in whatever is committed of them. */
function configAtEnd(log: LogStore, base: ConfigState): ConfigState {
  let config = base;
  for (let index = log.firstIndex(); index <= log.lastIndex(); index += 1) {
    const [entry] = log.entries(index, index + 1, 0);
    if (entry?.payload.kind !== 'config') continue;
    const result = changeConfig(config, entry.payload.change);
    if (result.kind === 'changed') config = result.config;
  }
  return config;
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

/** Errors name the copy that was opened; readers know only the original. What is to be done is for the docs to say. */
function messageOf(error: unknown, copy: string): string {
  const message = error instanceof Error ? error.message : String(error);
  return withoutAdvice(message).replaceAll(`${copy}/`, '').replaceAll(copy, 'the directory');
}

function withoutAdvice(message: string): string {
  return message.replace(` ${REPAIR}`, '');
}
