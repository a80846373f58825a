/** What one fdatasync of this disk takes, measured on the spot: 4 KiB appended, synced, a hundred times. */
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { dropDirectory, freshDirectory } from './systems/processes.mjs';

const TIMES = 100;

/** Milliseconds, the median. */
export function fdatasyncMs() {
  const directory = freshDirectory('disk');
  const file = openSync(join(directory, 'appended'), 'w');
  const page = Buffer.alloc(4_096, 1);
  const tookMs = Array.from({ length: TIMES }, () => {
    writeSync(file, page);
    const begunMs = performance.now();
    fdatasyncSync(file);
    return performance.now() - begunMs;
  });
  closeSync(file);
  dropDirectory(directory);
  return tookMs.sort((a, b) => a - b)[TIMES / 2];
}
