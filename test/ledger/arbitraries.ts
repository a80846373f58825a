/** Random commands over few names and times, so that they meet: points are taken, keys repeated, holds due. */
import fc from 'fast-check';
import type { Command, LedgerEntry, Operation, WantedStop } from '../../src/ledger/command.js';
import { HOUR_MS, MINUTE_MS, point, route, START_MS } from './log.js';

const pointId = fc.constantFrom('1', '2', '3', '4', '5', '10');

const stop: fc.Arbitrary<WantedStop> = fc.record({
  pointId: fc.oneof({ arbitrary: pointId, weight: 12 }, { arbitrary: fc.constant('nowhere'), weight: 1 }),
  company: fc.oneof(
    { arbitrary: fc.constant(''), weight: 6 },
    { arbitrary: fc.constantFrom('empresa_a', '2'), weight: 1 },
  ),
  startMs: fc.oneof(
    fc.constant<'now'>('now'),
    fc.integer({ min: -4, max: 60 }).map((n) => START_MS + n * 15 * MINUTE_MS),
  ),
  durationMs: fc.constantFrom(MINUTE_MS, 30 * MINUTE_MS, HOUR_MS, 4 * HOUR_MS),
});

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('1', '2', '3')
      .map((displayId): Operation => ({ kind: 'register-company', name: 'N', displayId })),
  },
  { weight: 4, arbitrary: pointId.map((id) => point(id)) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(pointId, pointId, fc.integer({ min: 0, max: 1 }))
      .map(([a, b, legs]) => route('7', [a, b], legs === 0 ? [] : [5])),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('reserve' as const),
      stops: fc.array(stop, { minLength: 1, maxLength: 4 }),
      holdMs: fc.constantFrom(0, 0, 1_000, 10 * MINUTE_MS),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('release' as const),
      pointIds: fc.array(pointId, { minLength: 1, maxLength: 3 }),
      mode: fc.constantFrom('all-or-none' as const, 'any' as const),
    }),
  },
  { weight: 5, arbitrary: fc.constant<Operation>({ kind: 'expire' }) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(0, 1)
      .map((ledgerVersion): Operation => ({ kind: 'raise-version', ledgerVersion })),
  },
);

const requestKey = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(...'abcdefghij') },
  { weight: 3, arbitrary: fc.nat({ max: 1_000_000 }).map((n) => `key-${n}`) },
);

const command: fc.Arbitrary<Omit<Command, 'notAfterMs'>> = operation.chain((chosen) =>
  fc.record({
    ledgerVersion: fc.integer({ min: 1, max: 20 }).map((n) => (n === 20 ? 2 : 1)),
    requestKey: chosen.kind === 'expire' ? fc.constant('') : requestKey,
    keyKind: fc.constantFrom('client' as const, 'node' as const, 'node' as const),
    holder: fc.constantFrom('x', 'y'),
    door:
      chosen.kind === 'expire'
        ? fc.constant('node' as const)
        : fc.constantFrom('rest' as const, 'legacy-rest' as const),
    originCompany: fc.constantFrom('empresa_a', 'empresa_a', 'empresa_b'),
    traceId: fc.constant('0'.repeat(32)),
    operation: fc.constant(chosen),
  }),
);

/** Entries from index 1 on; stamps go on, jump, and sometimes fall back. Some commands come twice. */
export function entries(maxLength: number): fc.Arbitrary<readonly LedgerEntry[]> {
  const step = fc.record({
    command,
    afterMs: fc.constantFrom(0, 0, 1, 500, 500, MINUTE_MS, MINUTE_MS, 5 * MINUTE_MS, HOUR_MS),
    /** How far the clock that stamps this one is behind. */
    behindMs: fc.constantFrom(0, 0, 0, 0, 0, 0, MINUTE_MS),
    lastsMs: fc.constantFrom(-1, 0, 5_000, 5_000, 5_000, 5_000, HOUR_MS),
    /** How many entries before this one stands the command that it repeats; 0 for a new command. */
    repeats: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 7),
  });
  return fc
    .tuple(fc.nat({ max: 7 }), fc.array(step, { minLength: 1, maxLength, size: 'max' }))
    .map(([seeded, steps]) => {
      const made: LedgerEntry[] = seeded > 0 ? [...SEED] : [];
      let atMs = START_MS;
      for (const { command, afterMs, behindMs, lastsMs, repeats } of steps) {
        atMs += afterMs;
        const again = repeats > 0 ? made[made.length - repeats]?.command : undefined;
        const index = made.length + 1;
        made.push({
          index,
          atMs: atMs - behindMs,
          command: again ?? { ...command, notAfterMs: atMs + lastsMs },
        });
      }
      return made;
    });
}

/** Two companies with four points. */
const SEED: readonly LedgerEntry[] = [
  ['empresa_a', { kind: 'register-company', name: 'A', displayId: '1' }],
  ['empresa_b', { kind: 'register-company', name: 'B', displayId: '2' }],
  ['empresa_a', point('1')],
  ['empresa_a', point('2')],
  ['empresa_b', point('3')],
  ['empresa_b', point('10')],
].map(([originCompany, operation], i) => ({
  index: i + 1,
  atMs: START_MS,
  command: {
    ledgerVersion: 1,
    requestKey: `seed-${i}`,
    keyKind: 'node',
    holder: 'x',
    door: 'node',
    originCompany: originCompany as string,
    traceId: '0'.repeat(32),
    notAfterMs: START_MS + 10_000,
    operation: operation as Operation,
  },
}));
