/** `c:<company id>`: a company. */
import type { Company } from '../state.js';
import { textOf } from './checks.js';
import { ROW_VERSION, type RowFormat } from './format.js';

export const COMPANY_ROW: RowFormat<Company> = {
  prefix: 'c:',
  id: (company) => company.id,
  write: ({ id, name, displayId }) => JSON.stringify({ v: ROW_VERSION, id, name, displayId }),
  read: ({ id, name, displayId }) => ({ id: textOf(id), name: textOf(name), displayId: textOf(displayId) }),
};
