/**
 * The documented JSON, key by key: nothing more and nothing less.
 */
import type { PointView, RouteView } from '../../ledger/query.js';

export interface DocumentedPoint {
  readonly id: string;
  readonly localizacao: string;
  readonly disponivel: boolean;
  readonly empresa_id: string;
}

export interface DocumentedRoute {
  readonly id: string;
  readonly nome: string;
  readonly pontos: readonly DocumentedPoint[];
}

/** `disponivel` says whether a documented reservation would succeed now; `empresa_id` is the company's display id. */
export function documentedPoint({ point, companyDisplayId, free }: PointView): DocumentedPoint {
  return { id: point.id, localizacao: point.place, disponivel: free, empresa_id: companyDisplayId };
}

/** A route with those of its points that are registered. */
export function documentedRoute({ route, points }: RouteView): DocumentedRoute {
  return { id: route.id, nome: route.name, pontos: points.map(documentedPoint) };
}
