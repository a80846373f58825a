import { expect, it } from 'vitest';
import { detailText } from '../../src/doors/detail-text.js';

it.each([
  [
    'EXPIRED at 1795478547007 ms by time: hold-expired',
    'EXPIRED at 2026-11-24T00:02:27.007Z by time: hold-expired',
  ],
  [
    'CANCELED at 1000 ms by operator: after 60000 ms',
    'CANCELED at 1970-01-01T00:00:01.000Z by operator: after 60000 ms',
  ],
  ['a hold lasts 1000 to 86400000 ms', 'a hold lasts 1 s to 24 h'],
  ['a stop lasts 60000 to 2592000000 ms', 'a stop lasts 60 s to 30 days'],
  [
    'a status lasts until a time from now on, for at most 7776000000 ms',
    'a status lasts until a time from now on, for at most 90 days',
  ],
  ['at most 1500 ms', 'at most 1500 ms'],
  ['', ''],
  ['stop 0 is not planned', 'stop 0 is not planned'],
])('%j is said as %j', (detail, text) => {
  expect(detailText(detail)).toBe(text);
});
