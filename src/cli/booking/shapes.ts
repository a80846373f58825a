/** What the commands read of the answers of v1; a node of another version may say more. */
import { z } from 'zod';

export const POINT = z.looseObject({
  id: z.string(),
  place: z.string(),
  company: z.string(),
  connector: z.string(),
  powerKw: z.number(),
  status: z.string(),
  free: z.boolean(),
});

export const POINT_PAGE = z.looseObject({ items: z.array(POINT), nextPageToken: z.string().nullable() });

const WINDOW = z.looseObject({ start: z.string(), end: z.string() });

export const CALENDAR = z.looseObject({
  pointId: z.string(),
  from: z.string(),
  to: z.string(),
  /** Whose a window is stands there at points of the node's own company alone. */
  booked: z.array(WINDOW.extend({ reservationId: z.string().nullable(), stop: z.number().nullable() })),
  closed: z.array(WINDOW),
  outOfService: WINDOW.nullable(),
  free: z.array(WINDOW),
  /** What begins from then on is not told: there is too much of it. */
  cutAt: z.string().nullable(),
});

export const ROUTE = z.looseObject({
  id: z.string(),
  name: z.string(),
  company: z.string(),
  points: z.array(POINT),
  legsKm: z.array(z.number()),
});

export const ROUTE_LIST = z.looseObject({ items: z.array(ROUTE) });

export const ROUTE_CALENDAR = z.looseObject({
  routeId: z.string(),
  from: z.string(),
  to: z.string(),
  points: z.array(CALENDAR),
});

/** A reservation as a write left it. */
export const DECIDED = z.looseObject({
  id: z.string(),
  state: z.string(),
  holdUntil: z.string().nullable(),
  stops: z.array(WINDOW.extend({ number: z.number(), pointId: z.string(), state: z.string() })),
});

export const PLAN_ANSWER = z.looseObject({
  plan: z
    .looseObject({
      from: z.string(),
      to: z.string(),
      distanceKm: z.number(),
      arriveAt: z.string(),
      arrivePct: z.number(),
      stops: z.array(
        WINDOW.extend({
          pointId: z.string(),
          place: z.string(),
          company: z.string(),
          powerKw: z.number(),
          legKm: z.number(),
          arriveAt: z.string(),
          arrivePct: z.number(),
          departPct: z.number(),
        }),
      ),
    })
    .nullable(),
  /** What `POST /v1/reservations` takes; null where no stop is needed. */
  reservation: z.looseObject({ stops: z.array(WINDOW.extend({ pointId: z.string() })) }).nullable(),
  /** Why there is no plan. */
  reason: z.string().nullable(),
});

export const CLUSTER = z.looseObject({ ledgerTimeMs: z.number() });

export type Point = z.output<typeof POINT>;
export type Calendar = z.output<typeof CALENDAR>;
export type Route = z.output<typeof ROUTE>;
export type PlanAnswer = z.output<typeof PLAN_ANSWER>;
export type Plan = NonNullable<PlanAnswer['plan']>;
export type Decided = z.output<typeof DECIDED>;

/** One thing that happened to a reservation: fields of its kind beside. */
const HAPPENING = z.looseObject({
  kind: z.string(),
  number: z.number().optional(),
  pointId: z.string().optional(),
  from: z.string().nullable().optional(),
  to: z.string().optional(),
  notice: z.string().optional(),
  reason: z.string().optional(),
});

export const HISTORY_PAGE = z.looseObject({
  items: z.array(
    z.looseObject({
      index: z.number(),
      at: z.string(),
      operation: z.string(),
      door: z.string(),
      vehicleId: z.string().nullable(),
      originCompany: z.string().nullable(),
      events: z.array(HAPPENING),
    }),
  ),
  completeFrom: z.number(),
  nextPageToken: z.string().nullable(),
});

export type HistoryItem = z.output<typeof HISTORY_PAGE>['items'][number];
