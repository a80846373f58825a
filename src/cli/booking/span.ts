/** `--from` and `--to` of calendars. */
import type { Flags } from '../world.js';
import { ledgerTimeMs } from './ledger-time.js';
import { type Moment, momentText, parseMoment, resolveMoment } from './moments.js';

export interface Span {
  readonly from: Moment | undefined;
  readonly to: Moment | undefined;
}

export function parseSpan(flags: Flags, faults: string[]): Span {
  return { from: momentFlag('from', flags, faults), to: momentFlag('to', flags, faults) };
}

/** A time that is relative becomes one by the ledger time of the node. Throws a CallProblem. */
export async function spanQuery(
  nodes: readonly string[],
  { from, to }: Span,
): Promise<{ readonly from: string | undefined; readonly to: string | undefined }> {
  const isRelative = [from, to].some((moment) => moment !== undefined && 'inMs' in moment);
  const nowMs = isRelative ? await ledgerTimeMs(nodes) : 0;
  const textOf = (moment: Moment | undefined): string | undefined =>
    moment && momentText(resolveMoment(moment, nowMs));
  return { from: textOf(from), to: textOf(to) };
}

function momentFlag(name: 'from' | 'to', flags: Flags, faults: string[]): Moment | undefined {
  const text = flags[name];
  if (text === undefined) return undefined;
  const moment = parseMoment(text);
  if (moment === undefined) {
    faults.push(
      `--${name} (flag): must be a time such as 2026-12-01T12:00-03:00 or +2h, got ${JSON.stringify(text)}`,
    );
  }
  return moment;
}
