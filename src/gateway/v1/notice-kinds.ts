/** What a holder is told of, in the words of the ledger. */
import type { NoticeKind } from '../../ledger/state.js';

export const NOTICE_KINDS = [
  'stop-displaced',
  'point-occupied',
  'stop-no-show',
  'stop-released',
  'hold-expires-soon',
  'hold-expired',
  'wait-offered',
  'wait-ended',
  'reservation-canceled',
] as const satisfies readonly NoticeKind[];
