/** S6 in the ledger: an outcome that is unknown does not stay so for ever. */
import { expect, it } from 'vitest';
import { refusal, reserve, START_MS, seededLog, stop } from './log.js';

it('S6: a copy that comes behind its notAfter takes no effect, whoever was told what; one that came in time is found', () => {
  const log = seededLog();
  const inTime = { requestKey: 'in-time', keyKind: 'client', notAfterMs: START_MS + 5_000 } as const;
  const tooLate = { requestKey: 'too-late', keyKind: 'client', notAfterMs: START_MS + 5_000 } as const;
  log.atMs = START_MS + 5_000;
  const first = log.apply(reserve([stop('1')]), inTime);
  expect(first.answer.result).toMatchObject({ kind: 'reserved' });
  log.atMs = START_MS + 5_001;
  expect(log.result(reserve([stop('3')]), tooLate)).toMatchObject(refusal('TOO_LATE'));
  expect(log.ledger.query({ kind: 'point', pointId: '3', windowMs: 1 }, log.atMs)?.free).toBe(true);
  // A late copy of what took effect gets its answer; the other key is as unused as before.
  expect(log.apply(reserve([stop('1')]), inTime)).toMatchObject({ repeated: true, answer: first.answer });
  expect(log.result(reserve([stop('3')]), { ...tooLate, notAfterMs: log.atMs + 1 })).toMatchObject({
    kind: 'reserved',
  });
});
