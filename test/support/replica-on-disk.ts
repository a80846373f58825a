/**
 * The directory of a replica of a mesh of three, as its node left it: real stores, a ledger with points and reservations.
 */
import { randomBytes } from 'node:crypto';
import { ledgerCodec } from '../../src/codec/ledger-codec.js';
import type { Command, Operation } from '../../src/ledger/command.js';
import { type Applied, Ledger } from '../../src/ledger/ledger.js';
import { SILENT } from '../../src/observe/logger.js';
import { EMPTY_CONFIG } from '../../src/raft/config-changer.js';
import { type ConfigState, type Entry, NOBODY, type ReplicaId, replicaId } from '../../src/raft/entry.js';
import type { Member } from '../../src/replica/frame.js';
import { LevelLogStore } from '../../src/storage/level-log-store.js';
import { LevelStateStore } from '../../src/storage/level-state-store.js';
import { openTrail } from '../../src/storage/open-trail.js';
import { openReplicaDirectory } from '../../src/storage/replica-directory.js';

export const CLUSTER = 'c'.repeat(16);
export const COMPANIES = ['empresa_a', 'empresa_b', 'empresa_c'];

const START_MS = 1_800_000_000_000;
const POINTS = 12;

export interface OnDisk {
  readonly path: string;
  readonly id: ReplicaId;
  readonly founders: readonly Member[];
  readonly config: ConfigState;
  /** At the end of the log. */
  readonly ledger: Ledger;
}

export interface OnDiskOptions {
  /** The log begins behind it; 1 is the founding. */
  readonly base?: number;
  readonly last?: number;
  /** Up to which index the state goes. */
  readonly stateAt?: number;
  /** Entries at the end of the log, in the place of commands. */
  readonly tail?: readonly Entry['payload'][];
  /** The entry that raises the ledger to version 2: from then on there are records in the trail. */
  readonly raiseAt?: number;
  /** Bytes of every command beside what it needs. */
  readonly paddingBytes?: number;
}

/** Makes the replica of `empresa_a` in `path`. */
export async function replicaOnDisk(path: string, options: OnDiskOptions = {}): Promise<OnDisk> {
  const { base = 1, last = 60, stateAt = last, tail = [], paddingBytes = 0, raiseAt = 0 } = options;
  const directory = await openReplicaDirectory(path, { company: COMPANIES[0]!, random: randomBytes });
  const id = directory.identity.replica;
  const founders = [id, replicaId('b'.repeat(16)), replicaId('d'.repeat(16))]
    .map((each, k) => ({ id: each, company: COMPANIES[k]!, address: '' }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const config = { ...EMPTY_CONFIG, voters: founders.map((member) => member.id) };

  const log = await LevelLogStore.open(path, { logger: SILENT });
  const founding = { index: 1, term: 1, config };
  await log.save({
    hardState: { term: 1, vote: NOBODY, commit: 1 },
    entries: [],
    snapshot: founding,
    mustSync: true,
  });
  const commands = Array.from({ length: last - 1 - tail.length }, (_, k) =>
    k + 2 === raiseAt ? raiseAtIndex(raiseAt) : payloadAt(k + 2, paddingBytes),
  );
  const entries = [...commands, ...tail].map((payload, k): Entry => ({ index: k + 2, term: 2, payload }));
  const hardState = { term: 2, vote: id, commit: 1 };
  for (let k = 0; k < entries.length; k += 20) {
    await log.save({ hardState, entries: entries.slice(k, k + 20), snapshot: null, mustSync: true });
  }

  const state = await LevelStateStore.open(path, { logger: SILENT });
  const trail = await openTrail(path, { logger: SILENT });
  const ledger = Ledger.empty();
  ledger.skip(1, 1);
  for (const entry of entries) {
    const { changes, record } = apply(ledger, entry);
    if (entry.index > stateAt) continue;
    if (record !== null) await trail.append([record]);
    await state.write(changes, { ...ledger.meta(), config, members: founders });
  }
  await trail.sync();
  await trail.close();
  await state.sync();
  await state.close();
  if (base > 1) {
    const snapshot = { index: base, term: log.term(base)!, config };
    await log.save({ hardState: null, entries: [], snapshot, mustSync: true });
  }
  await log.close();
  await directory.establish(CLUSTER, founders);
  return { path, id, founders, config, ledger };
}

function apply(ledger: Ledger, { index, term, payload }: Entry): Pick<Applied, 'changes' | 'record'> {
  if (payload.kind === 'command') return ledger.apply(ledgerCodec.decodeEntry(payload.data, index), term);
  ledger.skip(index, term);
  return { changes: [], record: null };
}

function raiseAtIndex(index: number): Entry['payload'] {
  return commandAt(index, { kind: 'raise-version', ledgerVersion: 2 });
}

function payloadAt(index: number, paddingBytes: number): Entry['payload'] {
  if (index === 2) return { kind: 'no-op' };
  return commandAt(index, operationAt(index, paddingBytes));
}

function commandAt(index: number, operation: Operation): Entry['payload'] {
  const atMs = START_MS + index * 1_000;
  const command: Command = {
    ledgerVersion: 1,
    requestKey: `key-${index}`,
    keyKind: 'client',
    holder: `car-${index}`,
    door: 'rest',
    originCompany: COMPANIES[0]!,
    traceId: '0'.repeat(32),
    notAfterMs: atMs + 60_000,
    operation,
  };
  return { kind: 'command', data: ledgerCodec.stamp(ledgerCodec.encodeCommand(command), atMs) };
}

/** A company, its points, and from then on reservations of an hour, one after the other. */
function operationAt(index: number, paddingBytes: number): Operation {
  if (index === 3) return { kind: 'register-company', name: 'A', displayId: '1' };
  if (index < 4 + POINTS) {
    return {
      ...{ kind: 'register-point', pointId: String(index - 3), place: `Salvador${'.'.repeat(paddingBytes)}` },
      ...{ latitudeMicrodegrees: 0, longitudeMicrodegrees: 0, connector: 'CCS2', powerWatts: 50_000 },
    };
  }
  const startMs = START_MS + Math.ceil(index / POINTS) * 3_600_000;
  const stop = { pointId: String((index % POINTS) + 1), company: '', startMs, durationMs: 3_600_000 };
  return { kind: 'reserve', stops: [stop], holdMs: 0 };
}
