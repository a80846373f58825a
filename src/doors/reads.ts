/**
 * How documented doors read: fresh if that is quick, else from the local replica and honest about the age.
 */
import type { Query, ReplyTo } from '../ledger/query.js';
import { Failure } from '../replica/failure.js';
import type { Mesh, QueryAnswer } from '../replica/mesh.js';

export interface Read<R> extends QueryAnswer<R> {
  /** True when the reply may be behind what was already answered elsewhere; `ageMs` says how old it may be. */
  readonly stale: boolean;
}

/**
 * Tries a linearizable read for `tryMs` real milliseconds, then answers at once from this replica.
 * Rejects with a Failure only when this replica cannot answer either.
 */
export async function readFreshOrStale<Q extends Query>(
  mesh: Pick<Mesh, 'query'>,
  query: Q,
  tryMs: number,
): Promise<Read<ReplyTo<Q>>> {
  try {
    const answer = await mesh.query(query, { consistency: 'linearizable', timeoutMs: tryMs });
    return { ...answer, stale: false };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const answer = await mesh.query(query, { consistency: 'stale', timeoutMs: tryMs });
    return { ...answer, stale: true };
  }
}
