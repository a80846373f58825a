/**
 * `estado.json`: how far the files of a directory are known to be on disk. It is only written once they are, so that it
 * never promises more than there is; what was written since is found by looking at the ends of the files.
 */
import { z } from 'zod';
import { LEDGER_KINDS } from './day-file.js';

export const STATE_FILE = 'estado.json';

const Reference = z.object({ index: z.int(), at: z.string(), traceId: z.string() });

const Ahead = z.object({ index: z.int().nonnegative(), k: z.int().nonnegative() });

const State = z.object({
  v: z.literal(1),
  company: z.string(),
  mesh: z.string(),
  index: z.int().nonnegative(),
  ahead: z.partialRecord(z.enum(LEDGER_KINDS), Ahead),
  gapsToldTo: z.int().nonnegative(),
  last: Reference.nullable(),
  files: z.record(z.string(), z.int().nonnegative()),
  written: z.string(),
});

/** What tells one entry of one mesh from any other. */
export type Reference = z.infer<typeof Reference>;

/**
 * `mesh`: the cluster id whose entries are counted. `index`: everything up to here that belongs into the files is in them.
 * `ahead`: of the kinds of which there is more, the last line: after a crash that came between two files.
 * `gapsToldTo`: that records are missing before this index stands in the files. `last`: the newest record that was looked
 * at. `files`: bytes of each file that are on disk.
 */
export type FilesState = z.infer<typeof State>;

export function stateText(state: FilesState): string {
  return `${JSON.stringify(state, null, 2)}\n`;
}

/** Null for none, and for what is no state of this company's files: then the files speak for themselves. */
export function parseState(text: string | null, company: string): FilesState | null {
  if (text === null) return null;
  try {
    const state = State.parse(JSON.parse(text));
    return state.company === company ? state : null;
  } catch {
    return null;
  }
}
