/** A replica's directory once more, to look at and to try things on. */
import { cp } from 'node:fs/promises';
import { basename } from 'node:path';
import { DAMAGED_PREFIX } from '../../storage/layout.js';

/** Copies the directory `from`, whose node must not run, into the directory `to`; what is kept of damaged replicas stays out. */
export async function copyReplica(from: string, to: string): Promise<void> {
  const isOwn = (path: string): boolean => path === from || !basename(path).startsWith(DAMAGED_PREFIX);
  await cp(from, to, { recursive: true, filter: isOwn });
}
