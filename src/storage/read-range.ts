/** How every log store reads a range of entries; see `LogView.entries`. */
import type { Entry } from '../raft/entry.js';
import { entryBytes } from '../raft/entry-size.js';
import type { LogView } from '../raft/log-view.js';

/** Throws a RangeError unless `log` holds all of `[low, high)`. */
export function checkRange(log: LogView, low: number, high: number): void {
  if (low < log.firstIndex() || low > high || high > log.lastIndex() + 1) {
    throw new RangeError(`[${low}, ${high}) is not within [${log.firstIndex()}, ${log.lastIndex() + 1})`);
  }
}

/** Entries of `[low, high)` in order: the first, then as many as fit into `bytesMax` with it. */
export function takeWithin(
  low: number,
  high: number,
  bytesMax: number,
  read: (index: number) => Entry,
): readonly Entry[] {
  const taken: Entry[] = [];
  let bytes = 0;
  for (let index = low; index < high; index += 1) {
    const entry = read(index);
    bytes += entryBytes(entry);
    if (taken.length > 0 && bytes > bytesMax) break;
    taken.push(entry);
  }
  return taken;
}
