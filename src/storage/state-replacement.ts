/**
 * One state in the place of another: two renames, and after a crash at any moment either the old state is in its
 * place and the new one still staged, or the new one is in its place.
 */
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncDirectory } from './durable-file.js';
import type { Layout } from './layout.js';

/** Puts what is staged in the place of the state. Both databases must be closed. */
export async function replaceState({ state, stateNext, stateOld }: Layout): Promise<void> {
  await rm(stateOld, { recursive: true, force: true });
  await rename(state, stateOld);
  await rename(stateNext, state);
  await syncDirectory(dirname(state));
  await rm(stateOld, { recursive: true, force: true });
}

/** Takes back or finishes what a crash interrupted; to be called before the state is opened. */
export async function settleStateReplacement({ state, stateOld }: Layout): Promise<void> {
  if (!existsSync(stateOld)) return;
  if (existsSync(state)) await rm(stateOld, { recursive: true, force: true });
  else await rename(stateOld, state);
}
