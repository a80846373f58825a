/**
 * A recovery on a copy: what it would give, and whether it would succeed, before anything is changed.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoredIdentity } from '../../storage/identity-file.js';
import { copyReplica } from '../check/copy-replica.js';
import { type Recovered, recover } from './recover-directory.js';

/** What `recover` would return for the directory `path`. Throws what it would throw. */
export async function rehearse(path: string, identity: StoredIdentity): Promise<Recovered | null> {
  const copy = await mkdtemp(join(tmpdir(), 'malha-recover-'));
  try {
    await copyReplica(path, copy);
    return await carryOut(recover(copy, identity, identity.cluster));
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

/** Takes all steps. */
export async function carryOut(steps: AsyncGenerator<void, Recovered | null>): Promise<Recovered | null> {
  for (;;) {
    const step = await steps.next();
    if (step.done) return step.value;
  }
}
