/**
 * Companies. Only its own node writes what is a company's.
 */
import { z } from 'zod';
import type { Company } from '../../ledger/state.js';
import type { GatewaySettings } from '../context.js';
import { Fault, notFound } from '../fault.js';
import { ID, listOf, NAME, NEW_ID } from './fields.js';
import { input, output } from './named.js';
import { REMOVED } from './removed.js';
import { type Route, route } from './route.js';

/** Which company a path names. */
export const OF_COMPANY = z.strictObject({ id: ID.describe('Of a company.') });

const COMPANY_EXAMPLE = { id: 'empresa_a', name: 'HenryVolt', displayId: '1' };

const COMPANY = output(
  'Company',
  COMPANY_EXAMPLE,
  z.object({
    id: z.string(),
    name: z.string(),
    displayId: z.string().describe('As the documented routes show it.'),
  }),
);

const COMPANY_FACTS = input(
  'CompanyFacts',
  { name: 'HenryVolt', displayId: '1' },
  z.strictObject({ name: NAME, displayId: NEW_ID }),
);

const COMPANY_LIST = output(
  'CompanyList',
  { items: [COMPANY_EXAMPLE], nextPageToken: null },
  listOf(COMPANY),
);

const listCompanies = route(
  {
    method: 'GET',
    path: '/v1/companies',
    operationId: 'listCompanies',
    tag: 'companies',
    summary: 'All companies of the mesh',
    does: 'read',
    answers: { 200: { description: 'Always one page.', schema: COMPANY_LIST } },
    problems: [],
  },
  async (call) => {
    const companies = await call.read({ kind: 'companies' });
    return { items: companies.map(companyOf), nextPageToken: null };
  },
);

const getCompany = route(
  {
    method: 'GET',
    path: '/v1/companies/{id}',
    operationId: 'getCompany',
    tag: 'companies',
    summary: 'One company',
    does: 'read',
    params: OF_COMPANY,
    answers: { 200: { description: 'The company.', schema: COMPANY } },
    problems: ['NOT_FOUND'],
  },
  async (call) => {
    const company = await call.read({ kind: 'company', company: call.params.id });
    if (company === null) throw notFound('company');
    return companyOf(company);
  },
);

const putCompany = route(
  {
    method: 'PUT',
    path: '/v1/companies/{id}',
    operationId: 'putCompany',
    tag: 'companies',
    summary: 'Registers the company of this node, or says anew how it is called',
    does: 'write',
    params: OF_COMPANY,
    body: COMPANY_FACTS,
    answers: { 200: { description: 'What is registered now.', schema: COMPANY } },
    problems: ['NOT_OWNER'],
  },
  async (call) => {
    const company = ownOnly(call.params.id, call.context.settings);
    const { name, displayId } = call.body;
    await call.write({ kind: 'register-company', name, displayId }, ['registered']);
    return { id: company, name, displayId };
  },
);

const deleteCompany = route(
  {
    method: 'DELETE',
    path: '/v1/companies/{id}',
    operationId: 'deleteCompany',
    tag: 'companies',
    summary: 'Takes the company of this node out of the ledger',
    description: 'Its points and routes are deleted before.',
    does: 'write',
    params: OF_COMPANY,
    answers: { 200: { description: 'It is gone.', schema: REMOVED } },
    problems: ['NOT_OWNER', 'UNKNOWN_COMPANY', 'COMPANY_NOT_EMPTY'],
  },
  async (call) => {
    ownOnly(call.params.id, call.context.settings);
    const { result } = await call.write({ kind: 'remove-company' }, ['removed']);
    return { id: result.id };
  },
);

/** The operations on a company name none: they are of the node's own. Throws a Fault for another one's id. */
export function ownOnly(id: string, { company }: GatewaySettings): string {
  if (id !== company)
    throw new Fault('NOT_OWNER', `This is the node of ${company}, and of no other company.`);
  return id;
}

function companyOf({ id, name, displayId }: Company): z.output<typeof COMPANY> {
  return { id, name, displayId };
}

export const COMPANY_ROUTES: readonly Route[] = [listCompanies, getCompany, putCompany, deleteCompany];
