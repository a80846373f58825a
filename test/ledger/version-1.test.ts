/**
 * A log of version 1 gives the same rows for ever, whatever later versions add: while a mesh is being upgraded, old and
 * new programs apply the same entries, and their digests must not part.
 */
import { describe, expect, it } from 'vitest';
import type { Operation } from '../../src/ledger/command.js';
import { Ledger } from '../../src/ledger/ledger.js';
import { HOUR_MS, Log, MINUTE_MS, point, release, reserve, route, stop } from './log.js';

/** Numbers that look random and are the same everywhere: a linear congruential generator. */
function numbers(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) % bound;
  };
}

const COMPANIES = ['empresa_a', 'empresa_b', 'empresa_c'] as const;
const DOORS = ['rest', 'legacy-rest', 'mqtt', 'legacy-mqtt', 'grpc'] as const;

function operation(next: (bound: number) => number): Operation {
  const pointId = () => String(1 + next(9));
  switch (next(10)) {
    case 0:
      return { kind: 'register-company', name: `N${next(3)}`, displayId: String(next(4)) };
    case 1:
    case 2:
      return point(pointId(), `place ${next(3)}`);
    case 3:
      return route(String(next(3)), [pointId(), pointId()], [next(100)]);
    case 4:
      return release([pointId(), pointId()], next(2) === 0 ? 'any' : 'all-or-none');
    case 5:
      return { kind: 'expire' };
    default: {
      const stops = Array.from({ length: 1 + next(3) }, () =>
        stop(pointId(), {
          startMs: next(2) === 0 ? 'now' : 1_767_225_600_000 + next(2_000) * MINUTE_MS,
          durationMs: (1 + next(90)) * MINUTE_MS,
        }),
      );
      return reserve(stops, next(3) === 0 ? 1_000 + next(20) * MINUTE_MS : 0);
    }
  }
}

/** 2,000 commands of every kind of version 1, over nine points of three companies. */
function longLog(): Log {
  const log = new Log();
  const next = numbers(20_260_101);
  for (let i = 0; i < 2_000; i += 1) {
    log.atMs += next(5) === 0 ? next(2) * HOUR_MS : next(MINUTE_MS);
    const chosen = operation(next);
    if (chosen.kind === 'expire') log.apply(chosen);
    else {
      log.apply(chosen, {
        originCompany: COMPANIES[next(3)]!,
        door: DOORS[next(5)]!,
        holder: `vehicle-${next(4)}`,
        requestKey: `key-${next(6) === 0 ? next(50) : 1_000 + i}`,
        keyKind: next(2) === 0 ? 'client' : 'node',
      });
    }
  }
  return log;
}

describe('a log of version 1', () => {
  const log = longLog();

  it('gives the digest that the first program gave', () => {
    const { digest, ledgerVersion } = log.ledger.meta();
    expect(ledgerVersion).toBe(1);
    expect(digest).toBe('979c0a4df571ab99cfbaf7eca5ce923f');
  });

  it('gives rows that all say version 1, and that make the same ledger again', () => {
    const rows = [...log.ledger.rows()];
    expect(rows.length).toBeGreaterThan(300);
    for (const { row } of rows) expect(row.startsWith('{"v":1,')).toBe(true);
    expect(Ledger.restore(rows, log.ledger.meta()).meta()).toEqual(log.ledger.meta());
  });

  it('has reservations in every state of version 1', () => {
    const states = new Set<string>();
    for (const [key, row] of log.rows()) {
      if (key.startsWith('v:')) states.add((JSON.parse(row) as { state: string }).state);
    }
    expect([...states].sort()).toEqual(['CANCELED', 'CONFIRMED', 'EXPIRED', 'HELD']);
  });
});
