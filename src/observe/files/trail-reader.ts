/**
 * The audit trail, page by page behind an index.
 *
 * A place before which records are missing is told only after some patience: as a rule a peer sends them within seconds.
 */
import { type ReadRecord, readRecord } from '../../doors/trail-record.js';
import { FIRST_HEAD } from '../../ledger/audit.js';
import { Failure } from '../../replica/failure.js';
import type { Mesh, TrailAnswer } from '../../replica/mesh.js';

export type TrailNews =
  /** `upTo`: nothing that is not among them was applied up to this index. `more`: the next page is not empty. */
  | {
      readonly kind: 'records';
      readonly records: readonly ReadRecord[];
      readonly upTo: number;
      readonly more: boolean;
    }
  /** From one index to the other, both included, some or all records are missing. `atMs`: ledger time behind them. */
  | { readonly kind: 'gap'; readonly fromIndex: number; readonly toIndex: number; readonly atMs: number }
  /** `soon`: look again, even if nothing is applied. */
  | { readonly kind: 'nothing'; readonly soon: boolean };

/** Records of a page: parsed at once, which takes a millisecond or so. */
const PAGE_RECORDS = 64;

/** The first ledger version that keeps a trail. */
const TRAIL_VERSION = 2;

export interface TrailReaderOptions {
  readonly mesh: Pick<Mesh, 'status' | 'readTrail'>;
  /** Real milliseconds. */
  readonly gapPatienceMs: number;
  /** Monotonic, in real milliseconds. */
  readonly nowMs: () => number;
}

export class TrailReader {
  readonly #options: TrailReaderOptions;
  /** Since when records are known to be missing; null while none are. */
  #gapSinceMs: number | null = null;

  constructor(options: TrailReaderOptions) {
    this.#options = options;
  }

  /** What is behind `after`; gaps before the index `gapsToldTo` were told. Never rejects with a Failure. */
  async next(after: number, gapsToldTo: number): Promise<TrailNews> {
    const { mesh } = this.#options;
    const { ledgerVersion, appliedIndex } = mesh.status();
    if (ledgerVersion < TRAIL_VERSION || appliedIndex <= after) return { kind: 'nothing', soon: false };
    let page: TrailAnswer;
    try {
      page = await mesh.readTrail({ kind: 'from', index: after + 1, limit: PAGE_RECORDS });
    } catch (error) {
      if (error instanceof Failure) return { kind: 'nothing', soon: true };
      throw error;
    }
    const { records, completeFrom } = page;
    if (completeFrom > Math.max(after + 1, gapsToldTo) && !isFirstOfAll(page)) {
      return this.#isPatient() ? { kind: 'nothing', soon: true } : this.#gap(after + 1, page);
    }
    this.#gapSinceMs = null;
    const more = records.length === PAGE_RECORDS;
    const upTo = more ? records.at(-1)!.index : Math.max(appliedIndex, records.at(-1)?.index ?? 0);
    return { kind: 'records', records: records.map(readRecord), upTo, more };
  }

  #isPatient(): boolean {
    const { nowMs, gapPatienceMs } = this.#options;
    this.#gapSinceMs ??= nowMs();
    return nowMs() - this.#gapSinceMs < gapPatienceMs;
  }

  #gap(fromIndex: number, { records, completeFrom }: TrailAnswer): TrailNews {
    this.#gapSinceMs = null;
    const [next] = records;
    const atMs = next === undefined ? this.#options.mesh.status().ledgerTimeMs : readRecord(next).atMs;
    return { kind: 'gap', fromIndex, toIndex: completeFrom - 1, atMs };
  }
}

/** Before the first record that the mesh ever made none is missing. */
function isFirstOfAll({ records, completeFrom }: TrailAnswer): boolean {
  const [first] = records;
  return first !== undefined && first.index === completeFrom && first.before === FIRST_HEAD;
}
