/**
 * The lines that the ledger has for the files, behind those that are in them: from the audit trail alone, page by page, so
 * that nothing waits in memory and nothing is left out, however long the disk was away.
 *
 * 1. In the order of the indexes, no line twice: what a file has already is left out by its place.
 * 2. Indexes mean something within one mesh. Another one begins anew, behind a line that says so; one that goes on from
 *    the same entries (`malha recover`) is none.
 */
import { type ReadRecord, readRecord } from '../../doors/trail-record.js';
import { Failure } from '../../replica/failure.js';
import { LEDGER_KINDS, type Line } from './day-file.js';
import { linesOfRecord } from './ledger-lines.js';
import { OwnReservations } from './own-reservations.js';
import { BEGINNING, isBehind, WHOLE_ENTRY } from './place.js';
import type { Found, Places } from './recovery.js';
import type { FilesState, Reference } from './state-file.js';
import { TrailReader, type TrailReaderOptions } from './trail-reader.js';

export interface LedgerTailOptions extends TrailReaderOptions {
  readonly company: string;
  readonly found: Found;
}

/** How far the files are. */
export type Progress = Pick<FilesState, 'mesh' | 'index' | 'gapsToldTo' | 'last'>;

export type Ahead = FilesState['ahead'];

/** Of files that tell nothing of a ledger. */
export const NO_PROGRESS: Progress = { mesh: '', index: 0, gapsToldTo: 0, last: null };

export interface Batch {
  readonly lines: readonly Line[];
  /** What is true once the lines are written. */
  readonly progress: Progress;
  /** There is more at once. */
  readonly more: boolean;
  /** Look again, even if nothing is applied. */
  readonly soon: boolean;
  /** To be on disk before anything else is written. */
  readonly urgent: boolean;
  /** Another mesh: what the files know of the ledger's lines counts no more. */
  readonly anew: boolean;
}

export class LedgerTail {
  readonly #options: LedgerTailOptions;
  readonly #reader: TrailReader;
  readonly #own: OwnReservations;
  #places: Places;
  #progress: Progress;

  constructor(options: LedgerTailOptions) {
    const { mesh, company, found } = options;
    this.#options = options;
    this.#reader = new TrailReader(options);
    this.#own = new OwnReservations(mesh, company);
    this.#places = found.places;
    this.#progress = {
      mesh: found.state?.mesh ?? '',
      index: doneTo(found.places),
      gapsToldTo: found.state?.gapsToldTo ?? 0,
      last: found.last,
    };
  }

  get progress(): Progress {
    return this.#progress;
  }

  /** The kinds of which a process before this one wrote more than `progress` says. */
  get ahead(): Ahead {
    const whole = { index: this.#progress.index, k: WHOLE_ENTRY };
    const kinds = LEDGER_KINDS.filter((kind) => !isBehind(this.#places[kind], whole));
    return Object.fromEntries(kinds.map((kind) => [kind, this.#places[kind]]));
  }

  /** What is to be written next; `written` must be told before it is asked again. */
  async next(): Promise<Batch> {
    const { cluster, ready } = this.#options.mesh.status();
    if (cluster === '') return this.#nothing(false);
    if (cluster === this.#progress.mesh) return this.#read();
    // Until this node caught up, its trail may not reach what the files know of.
    return ready ? this.#enter(cluster) : this.#nothing(true);
  }

  /** The lines of the batch are in the files. */
  written({ progress, anew }: Batch): void {
    if (anew) this.#places = nowhere();
    this.#progress = progress;
  }

  async #read(): Promise<Batch> {
    const { index, gapsToldTo } = this.#progress;
    const news = await this.#reader.next(index, gapsToldTo);
    switch (news.kind) {
      case 'nothing':
        return this.#nothing(news.soon);
      case 'gap': {
        const { fromIndex, toIndex, atMs } = news;
        const progress = { ...this.#progress, gapsToldTo: toIndex + 1 };
        const lines = toAll({ kind: 'gap', v: 1, fromIndex, toIndex }, atMs);
        return { ...URGENT, lines, progress };
      }
      case 'records':
        return this.#batchOf(news.records, news.upTo, news.more);
    }
  }

  async #batchOf(records: readonly ReadRecord[], upTo: number, more: boolean): Promise<Batch> {
    const lines: Line[] = [];
    const { company } = this.#options;
    for (const record of records) {
      const { index, events } = record;
      const own = await unlessFailed(this.#own.among(index, events));
      if (own === null) return this.#nothing(true);
      const made = linesOfRecord(record, company, own);
      lines.push(...made.filter(({ kind, k }) => !isBehind({ index, k }, this.#places[kind])));
    }
    const newest = records.at(-1);
    const last = newest === undefined ? this.#progress.last : referenceOf(newest);
    const progress = { ...this.#progress, index: upTo, last };
    return { ...QUIET, lines, progress, more };
  }

  async #enter(cluster: string): Promise<Batch> {
    const { last, mesh } = this.#progress;
    const isFirst = last === null && mesh === '';
    const knows = isFirst || (last !== null && (await unlessFailed(this.#knows(last))));
    if (knows === null) return this.#nothing(true);
    if (knows) return { ...URGENT, lines: [], progress: { ...this.#progress, mesh: cluster } };
    const { ledgerTimeMs } = this.#options.mesh.status();
    const lines = toAll({ kind: 'mesh', v: 1, mesh: cluster }, ledgerTimeMs);
    const progress = { mesh: cluster, index: 0, gapsToldTo: 0, last: null };
    return { ...URGENT, lines, progress, anew: true };
  }

  /** Whether the mesh has the very entry that the files know of. */
  async #knows({ index, at, traceId }: Reference): Promise<boolean> {
    const { records } = await this.#options.mesh.readTrail({ kind: 'from', index, limit: 1 });
    const [record] = records;
    if (record?.index !== index) return false;
    const found = referenceOf(readRecord(record));
    return found.at === at && found.traceId === traceId;
  }

  #nothing(soon: boolean): Batch {
    return { ...QUIET, lines: [], progress: this.#progress, soon };
  }
}

/** What a ledger has to say that is not there. */
export const NOTHING: Batch = {
  ...{ lines: [], progress: NO_PROGRESS, more: false, soon: false, urgent: false, anew: false },
};

const QUIET = { more: false, soon: false, urgent: false, anew: false } as const;
const URGENT = { more: true, soon: false, urgent: true, anew: false } as const;

/** Null: the trail cannot be read now. */
async function unlessFailed<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Failure) return null;
    throw error;
  }
}

/** Up to this index all lines of all kinds are in the files. */
function doneTo(places: Places): number {
  const done = LEDGER_KINDS.map((kind) => places[kind]);
  return Math.min(...done.map(({ index, k }) => (k === WHOLE_ENTRY ? index : index - 1)));
}

function nowhere(): Places {
  return { reservas: BEGINNING, pontos: BEGINNING, veiculos: BEGINNING };
}

function referenceOf({ index, atMs, traceId }: ReadRecord): Reference {
  return { index, at: new Date(atMs).toISOString(), traceId };
}

function toAll(said: object, atMs: number): readonly Line[] {
  return LEDGER_KINDS.map((kind) => ({ kind, atMs, text: JSON.stringify(said) }));
}
