/**
 * Times as callers write them: RFC 3339 with an offset, to whole milliseconds of ledger time and back.
 */
import { z } from 'zod';

/** Text in, milliseconds since 1970 out. A time without an offset is nobody's, and is refused. */
export const TIME = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

/** UTC, with milliseconds. */
export function timeText(atMs: number): string {
  return new Date(atMs).toISOString();
}
