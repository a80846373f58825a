import { describe, expect, it } from 'vitest';
import type { Context } from '../../src/ledger/operations/context.js';
import { accepted, missedOffer } from '../../src/ledger/operations/offers.js';
import { START_MS } from './log.js';
import { memoryOf, pointRow, waitRow } from './memories.js';

function context(index: number): Context {
  return { index, atMs: START_MS, ledgerVersion: 2 } as Context;
}

describe('a wish whose offer', () => {
  it('is taken leaves the waiting list', () => {
    const memory = memoryOf();
    memory.waits.table.put(waitRow('w9', { offer: 'r30.1' }));
    accepted(memory, 'w9');
    accepted(memory, 'w9');
    expect(memory.waits.countOf('y')).toBe(0);
    expect(memory.notices.openOf('y')).toEqual([]);
  });

  it('is missed stands behind all that wait, and after the third miss it ends', () => {
    const memory = memoryOf();
    memory.waits.table.put(waitRow('w9', { offer: 'r30.1' }));
    memory.waits.table.put(waitRow('w10', { holder: 'z' }));
    const line = () => memory.waits.waitingAt(pointRow('1')).map(({ id }) => id);
    missedOffer(memory, 'w9', context(40));
    expect(memory.waits.table.get('w9')).toMatchObject({ turn: 40, offer: '', missedOffers: 1 });
    expect(line()).toEqual(['w10', 'w9']);
    missedOffer(memory, 'w9', context(50));
    missedOffer(memory, 'w9', context(60));
    expect(line()).toEqual(['w10']);
    expect(memory.notices.openOf('y')).toMatchObject([{ notice: 'wait-ended', waitId: 'w9', index: 60 }]);
    missedOffer(memory, 'w9', context(70));
    expect(memory.waits.countOf('y')).toBe(0);
  });
});
