import { describe, expect, it } from 'vitest';
import { fingerprint } from '../../src/ledger/fingerprint.js';
import { Ledger } from '../../src/ledger/ledger.js';
import { CLIENT_KEYS_PER_HOLDER_MAX, KEYS_SWEPT_MAX, NODE_KEY_GRACE_MS } from '../../src/ledger/limits.js';
import type { Log } from './log.js';
import { DAY_MS, point, refusal, release, reserve, START_MS, seededLog, stop } from './log.js';

const CLIENT = { keyKind: 'client', requestKey: 'trip-1' } as const;

function keyRows(log: Log): readonly string[] {
  return [...log.rows().keys()].filter((key) => key.startsWith('k:'));
}

/** Uses up all client keys that a holder may have. */
function fillKeys(log: Log, holder: string): void {
  for (let i = 0; i < CLIENT_KEYS_PER_HOLDER_MAX; i += 1) {
    const { answer } = log.apply(release(['1'], 'any'), {
      keyKind: 'client',
      requestKey: `fill-${i}`,
      holder,
    });
    expect(answer.result.kind).toBe('released');
  }
}

describe('a request key', () => {
  it('gets its first answer again for the same operation, and nothing is booked twice', () => {
    const log = seededLog();
    const first = log.apply(reserve([stop('1')]), CLIENT);
    log.atMs += 5_000;
    const again = log.apply(reserve([stop('1')]), CLIENT);
    expect(again).toEqual({ answer: first.answer, changes: [], events: [], repeated: true, record: null });
    expect(first.repeated).toBe(false);
    expect(log.ledger.query({ kind: 'totals' }, log.atMs).openReservations).toBe(1);
  });

  it('gets a refusal again too, also when the request would succeed by now', () => {
    const log = seededLog();
    log.apply(reserve([stop('1')]), { door: 'legacy-rest' });
    const refused = log.apply(reserve([stop('1')]), CLIENT);
    expect(refused.answer.result).toMatchObject(refusal('STOPS_UNAVAILABLE'));
    log.apply(release(['1']));
    expect(log.apply(reserve([stop('1')]), CLIENT)).toEqual({
      answer: refused.answer,
      changes: [],
      events: [],
      repeated: true,
      record: null,
    });
    expect(log.result(reserve([stop('1')]), { ...CLIENT, requestKey: 'trip-2' })).toMatchObject({
      kind: 'reserved',
    });
  });

  it('does not serve another operation, and keeps its first answer', () => {
    const log = seededLog();
    const first = log.apply(reserve([stop('1')]), CLIENT);
    const other = log.apply(reserve([stop('2')]), CLIENT);
    expect(other.answer.result).toMatchObject(refusal('KEY_REUSED'));
    expect(other).toMatchObject({ changes: [], repeated: false });
    expect(log.apply(reserve([stop('1')]), CLIENT).answer).toEqual(first.answer);
  });

  it('is the same request whatever the door, the trace and the deadline', () => {
    const log = seededLog();
    const first = log.apply(reserve([stop('1')]), { ...CLIENT, door: 'rest' });
    const again = log.apply(reserve([stop('1')]), {
      ...CLIENT,
      door: 'grpc',
      originCompany: 'empresa_b',
      traceId: 'f'.repeat(32),
      notAfterMs: log.atMs + 99_000,
    });
    expect(again).toMatchObject({ answer: first.answer, repeated: true });
  });

  it('belongs to its holder: two holders may use one key', () => {
    const log = seededLog();
    log.apply(reserve([stop('1')]), { ...CLIENT, holder: 'a' });
    expect(log.apply(reserve([stop('2')]), { ...CLIENT, holder: 'b' })).toMatchObject({
      answer: { result: { kind: 'reserved' } },
      repeated: false,
    });
  });

  it('and its holder cannot be mixed up with another pair that reads the same', () => {
    const log = seededLog();
    log.apply(reserve([stop('1')]), { requestKey: 'b c', holder: 'a' });
    log.apply(reserve([stop('2')]), { requestKey: 'c', holder: 'a b' });
    expect(log.ledger.answerFor('a', 'b c')?.answer.result).toMatchObject({ stops: [{ pointId: '1' }] });
    expect(log.ledger.answerFor('a b', 'c')?.answer.result).toMatchObject({ stops: [{ pointId: '2' }] });
  });

  it.each([
    ['missing', ''],
    ['of 256 characters', 'x'.repeat(256)],
    ['with a line feed', 'a\nb'],
    ['beyond ASCII', 'ação'],
  ])('that is %s is refused and nothing is kept', (_, requestKey) => {
    const log = seededLog();
    const refused = log.apply(reserve([stop('1')]), { requestKey });
    expect(refused.answer.result).toMatchObject(refusal('INVALID'));
    expect(refused.changes).toEqual([]);
  });
});

