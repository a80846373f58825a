/**
 * The packaged data set in a ledger, put there the way nodes do it: each company registers its own.
 */
import { fileURLToPath } from 'node:url';
import { SILENT } from '../../src/observe/logger.js';
import { loadDataSet } from '../../src/seed/data-set.js';
import { registerOwn } from '../../src/seed/register-own.js';
import { LoneLedger, SingleMesh } from './single-mesh.js';

export const BAHIA_PATH = fileURLToPath(new URL('../../data/bahia.json', import.meta.url));

/** A ledger that holds the whole data set; seeding went on at `nowMs`. */
export async function bahiaLedger(): Promise<LoneLedger> {
  const lone = new LoneLedger();
  const dataSet = await loadDataSet(BAHIA_PATH);
  for (const { id } of dataSet.companies) {
    const { done, refused } = await registerOwn({
      mesh: new SingleMesh(lone, id),
      dataSet,
      company: id,
      logger: SILENT,
      requestTimeoutMs: 5_000,
      makeTraceId: () => '5'.repeat(32),
      signal: new AbortController().signal,
    });
    if (!done || refused.length > 0) throw new Error(`seed of ${id} failed: ${JSON.stringify(refused)}`);
  }
  return lone;
}
