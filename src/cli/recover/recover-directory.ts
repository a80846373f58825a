/**
 * Makes the replica of a directory the only voter of a new mesh, offline: the last way out when a majority is lost.
 *
 * 1. Only a sound replica, and only all of it: everything that its log holds counts from now on, also what was in doubt.
 * 2. The mesh gets a new id, which is on disk before anything else changes: whoever was in the old one is refused for ever
 *    (D5, D6), and an entry that the old one never committed counts in the new one only.
 * 3. After a crash at any moment the node refuses to start, and the same once more ends it, with the same mesh id.
 */
import { isDeepStrictEqual } from 'node:util';
import { ledgerCodec } from '../../codec/ledger-codec.js';
import type { Applied, Ledger } from '../../ledger/ledger.js';
import { SILENT } from '../../observe/logger.js';
import { EMPTY_CONFIG } from '../../raft/config-changer.js';
import { type ConfigState, type Entry, NOBODY, type ReplicaId } from '../../raft/entry.js';
import { FOUNDING_INDEX, openLedger } from '../../replica/open-replica.js';
import type { LogStore, StateMeta, StateStore, TrailStore } from '../../replica/ports.js';
import { noteBreaks, noteGapAtEnd } from '../../replica/trail-end.js';
import { type StoredIdentity, writeIdentity } from '../../storage/identity-file.js';
import { layoutOf } from '../../storage/layout.js';
import { LevelLogStore } from '../../storage/level-log-store.js';
import { LevelStateStore } from '../../storage/level-state-store.js';
import { openTrail } from '../../storage/open-trail.js';
import { dropNext } from '../../storage/replacement.js';

/** So many entries are applied and written together. */
const CHUNK_ENTRIES = 1_000;
const CHUNK_BYTES_MAX = 4 * 1024 * 1024;

interface Applying {
  readonly log: LogStore;
  readonly state: StateStore;
  readonly trail: TrailStore;
  readonly ledger: Ledger;
  readonly meta: () => StateMeta;
}

/** What a recovered replica holds. */
export interface Recovered {
  readonly lastIndex: number;
  readonly lastTerm: number;
  readonly ledgerTimeMs: number;
  readonly digest: string;
  readonly openReservations: number;
  readonly endedReservations: number;
}

/**
 * Recovers the directory `path`, whose replica is `identity`, into the mesh `cluster`, with a step after each of which a
 * crash may come. Returns null, with nothing changed, where the replica decides alone already. Throws DirectoryRefused when
 * a process has it, DamagedStore or LedgerLost for what is not sound: nothing is changed then either.
 */
export async function* recover(
  path: string,
  identity: StoredIdentity,
  cluster: string,
): AsyncGenerator<void, Recovered | null> {
  const log = await LevelLogStore.open(path, { logger: SILENT });
  try {
    if (identity.recovering === undefined && decidesAlone(log, identity.replica)) return null;
    const keepDamaged = log.snapshot().index > FOUNDING_INDEX;
    const state = await LevelStateStore.open(path, { logger: SILENT, keepDamaged });
    try {
      const ledger = await openLedger(log, state, SILENT);
      const trail = await openTrail(path, { logger: SILENT });
      try {
        const { replica, company } = identity;
        const members = [{ id: replica, company, address: '' }];
        const alone = { replica, company, cluster, founders: members };
        await writeIdentity(layoutOf(path).identity, { ...alone, recovering: true });
        yield;
        const meta = (): StateMeta => ({ ...ledger.meta(), config: onlyVoter(replica), members });
        await noteBreaks(trail);
        await noteGapAtEnd(trail, ledger.auditHead());
        yield* applyAll({ log, state, trail, ledger, meta });
        await trail.sync();
        await state.sync();
        yield;
        await beginAnew(log, onlyVoter(replica));
        yield;
        await dropNext(path);
        yield;
        await writeIdentity(layoutOf(path).identity, alone);
        return recovered(ledger);
      } finally {
        await trail.close();
      }
    } finally {
      await state.close();
    }
  } finally {
    await log.close();
  }
}

/** The configuration in which `replica` decides alone. */
export function onlyVoter(replica: ReplicaId): ConfigState {
  return { ...EMPTY_CONFIG, voters: [replica] };
}

/** Whether the committed configuration is that, and no entry might have changed it. */
function decidesAlone(log: LogStore, replica: ReplicaId): boolean {
  const { config } = log.snapshot();
  for (let index = log.firstIndex(); index <= log.lastIndex(); index += 1) {
    if (log.entries(index, index + 1, 0)[0]!.payload.kind === 'config') return false;
  }
  return isDeepStrictEqual(config, onlyVoter(replica));
}

function recovered(ledger: Ledger): Recovered {
  const { appliedIndex, appliedTerm, nowMs, digest } = ledger.meta();
  const { openReservations, endedReservations } = ledger.query({ kind: 'totals' }, nowMs);
  return {
    ...{ lastIndex: appliedIndex, lastTerm: appliedTerm, ledgerTimeMs: nowMs, digest },
    ...{ openReservations, endedReservations },
  };
}

/** Brings the state to the end of the log, and writes who is a member from now on. */
async function* applyAll({ log, state, trail, ledger, meta }: Applying): AsyncGenerator<void> {
  // At least one write: the ledger may be at the end already.
  do {
    const first = ledger.appliedIndex + 1;
    const end = Math.min(log.lastIndex() + 1, first + CHUNK_ENTRIES);
    const applied = log.entries(first, end, CHUNK_BYTES_MAX).flatMap((entry) => apply(ledger, entry));
    await trail.append(applied.flatMap(({ record }) => record ?? []));
    await state.write(
      applied.flatMap(({ changes }) => changes),
      meta(),
    );
    yield;
  } while (ledger.appliedIndex < log.lastIndex());
}

/** What a command did; nothing for an entry of consensus itself. */
function apply(ledger: Ledger, { index, term, payload }: Entry): readonly Applied[] {
  if (payload.kind !== 'command') {
    ledger.skip(index, term);
    return [];
  }
  return [ledger.apply(ledgerCodec.decodeEntry(payload.data, index), term)];
}

/** The log goes on behind its last entry, which is in the synced state, in a term that nobody was in. */
async function beginAnew(log: LogStore, config: ConfigState): Promise<void> {
  const index = log.lastIndex();
  const { term } = log.hardState();
  await log.save({
    hardState: { term: term + 1, vote: NOBODY, commit: index },
    entries: [],
    snapshot: { index, term: log.term(index)!, config },
    mustSync: true,
  });
}
