/** Trips that are declared, and wishes on the waiting list, for tests of who comes first. */
import type { Operation, WantedPoint, WantedStop } from '../../src/ledger/command.js';
import type { Notice, Ticket, Wait } from '../../src/ledger/state.js';
import { HOUR_MS, type Log, START_MS, stop } from './log.js';

/** The hour that tests of waiting are about: the tenth. */
export const TEN = { startMs: START_MS + 10 * HOUR_MS } as const;

export const atTen = (pointId: string): WantedPoint => stop(pointId, TEN);

export const declare = (stops: readonly WantedPoint[], holdMs = 0): Operation => ({
  kind: 'declare-trip',
  stops,
  holdMs,
  afterNoShow: 'keep',
});

export const join = (stops: readonly WantedStop[]): Operation => ({
  kind: 'join-waitlist',
  stops,
  afterNoShow: 'keep',
});

export const leave = (waitId: string): Operation => ({ kind: 'leave-waitlist', waitId });

/** Puts a wish on the waiting list and gives its id. Throws when it is refused. */
export function joined(log: Log, holder: string, stops: readonly WantedStop[]): string {
  const result = log.result(join(stops), { holder });
  if (result.kind !== 'waiting') throw new Error(JSON.stringify(result));
  return result.waitId;
}

/** The wish as it is on the list; undefined when it is not any more. */
export function wish(log: Log, waitId: string): Wait | undefined {
  const row = log.rows().get(`w:${waitId}`);
  return row === undefined ? undefined : (JSON.parse(row) as Wait);
}

export function ticketOf(log: Log, holder: string): Ticket | undefined {
  const row = log.rows().get(`t:${holder}`);
  return row === undefined ? undefined : (JSON.parse(row) as Ticket);
}

/** The points with windows that the waiting list has not been asked about. */
export function freedPoints(log: Log): readonly string[] {
  return [...log.rows().keys()].filter((key) => key.startsWith('f:')).map((key) => key.slice(2));
}

/** The ids of a holder's open notices, oldest first. */
export function noticeIds(log: Log, holder: string): readonly string[] {
  return [...log.rows()]
    .filter(([key]) => key.startsWith('n:'))
    .map(([key, row]) => ({ id: key.slice(2), notice: JSON.parse(row) as Notice }))
    .filter(({ notice }) => notice.holder === holder)
    .sort((a, b) => a.notice.index - b.notice.index || a.notice.number - b.notice.number)
    .map(({ id }) => id);
}
