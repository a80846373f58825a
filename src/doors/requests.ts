/**
 * Documented requests as operations of the ledger. Pure: what is here knows neither HTTP nor MQTT.
 */
import type { Door, Operation } from '../ledger/command.js';
import type { Mesh, Submission } from '../replica/mesh.js';
import { parseId, requireCount } from './identifiers.js';

/** A point that a request names; `company` '' where it does not say whose it is. */
export interface NamedPoint {
  readonly pointId: string;
  readonly company: string;
}

/** Reserves all points from the entry's ledger time on, each for `windowMs`, confirmed at once. */
export function reserveNow(points: readonly NamedPoint[], windowMs: number): Operation {
  return {
    kind: 'reserve',
    stops: points.map(({ pointId, company }) => ({
      pointId,
      company,
      startMs: 'now',
      durationMs: windowMs,
    })),
    holdMs: 0,
  };
}

/** Ends the stops that the holder's documented reservations have at these points now. */
export function release(pointIds: readonly string[], mode: 'all-or-none' | 'any'): Operation {
  return { kind: 'release', pointIds, mode };
}

/** Points of which the caller does not say whose they are. */
export function ofAnyCompany(pointIds: readonly string[]): readonly NamedPoint[] {
  return pointIds.map((pointId) => ({ pointId, company: '' }));
}

/**
 * Named points with bounded ids, a repeat of a point folded into its first appearance. A point named once with a
 * company and once without keeps the company; one named with two companies stays twice, and the ledger refuses it.
 * Throws BadRequest as `parseIds` does.
 */
export function foldNamedPoints(
  named: readonly { readonly id: string; readonly company?: string | undefined }[],
): readonly NamedPoint[] {
  const companies = new Map<string, Set<string>>();
  for (const { id, company } of named) {
    const pointId = parseId(id);
    const known = companies.get(pointId) ?? new Set();
    companies.set(pointId, known);
    if (company !== undefined && company.trim() !== '') known.add(parseId(company));
  }
  const points = [...companies].flatMap(([pointId, known]) =>
    known.size === 0 ? [{ pointId, company: '' }] : [...known].map((company) => ({ pointId, company })),
  );
  requireCount(points.length);
  return points;
}

/** What a door knows of a request once it has read it. */
export interface Wish {
  readonly door: Door;
  readonly holder: string;
  /** The client's key, or undefined: then the node makes one. */
  readonly requestKey: string | undefined;
  readonly traceId: string;
  readonly operation: Operation;
}

/** A wish with its key: the client's, or a fresh one of this node. */
export function submissionOf(wish: Wish, mesh: Pick<Mesh, 'makeKey'>): Submission {
  const { requestKey, ...rest } = wish;
  return requestKey === undefined
    ? { ...rest, requestKey: mesh.makeKey(), keyKind: 'node' }
    : { ...rest, requestKey, keyKind: 'client' };
}
