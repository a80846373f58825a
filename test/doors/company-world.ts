/**
 * A few companies with points on a ledger of the newest version, for tests of what doors ask of it. Ledger time stands
 * still until a test moves it.
 */
import type { Operation } from '../../src/ledger/command.js';
import type { Result } from '../../src/ledger/result.js';
import type { Submission } from '../../src/replica/mesh.js';
import { LoneLedger, SingleMesh } from '../support/single-mesh.js';

export const HOUR_MS = 3_600_000;

export const FRESH = { consistency: 'linearizable', timeoutMs: 1_000 } as const;

export interface PlacedPoint {
  readonly id: string;
  readonly company: string;
  readonly place?: string;
  /** Degrees. */
  readonly at: readonly [latitude: number, longitude: number];
  readonly connector?: string;
  readonly powerKw?: number;
}

export class CompanyWorld {
  readonly lone = new LoneLedger();
  /** The node of `one`. */
  readonly mesh = new SingleMesh(this.lone, 'one');

  constructor() {
    this.lone.raise();
  }

  get nowMs(): number {
    return this.lone.nowMs;
  }

  /** Registers points, and their companies first. */
  async register(...points: readonly PlacedPoint[]): Promise<void> {
    for (const company of new Set(points.map((point) => point.company))) {
      await this.as(company, { kind: 'register-company', name: company, displayId: company });
    }
    for (const { id, company, place = 'Salvador', at, connector = 'ccs2', powerKw = 60 } of points) {
      await this.as(company, {
        kind: 'register-point',
        ...{ pointId: id, place, connector, powerWatts: powerKw * 1_000 },
        latitudeMicrodegrees: Math.round(at[0] * 1e6),
        longitudeMicrodegrees: Math.round(at[1] * 1e6),
      });
    }
  }

  /** What is decided of an operation that `holder` gives at the node of `company`; a refusal fails the test. */
  async as(
    company: string,
    operation: Operation,
    holder = 'anonimo',
  ): Promise<Exclude<Result, { kind: 'refused' }>> {
    const mesh = new SingleMesh(this.lone, company);
    const submission: Submission = {
      ...{ door: 'rest', holder, operation, traceId: 'a'.repeat(32) },
      ...{ requestKey: `key-${this.lone.index}`, keyKind: 'node' },
    };
    const { result } = await mesh.submit(submission, { timeoutMs: 1_000 });
    if (result.kind === 'refused') throw new Error(`${operation.kind}: ${result.reason} ${result.detail}`);
    return result;
  }

  /** Reserves an hour at each point, the k-th k + 1 hours from now, for `holder`; returns the reservation's id. */
  async reserve(holder: string, ...pointIds: readonly string[]): Promise<string> {
    const stops = pointIds.map((pointId, k) => ({
      ...{ pointId, company: '', durationMs: HOUR_MS },
      startMs: this.nowMs + (k + 1) * HOUR_MS,
    }));
    const result = await this.as('one', { kind: 'reserve', stops, holdMs: 0 }, holder);
    if (result.kind !== 'reserved') throw new Error(`not reserved but ${result.kind}`);
    return result.reservationId;
  }

  /** What the leader does now and then: ended reservations leave memory when they are old enough. */
  prune(): void {
    this.lone.apply({
      ...{ ledgerVersion: 2, requestKey: '', keyKind: 'node', holder: '', door: 'node', originCompany: '' },
      ...{ traceId: '0'.repeat(32), notAfterMs: Number.MAX_SAFE_INTEGER, operation: { kind: 'prune' } },
    });
  }
}
