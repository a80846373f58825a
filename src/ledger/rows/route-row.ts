/** `r:<route id>`: a route. */
import type { Route } from '../state.js';
import { integerOf, listOf, textOf } from './checks.js';
import { ROW_VERSION, type RowFormat } from './format.js';

export const ROUTE_ROW: RowFormat<Route> = {
  prefix: 'r:',
  id: (route) => route.id,
  write: ({ id, name, company, pointIds, legMetres }) =>
    JSON.stringify({ v: ROW_VERSION, id, name, company, pointIds, legMetres }),
  read: ({ id, name, company, pointIds, legMetres }) => ({
    id: textOf(id),
    name: textOf(name),
    company: textOf(company),
    pointIds: listOf(pointIds, textOf),
    legMetres: listOf(legMetres, integerOf),
  }),
};
