/** `a:head`: the end of the audit trail's chain. */
import type { AuditHead } from '../state.js';
import { integerOf, textOf } from './checks.js';
import { ROW_VERSION, type RowFormat } from './format.js';

/** The id of the only row. */
export const AUDIT_HEAD_ID = 'head';

export const AUDIT_ROW: RowFormat<AuditHead> = {
  prefix: 'a:',
  id: () => AUDIT_HEAD_ID,
  write: ({ index, head }) => `{"v":${ROW_VERSION},"index":${index},"head":"${head}"}`,
  read: ({ index, head }) => ({ index: integerOf(index), head: textOf(head) }),
};