describe("a client's key", () => {
  it('is kept for 24 hours of ledger time, then it is a new request', () => {
    const log = seededLog();
    log.apply(reserve([stop('1')]), CLIENT);
    log.atMs = START_MS + DAY_MS - 1;
    expect(log.apply(reserve([stop('1')]), CLIENT).repeated).toBe(true);
    log.atMs = START_MS + DAY_MS;
    expect(log.apply(reserve([stop('1')]), CLIENT)).toMatchObject({
      repeated: false,
      answer: { result: { kind: 'reserved' } },
    });
  });

  it('outlives every copy of its command, also one that may take effect for two days', () => {
    const log = seededLog();
    const long = { ...CLIENT, notAfterMs: START_MS + 2 * DAY_MS };
    log.apply(reserve([stop('1')]), long);
    for (const atMs of [START_MS + DAY_MS, long.notAfterMs]) {
      log.atMs = atMs;
      expect(log.apply(reserve([stop('1')]), long).repeated).toBe(true);
    }
    log.atMs += 1;
    expect(log.result(reserve([stop('1')]), long)).toMatchObject(refusal('TOO_LATE'));
  });

  it('is one of at most 1,000 that a holder has alive; node-made keys and other holders do not count', () => {
    const log = seededLog();
    fillKeys(log, 'busy');
    const more = { keyKind: 'client', requestKey: 'one-more', holder: 'busy' } as const;
    const refused = log.apply(reserve([stop('1')]), more);
    expect(refused.answer.result).toMatchObject(refusal('TOO_MANY_KEYS'));
    expect(refused.changes).toEqual([]);
    expect(log.result(reserve([stop('1')]), { ...more, keyKind: 'node' }).kind).toBe('reserved');
    expect(log.result(reserve([stop('2')]), { ...more, holder: 'other' }).kind).toBe('reserved');
    expect(log.apply(release(['1'], 'any'), { ...more, requestKey: 'fill-7' }).repeated).toBe(true);
  });

  it('counts while it lives, not while it waits to be removed', () => {
    const log = seededLog();
    fillKeys(log, 'busy');
    log.atMs = START_MS + DAY_MS;
    // The first of these would find 1,000 dead records, of which a command removes only 64.
    for (let i = 0; i < 3; i += 1) {
      const result = log.result(reserve([stop('1')]), {
        keyKind: 'client',
        requestKey: `new-${i}`,
        holder: 'busy',
      });
      expect(result).not.toMatchObject(refusal('TOO_MANY_KEYS'));
    }
  });
});

