/**
 * Places in the stream of the ledger's events. The k-th event of the entry at `index`, from 0, has the id `index.k`; an
 * index alone is the place behind all events of that entry, so that who read the ledger as of an index follows it from
 * there without a gap.
 */
import { BadRequest } from './bad-request.js';

export interface EventPosition {
  readonly index: number;
  /** Of the last event of that entry that is before this place; `WHOLE_ENTRY` for all of them. */
  readonly number: number;
}

export const WHOLE_ENTRY = Number.MAX_SAFE_INTEGER;

const POSITION = /^(\d{1,16})(?:\.(\d{1,9}))?$/;

/** The place that the id of an event, or an index, names. Throws BadRequest. */
export function parsePosition(text: string): EventPosition {
  const match = POSITION.exec(text);
  const index = Number(match?.[1]);
  if (match === null || !Number.isSafeInteger(index)) {
    throw new BadRequest(
      'identificador de evento inválido: use índice ou índice.número',
      'the id of an event must be an index, or an index and a number: 120 or 120.3',
    );
  }
  return { index, number: match[2] === undefined ? WHOLE_ENTRY : Number(match[2]) };
}

export function positionText({ index, number }: EventPosition): string {
  return number === WHOLE_ENTRY ? String(index) : `${index}.${number}`;
}

/** Whether an event has already passed at `position`. */
export function isBehind(index: number, number: number, position: EventPosition): boolean {
  return index < position.index || (index === position.index && number <= position.number);
}
