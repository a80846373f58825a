/**
 * Opens the audit trail of a replica directory, whatever its state: no vote and no answer depends on it.
 *
 * A directory of the time before there was a trail gets an empty one. A damaged one is put aside, the last one kept, and a
 * new one begins: the replica then fetches its records from its peers.
 */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import type { Logger } from '../observe/logger.js';
import { syncDirectory } from './durable-file.js';
import { DamagedStore } from './errors.js';
import { layoutOf } from './layout.js';
import { LevelTrailStore } from './level-trail-store.js';

/** Opens the trail of the replica directory `path`. Throws DirectoryRefused when another process has it, else StoreFailed. */
export async function openTrail(
  path: string,
  { logger }: { readonly logger: Logger },
): Promise<LevelTrailStore> {
  const { trail, trailDamaged } = layoutOf(path);
  if (existsSync(trail)) {
    try {
      return await LevelTrailStore.open(trail);
    } catch (error) {
      if (!(error instanceof DamagedStore)) throw error;
      logger.warn({ err: error, kept: trailDamaged }, 'the audit trail is damaged: a new one begins');
      await rm(trailDamaged, { recursive: true, force: true });
      await rename(trail, trailDamaged);
    }
  }
  await mkdir(trail, { mode: 0o700 });
  const made = await LevelTrailStore.open(trail, { create: true });
  await syncDirectory(trail);
  await syncDirectory(path);
  return made;
}
