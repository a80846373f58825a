/** How fresh a read must be. */
import type { Flags } from '../world.js';

/** `--stale`, as a read of v1 takes it. */
export function consistencyOf(flags: Flags): 'stale' | undefined {
  return flags.stale === undefined ? undefined : 'stale';
}
