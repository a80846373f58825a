import { describe, expect, it } from 'vitest';
import { Ledger } from '../../src/ledger/ledger.js';
import { FIRST_VERSION, LEDGER_VERSION } from '../../src/ledger/version.js';
import { point, refusal, reserve, seededLog, stop } from './log.js';

describe('the ledger version', () => {
  it('starts at 1 and keeps out commands that need a newer one, under no key', () => {
    const log = seededLog();
    expect(log.ledger.meta().ledgerVersion).toBe(1);
    const refused = log.apply(reserve([stop('1')]), { ledgerVersion: 2, requestKey: 'k' });
    expect(refused.answer.result).toMatchObject(refusal('VERSION_NOT_RAISED'));
    expect(refused.changes).toEqual([]);
    expect(log.result(reserve([stop('1')]), { requestKey: 'k' })).toMatchObject({ kind: 'reserved' });
  });

  it('is asked before the key: a newer command under a used key is not judged by it', () => {
    const log = seededLog();
    log.apply(point('1'), { requestKey: 'k' });
    const result = log.result(reserve([stop('1')]), { ledgerVersion: 2, requestKey: 'k' });
    expect(result).toMatchObject(refusal('VERSION_NOT_RAISED'));
  });

  it('can be raised to what the program understands, by a command that itself needs a newer one', () => {
    const log = seededLog();
    const raise = { kind: 'raise-version', ledgerVersion: LEDGER_VERSION } as const;
    expect(log.result(raise, { ledgerVersion: LEDGER_VERSION + 1 })).toEqual({
      kind: 'version-raised',
      ledgerVersion: LEDGER_VERSION,
    });
    expect(log.result(raise, { requestKey: 'k' })).toMatchObject({ kind: 'version-raised' });
    expect(log.apply(raise, { requestKey: 'k' }).repeated).toBe(true);
    expect(log.ledger.ledgerVersion).toBe(LEDGER_VERSION);
  });

  it('stops a replica whose code does not understand it: others go on by rules that it lacks', () => {
    const log = seededLog();
    expect(() => log.apply({ kind: 'raise-version', ledgerVersion: LEDGER_VERSION + 1 })).toThrow('newer');
  });

  it.each([FIRST_VERSION - 1, -1, 1.5, Number.NaN])(
    'cannot go to %s: it is a whole number and never goes down',
    (ledgerVersion) => {
      const log = seededLog();
      expect(log.result({ kind: 'raise-version', ledgerVersion })).toMatchObject(refusal('INVALID'));
      expect(log.ledger.meta().ledgerVersion).toBe(1);
    },
  );

  it('that this code does not understand cannot be restored', () => {
    const meta = Ledger.empty().meta();
    expect(() => Ledger.restore([], { ...meta, ledgerVersion: LEDGER_VERSION + 1 })).toThrow('damaged state');
    expect(() => Ledger.restore([], { ...meta, ledgerVersion: 0 })).toThrow('damaged state');
  });
});

describe('an operation that came with version 2', () => {
  const raise = { kind: 'raise-version', ledgerVersion: 2 } as const;
  const atASite = reserve([
    {
      pointId: '',
      site: { place: 'Salvador', connector: 'CCS2', minPowerWatts: 1 },
      company: '',
      startMs: 'now',
      durationMs: 60_000,
    },
  ]);

  it.each([
    ['a new kind', { kind: 'remove-company' } as const],
    ['a new field', atASite],
  ])('by %s is kept out while the mesh runs version 1, whatever its envelope says', (_, operation) => {
    for (const ledgerVersion of [1, 2]) {
      const refused = seededLog().apply(operation, { ledgerVersion });
      expect(refused.answer.result).toMatchObject(refusal('VERSION_NOT_RAISED'));
      expect(refused.changes).toEqual([]);
    }
  });

  it('by a new field is decided once the mesh runs version 2', () => {
    const log = seededLog();
    log.apply(raise);
    expect(log.result(atASite)).toMatchObject({ kind: 'reserved', stops: [{ pointId: '2' }] });
  });
});