describe('a key that a node made', () => {
  it('lives a minute beyond its notAfter: no copy is executed twice, and who knows no outcome can ask', () => {
    const log = seededLog();
    const notAfterMs = START_MS + 10_000;
    const node = { requestKey: 'n', notAfterMs, door: 'legacy-rest' } as const;
    const first = log.apply(reserve([stop('1')]), node);
    log.apply(release(['1']));
    const answers: string[] = [];
    for (const atMs of [
      notAfterMs - 1,
      notAfterMs,
      notAfterMs + NODE_KEY_GRACE_MS - 1,
      notAfterMs + NODE_KEY_GRACE_MS,
    ]) {
      log.atMs = atMs;
      const { repeated, answer } = log.apply(reserve([stop('1')]), node);
      if (repeated) expect(answer).toEqual(first.answer);
      answers.push(answer.result.kind === 'refused' ? answer.result.reason : `repeated ${repeated}`);
    }
    expect(answers).toEqual(['repeated true', 'repeated true', 'repeated true', 'TOO_LATE']);
  });

  it('lives also when its notAfter is the last exact number', () => {
    const log = seededLog();
    const node = { requestKey: 'n', notAfterMs: Number.MAX_SAFE_INTEGER };
    log.apply(reserve([stop('1')]), node);
    log.atMs = 2 ** 52;
    expect(log.apply(reserve([stop('1')]), node).repeated).toBe(true);
    expect(() => Ledger.restore(log.ledger.rows(), log.ledger.meta())).not.toThrow();
  });
});

describe('a command after its notAfter', () => {
  it('takes no effect and is kept under no key, but moves ledger time', () => {
    const log = seededLog();
    log.atMs += 10;
    const late = log.apply(reserve([stop('1')]), { ...CLIENT, notAfterMs: log.atMs - 1 });
    expect(late.answer.result).toMatchObject(refusal('TOO_LATE'));
    expect(late.changes).toEqual([]);
    expect(log.ledger.meta().nowMs).toBe(log.atMs);
    expect(log.apply(reserve([stop('1')]), { ...CLIENT, notAfterMs: log.atMs })).toMatchObject({
      answer: { result: { kind: 'reserved' } },
    });
  });

  it('is judged by ledger time, which a stamp from a slow clock does not turn back', () => {
    const log = seededLog();
    log.atMs = START_MS + 1_000;
    log.apply(point('1'));
    log.atMs = START_MS;
    expect(log.result(reserve([stop('1')]), { notAfterMs: START_MS + 999 })).toMatchObject(
      refusal('TOO_LATE'),
    );
  });
});

describe('the sweep', () => {
  it('removes dead records, at most 64 a command, in order of expiry and key', () => {
    const log = seededLog();
    for (let i = 0; i < 150; i += 1) {
      // Keys made later are the first to die.
      log.apply(release(['1'], 'any'), { requestKey: `n-${i}`, notAfterMs: START_MS + 20_000 - (i % 3) });
    }
    log.atMs = START_MS + NODE_KEY_GRACE_MS + 30_000;
    const order = (applied: ReturnType<Log['apply']>) =>
      applied.changes.filter(({ row }) => row === null).map(({ key }) => key.replace('k:vehicle-1\n', ''));
    const first = order(log.apply({ kind: 'expire' }));
    expect(first).toHaveLength(KEYS_SWEPT_MAX);
    // The 7 keys of the seed died after 10 s and the grace, then those with i % 3 = 2, by text.
    expect(first.slice(0, 7)).toEqual(['key-1', 'key-2', 'key-3', 'key-4', 'key-5', 'key-6', 'key-7']);
    const dying = Array.from({ length: 150 }, (_, i) => i).filter((i) => i % 3 === 2);
    expect(first.slice(7, 57)).toEqual(dying.map((i) => `n-${i}`).sort());
    while (order(log.apply({ kind: 'expire' })).length > 0);
    expect(keyRows(log)).toEqual([]);
  });

  it('leaves alone a key that was used anew after its death', () => {
    const log = seededLog();
    log.apply(release(['1'], 'any'), { requestKey: 'n', notAfterMs: START_MS });
    for (let i = 0; i < 100; i += 1) {
      log.apply(release(['1'], 'any'), { requestKey: `a-${i}`, holder: 'a', notAfterMs: START_MS });
    }
    log.atMs += NODE_KEY_GRACE_MS + 5_000;
    const anew = log.apply(release(['2'], 'any'), { requestKey: 'n' });
    expect(anew.repeated).toBe(false);
    for (let i = 0; i < 5; i += 1) log.apply({ kind: 'expire' });
    expect(log.ledger.answerFor('vehicle-1', 'n')?.answer).toEqual(anew.answer);
    expect(log.ledger.query({ kind: 'totals' }, log.atMs).requestKeys).toBe(8);
  });
});

