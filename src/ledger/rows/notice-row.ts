/** `n:<notice id>`: what a holder is to be told. Its id is `n`, the index of its entry, a dot, its number there. */
import type { Notice, NoticeKind } from '../state.js';
import { integerOf, oneOf, textOf } from './checks.js';
import { ROW_VERSION, type RowFormat } from './format.js';

const NOTICES: readonly NoticeKind[] = [
  'stop-displaced',
  'point-occupied',
  'stop-no-show',
  'stop-released',
  'hold-expires-soon',
  'hold-expired',
  'wait-offered',
  'wait-ended',
  'reservation-canceled',
];

export function noticeId({ index, number }: Pick<Notice, 'index' | 'number'>): string {
  return `n${index}.${number}`;
}

export const NOTICE_ROW: RowFormat<Notice> = {
  prefix: 'n:',
  id: noticeId,
  write: (notice) =>
    JSON.stringify({
      v: ROW_VERSION,
      index: notice.index,
      number: notice.number,
      holder: notice.holder,
      notice: notice.notice,
      reservationId: notice.reservationId,
      stop: notice.stop,
      waitId: notice.waitId,
      reason: notice.reason,
      atMs: notice.atMs,
      diesAtMs: notice.diesAtMs,
    }),
  read: (fields) => ({
    index: integerOf(fields.index),
    number: integerOf(fields.number),
    holder: textOf(fields.holder),
    notice: oneOf(fields.notice, NOTICES),
    reservationId: textOf(fields.reservationId),
    stop: integerOf(fields.stop),
    waitId: textOf(fields.waitId),
    reason: textOf(fields.reason),
    atMs: integerOf(fields.atMs),
    diesAtMs: integerOf(fields.diesAtMs),
  }),
};
