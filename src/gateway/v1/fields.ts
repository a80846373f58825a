/**
 * The fields that v1's bodies, paths and queries are made of, with the bounds that the ledger has too: here they say
 * where in the request the fault is.
 */
import { z } from 'zod';
import { ID_LENGTH_MAX } from '../../doors/identifiers.js';
import { TIME, timeText } from '../../doors/times.js';
import {
  LEDGER_TIME_MS_MAX,
  NAME_LENGTH_MAX,
  PAGE_SIZE_MAX,
  QUANTITY_MAX,
  STOPS_EVER_MAX,
} from '../../ledger/limits.js';

const PAGE_SIZE = 100;

/** No control character, and no half of a surrogate pair: those have no UTF-8, so replicas would not agree on them. */
const PRINTABLE = /^[^\p{Cc}\p{Cs}]*$/u;
const TOPIC_SAFE = /^[A-Za-z0-9_.-]{1,64}$/;
const DECIMAL = /^-?\d{1,15}(?:\.\d{1,9})?$/;

/** A text of 0 to `lengthMax` characters that every replica can agree on. */
export function textUpTo(lengthMax: number): z.ZodString {
  return z.string().max(lengthMax).regex(PRINTABLE, 'must be printable');
}

/** An id that a request names something by; whether it exists is the ledger's to say. */
export const ID = textUpTo(ID_LENGTH_MAX).min(1);

/** An id that a request gives something new: it will stand in topics and paths. */
export const NEW_ID = z.string().regex(TOPIC_SAFE, 'must be 1 to 64 letters, digits, "_", "." or "-"');

/** A name, a place or a connector. */
export const NAME = textUpTo(NAME_LENGTH_MAX).min(1);

/** Who the request is for; without it the header `Malha-Vehicle` says it. */
export const VEHICLE = z
  .string()
  .regex(TOPIC_SAFE, 'must be 1 to 64 letters, digits, "_", "." or "-"')
  .describe('The holder; without it the header Malha-Vehicle names it, else it is anonimo.');

/** RFC 3339 with an offset, to milliseconds; the ledger knows no time before 1970. */
export const MOMENT = TIME.refine((atMs) => atMs >= 1 && atMs <= LEDGER_TIME_MS_MAX, 'is out of range');

export const RESERVATION_ID = ID.describe('Of a reservation.');
export const POINT_ID = ID.describe('Of a point.');

/** A stop's number in its reservation, from 0, in a body. */
export const STOP_NUMBER = z
  .int()
  .min(0)
  .max(STOPS_EVER_MAX - 1)
  .describe('The number of a stop in its reservation, from 0.');

/** Kilowatts to watts. */
export const KILOWATTS = z
  .number()
  .min(0)
  .max(Math.floor(QUANTITY_MAX / 1_000));

/** Numbers and switches of paths and queries, which come as text. */
export function inText<S extends z.ZodType>(schema: S) {
  return z.preprocess((value) => {
    if (value === 'true' || value === 'false') return value === 'true';
    return typeof value === 'string' && DECIMAL.test(value) ? Number(value) : value;
  }, schema);
}

/** `pageSize` and `pageToken`. */
export const PAGE = {
  pageSize: inText(z.int().min(1).max(PAGE_SIZE_MAX))
    .default(PAGE_SIZE)
    .describe(`At most so many; ${PAGE_SIZE} unless it says otherwise.`),
  pageToken: z.string().min(1).max(500).optional().describe('nextPageToken of the page before.'),
};

/** A moment in an answer: RFC 3339 in UTC, with milliseconds. */
export const MOMENT_OUT = z.iso.datetime();

/** A moment in an answer that may not be known or not apply. */
export const MOMENT_OR_NULL = MOMENT_OUT.nullable();

/** 0 stands for none in the ledger, null in JSON. */
export function momentOrNull(atMs: number): string | null {
  return atMs === 0 ? null : timeText(atMs);
}

/** A half-open window in an answer. */
export const WINDOW = z.object({
  start: MOMENT_OUT,
  end: MOMENT_OUT.describe('The first instant that is free again.'),
});

/** The shape of every list. */
export function listOf<S extends z.ZodType>(item: S) {
  return z.object({
    items: z.array(item),
    nextPageToken: z.string().nullable().describe('Null when there is nothing more.'),
  });
}

/** An amount of money. */
export const MONEY = z.object({
  amount: z.int().describe('In centavos.'),
  currency: z.literal('BRL'),
});

/** Centavos as v1 shows them. */
export function money(amount: number): z.output<typeof MONEY> {
  return { amount, currency: 'BRL' };
}

/** What of these was given: an absent field and one that is undefined are the same to callers, not to the ledger. */
export function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

/** What the ledger counts in thousandths (watts, metres), from thousands of it; or in millionths. Never -0. */
export function scaled(value: number, factor: 1_000 | 1_000_000): number {
  return Math.round(value * factor) + 0;
}