describe('S3: after a restore', () => {
  it('a retry gets the stored reply, and the record tells who waits which operation it answered', () => {
    const log = seededLog();
    const operation = reserve([stop('1'), stop('3')]);
    const first = log.apply(operation, CLIENT);
    const restored = Ledger.restore(log.ledger.rows(), log.ledger.meta());
    expect(restored.answerFor('vehicle-1', 'trip-1')).toEqual({
      holder: 'vehicle-1',
      requestKey: 'trip-1',
      keyKind: 'client',
      fingerprint: fingerprint(operation),
      expiresAtMs: START_MS + DAY_MS,
      answer: first.answer,
    });
    expect(restored.answerFor('vehicle-1', 'trip-2')).toBeUndefined();
    const index = first.answer.index + 1;
    expect(restored.apply({ ...log.entries.at(-1)!, index }, 2)).toEqual({
      answer: first.answer,
      changes: [],
      events: [],
      repeated: true,
      record: null,
    });
  });

  it('the sweep goes on where it was, in the same order', () => {
    const log = seededLog();
    for (let i = 0; i < 200; i += 1) log.apply(release(['1'], 'any'), { notAfterMs: START_MS + (i % 5) });
    log.atMs = START_MS + NODE_KEY_GRACE_MS + 30_000;
    log.apply({ kind: 'expire' });
    const restored = Ledger.restore([...log.ledger.rows()].reverse(), log.ledger.meta());
    for (let i = 0; i < 4; i += 1) {
      const applied = log.apply({ kind: 'expire' });
      expect(restored.apply(log.entries.at(-1)!, 1)).toEqual(applied);
      expect(applied.changes.length).toBe([64, 64, 15, 0][i]);
    }
  });

  it('the bound on client keys still counts those of before', () => {
    const log = seededLog();
    fillKeys(log, 'busy');
    const ledger = Ledger.restore(log.ledger.rows(), log.ledger.meta());
    const last = log.entries.at(-1)!;
    const entry = { ...last, index: last.index + 1, command: { ...last.command, requestKey: 'one-more' } };
    expect(ledger.apply(entry, 1).answer.result).toMatchObject(refusal('TOO_MANY_KEYS'));
  });
});

describe('the fingerprint', () => {
  it('does not depend on the order in which fields were written', () => {
    const [a, b] = [
      stop('1', { startMs: 5 }),
      { durationMs: 3_600_000, startMs: 5, company: '', pointId: '1' },
    ];
    expect(fingerprint({ kind: 'reserve', stops: [a], holdMs: 0 })).toBe(
      fingerprint({ holdMs: 0, stops: [b], kind: 'reserve' }),
    );
  });

  it('tells every argument apart', () => {
    const operations = [
      reserve([stop('1')]),
      reserve([stop('2')]),
      reserve([stop('1'), stop('2')]),
      reserve([stop('2'), stop('1')]),
      reserve([stop('1')], 1_000),
      reserve([stop('1', { company: '1' })]),
      reserve([stop('1', { startMs: START_MS })]),
      reserve([stop('1', { durationMs: 60_000 })]),
      release(['1']),
      release(['1'], 'any'),
      release(['1', '2']),
      point('1'),
      { ...point('1'), powerWatts: 1 },
      { kind: 'register-company', name: '1', displayId: '2' } as const,
      { kind: 'register-company', name: '2', displayId: '1' } as const,
      { kind: 'raise-version', ledgerVersion: 1 } as const,
      { kind: 'raise-version', ledgerVersion: 2 } as const,
      { kind: 'expire' } as const,
    ];
    expect(new Set(operations.map(fingerprint)).size).toBe(operations.length);
  });

  it('is for ever: these are the digits that it gave at first', () => {
    expect([fingerprint(reserve([stop('1')])), fingerprint({ kind: 'expire' })]).toEqual([
      '917c639519185902a40caeedc95d6032',
      'af78804424241a952c53985d548b2f29',
    ]);
  });
});
