/** A company leaves the mesh, once nothing is its own any more. */
import type { OperationOf } from '../command.js';
import type { Memory } from '../memory.js';
import { refused } from '../refusal.js';
import type { Result } from '../result.js';
import type { Context } from './context.js';

/** The origin company goes, with its policy. What was reserved at its points stays as it was told. */
export function removeCompany(
  memory: Memory,
  _: OperationOf<'remove-company'>,
  { command }: Context,
): Result {
  const company = command.originCompany;
  if (!memory.companies.has(company)) return refused('UNKNOWN_COMPANY');
  if (memory.hasPossessions(company)) return refused('COMPANY_NOT_EMPTY');
  if (memory.policies.has(company)) memory.policies.delete(company);
  memory.companies.delete(company);
  return { kind: 'removed', id: company };
}
