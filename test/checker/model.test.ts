/** The model must be right before it may judge: it decides and answers as the ledger does, over the same random logs. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Command, Operation } from '../../src/ledger/command.js';
import { Ledger } from '../../src/ledger/ledger.js';
import type { Query } from '../../src/ledger/query.js';
import type { Answer, Result } from '../../src/ledger/result.js';
import { entries } from '../ledger/arbitraries.js';
import { HOUR_MS, MINUTE_MS, START_MS } from '../ledger/log.js';
import { applyEntry } from './model/ledger-model.js';
import { changesBetween } from './model/moments.js';
import { LedgerState } from './model/state.js';
import { viewOf } from './model/views.js';
import { difference } from './seen.js';

const WINDOW_MS = 4 * HOUR_MS;

const QUERIES: readonly Query[] = [
  { kind: 'companies' },
  { kind: 'points', windowMs: WINDOW_MS },
  { kind: 'point', pointId: '1', windowMs: MINUTE_MS },
  { kind: 'point', pointId: 'nowhere', windowMs: MINUTE_MS },
  { kind: 'routes', windowMs: WINDOW_MS },
  { kind: 'route', routeId: '7', windowMs: WINDOW_MS },
  { kind: 'points-between', from: ' salvador', to: 'SALVADOR', windowMs: WINDOW_MS },
  { kind: 'open-reservations', holder: 'x' },
  { kind: 'holder-now', pointId: '2' },
  { kind: 'totals' },
];

/** Without the sentence, which is for people. */
function decisionOf({ index, atMs, result }: Answer): object {
  return { index, atMs, result: result.kind === 'refused' ? { ...result, detail: '' } : result };
}

/** How the model's view differs from the ledger's reply; of totals it leaves out what is no rule. */
function viewDifference(ledger: Ledger, state: LedgerState, query: Query, atMs: number): string | null {
  return difference(viewOf(state, query, atMs), ledger.query(query, atMs));
}

/** All that a state remembers. */
function textOf({
  nowMs,
  ledgerVersion,
  companies,
  points,
  routes,
  reservations,
  keys,
}: LedgerState): string {
  const tables: readonly ReadonlyMap<string, unknown>[] = [companies, points, routes, reservations, keys.all];
  return JSON.stringify([nowMs, ledgerVersion, tables.map((table) => [...table])]);
}

describe('the model', () => {
  it('decides every entry as the ledger does', () => {
    fc.assert(
      fc.property(entries(120), (log) => {
        const ledger = Ledger.empty();
        const state = new LedgerState();
        for (const entry of log) {
          const { answer, repeated } = ledger.apply(entry, 1);
          const decision = applyEntry(state, entry);
          expect(difference(decisionOf(decision.answer), decisionOf(answer))).toBeNull();
          expect(decision.effect === 'repeated').toBe(repeated);
        }
        for (const id of state.reservations.keys()) {
          const query: Query = { kind: 'reservation', reservationId: id };
          expect(ledger.query(query, 0)).toEqual(viewOf(state, query, 0));
        }
      }),
      { numRuns: 100 },
    );
  });

  it('answers every query as the ledger does, at any moment', () => {
    fc.assert(
      fc.property(entries(60), fc.nat({ max: 300 }), (log, minutes) => {
        const ledger = Ledger.empty();
        const state = new LedgerState();
        for (const entry of log) {
          ledger.apply(entry, 1);
          applyEntry(state, entry);
        }
        const atMs = START_MS + minutes * MINUTE_MS;
        for (const query of QUERIES) expect(viewDifference(ledger, state, query, atMs)).toBeNull();
      }),
      { numRuns: 100 },
    );
  });

  it('knows every moment at which a reply changes by time alone', () => {
    fc.assert(
      fc.property(entries(60), fc.constantFrom(...QUERIES), (log, query) => {
        const state = new LedgerState();
        for (const entry of log) applyEntry(state, entry);
        const untilMs = state.nowMs + 10 * HOUR_MS;
        const changes = [...changesBetween(state, query, state.nowMs, untilMs), untilMs + 1];
        let view = JSON.stringify(viewOf(state, query, state.nowMs));
        for (const atMs of changes) {
          expect(JSON.stringify(viewOf(state, query, atMs - 1))).toBe(view);
          view = JSON.stringify(viewOf(state, query, atMs));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('is equal to its clone, and apart from it', () => {
    fc.assert(
      fc.property(entries(40), entries(10), (log, more) => {
        const state = new LedgerState();
        for (const entry of log) applyEntry(state, entry);
        const text = textOf(state);
        const clone = state.clone();
        expect(textOf(clone)).toBe(text);
        more.forEach((entry, i) => {
          applyEntry(clone, { ...entry, index: log.length + i + 1 });
        });
        expect(textOf(state)).toBe(text);
      }),
      { numRuns: 40 },
    );
  });

  describe('refuses to judge', () => {
    it('what comes of a ledger version that it does not know', () => {
      expect(judge({ kind: 'raise-version', ledgerVersion: 2 })).toBe('version-raised');
      expect(() => judge({ kind: 'raise-version', ledgerVersion: 3 })).toThrow(
        'run: the model has no rule for ledger version 3',
      );
    });
  });

  it('judges a command that version 1 refuses by its envelope alone, whatever it asks for', () => {
    expect(judge({ kind: 'prune' }, 2)).toBe('refused');
  });
});

/** What kind of result the operation comes to as the first entry of a log. */
function judge(operation: Operation, ledgerVersion = 1): Result['kind'] {
  const command: Command = {
    ledgerVersion,
    requestKey: 'k',
    keyKind: 'client',
    holder: 'x',
    door: 'rest',
    originCompany: 'empresa_a',
    traceId: '0'.repeat(32),
    notAfterMs: START_MS,
    operation,
  };
  return applyEntry(new LedgerState(), { index: 1, atMs: START_MS, command }).answer.result.kind;
}
