/** What CompanyService does, method by method. Writes are about the company of this node. */
import type { EntryMark } from '../codec/entry-messages.js';
import { companyMessage, policyMessage } from '../codec/point-messages.js';
import type * as proto from '../gen/malha/mesh/v1/company.js';
import type { Operation } from '../ledger/command.js';
import type { Result } from '../ledger/result.js';
import type { PolicyTerms } from '../ledger/terms.js';
import { FieldFault } from './field-fault.js';
import { centavosOf, idOf, nameOf, spanOf } from './fields.js';
import { type CallWorld, read, write } from './methods.js';
import { pageOf } from './pages.js';
import { notFound, type Problem, refusedAtDoor } from './problem.js';

export const COMPANY_METHODS = {
  listCompanies: read(
    (_: proto.ListCompaniesRequest) => ({ kind: 'companies' }),
    (companies, mark, request): proto.ListCompaniesResponse => {
      const { items, nextPageToken } = pageOf(companies, request, ({ id }) => id);
      return { ...mark, companies: items.map(companyMessage), nextPageToken };
    },
  ),
  getCompany: read(
    ({ company }: proto.GetCompanyRequest) => ({ kind: 'company', company: idOf(company, 'company') }),
    (found, mark): proto.GetCompanyResponse | Problem =>
      found === null ? notFound('company') : { ...mark, company: companyMessage(found) },
  ),
  registerCompany: write(
    ['registered'],
    (request: proto.RegisterCompanyRequest, world) =>
      ofThisNode(request, world, () => ({
        kind: 'register-company',
        name: nameOf(request.name, 'name'),
        displayId: idOf(request.displayId, 'display_id'),
      })),
    entryOnly,
  ),
  removeCompany: write(
    ['removed'],
    (request: proto.RemoveCompanyRequest, world) =>
      ofThisNode(request, world, () => ({ kind: 'remove-company' })),
    entryOnly,
  ),
  getPolicy: read(
    ({ company }: proto.GetPolicyRequest) => ({ kind: 'policy', company: idOf(company, 'company') }),
    (found, mark): proto.GetPolicyResponse | Problem =>
      found === null
        ? notFound('company')
        : { ...mark, policy: policyMessage(found.policy), isDefault: found.isDefault },
  ),
  setPolicy: write(
    ['registered'],
    (request: proto.SetPolicyRequest, world) =>
      ofThisNode(request, world, () => ({ kind: 'set-policy', policy: policyOf(request.policy) })),
    entryOnly,
  ),
} as const;

/** A node speaks for its own company: who means another one asked the wrong node. */
function ofThisNode(
  { company }: { readonly company: string },
  world: CallWorld,
  operation: () => Operation,
): Operation | Problem {
  return company === '' || company === world.company ? operation() : refusedAtDoor('NOT_OWNER');
}

function policyOf(policy: proto.Policy | undefined): PolicyTerms {
  if (policy === undefined) throw new FieldFault('policy', 'is missing');
  return {
    minNoticeMs: spanOf(policy.minNotice, 'policy.min_notice'),
    horizonMs: spanOf(policy.horizon, 'policy.horizon'),
    durationMaxMs: spanOf(policy.durationMax, 'policy.duration_max'),
    earlyMs: spanOf(policy.early, 'policy.early'),
    lateMs: spanOf(policy.late, 'policy.late'),
    bufferMs: spanOf(policy.buffer, 'policy.buffer'),
    cancelBeforeMs: spanOf(policy.cancelBefore, 'policy.cancel_before'),
    reservationFeeCentavos: centavosOf(policy.reservationFeeCentavos, 'policy.reservation_fee_centavos'),
    lateCancelFeeCentavos: centavosOf(policy.lateCancelFeeCentavos, 'policy.late_cancel_fee_centavos'),
    noShowFeeCentavos: centavosOf(policy.noShowFeeCentavos, 'policy.no_show_fee_centavos'),
  };
}

function entryOnly(_: Result, { index, at }: EntryMark): proto.SetPolicyResponse {
  return { index, at };
}
