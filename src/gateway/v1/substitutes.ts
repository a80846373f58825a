/**
 * Substitutes: other points for a stop that lost its own, looked up and taken.
 */
import { z } from 'zod';
import { outcomeOf } from '../../doors/outcomes.js';
import {
  findSubstitutes,
  MAX_DETOUR_KM_DEFAULT,
  MAX_DETOUR_KM_MAX,
  type Substitute,
  type Substitutes,
} from '../../doors/substitutes.js';
import { timeText } from '../../doors/times.js';
import type { WantedStop } from '../../ledger/command.js';
import { SUBSTITUTES_MAX } from '../../ledger/limits.js';
import { headerOf } from '../caller.js';
import { Fault, invalidInput, type ProblemConflict } from '../fault.js';
import { markRead } from '../marks.js';
import { undecided } from '../reads.js';
import type { Call } from './call.js';
import { inText, MOMENT_OUT, RESERVATION_ID, STOP_NUMBER, VEHICLE } from './fields.js';
import { input, output } from './named.js';
import { commandOnReservation } from './reservation-commands.js';
import { decidedOf } from './reservation-shape.js';
import { type Route, route } from './route.js';
import { WANTED_STOP, wantedOf } from './wanted-shape.js';

const BY_ID = z.strictObject({ id: RESERVATION_ID });

const DETOUR_WORDS = `How much longer the way may be; ${MAX_DETOUR_KM_DEFAULT} unless it says otherwise.`;
const DETOUR_KM = z.number().min(0).max(MAX_DETOUR_KM_MAX);

const EXAMPLE = {
  pointId: '7',
  company: 'empresa_c',
  place: 'Camaçari',
  connector: 'ccs2',
  powerKw: 60,
  detourKm: 4.2,
  start: '2026-12-01T15:00:00.000Z',
  end: '2026-12-01T15:40:00.000Z',
};

const SUBSTITUTES = output(
  'Substitutes',
  { stop: 0, items: [EXAMPLE] },
  z.object({
    stop: z.int(),
    items: z
      .array(
        z.object({
          pointId: z.string(),
          company: z.string(),
          place: z.string(),
          connector: z.string(),
          powerKw: z.number(),
          detourKm: z.number(),
          start: MOMENT_OUT,
          end: MOMENT_OUT,
        }),
      )
      .describe('Best first: a proposal, which the ledger judges again.'),
  }),
);

const WANTED = input(
  'SubstituteWanted',
  {
    stop: 0,
    candidates: [{ pointId: '7', start: '2026-12-01T12:00:00-03:00', end: '2026-12-01T12:40:00-03:00' }],
  },
  z.strictObject({
    stop: STOP_NUMBER,
    candidates: z
      .array(WANTED_STOP)
      .min(1)
      .max(SUBSTITUTES_MAX)
      .optional()
      .describe('The first that can be had is taken. Without them this node looks for some.'),
    maxDetourKm: DETOUR_KM.optional().describe(`${DETOUR_WORDS} Of no matter with candidates.`),
  }),
);

const list = route(
  {
    method: 'GET',
    path: '/v1/reservations/{id}/substitutes',
    operationId: 'listSubstitutes',
    tag: 'reservations',
    summary: 'Points that could take the place of a stop’s own',
    description: 'For the holder: the same place first, then the least extra way.',
    does: 'read',
    params: BY_ID,
    query: z.strictObject({
      stop: inText(STOP_NUMBER),
      maxDetourKm: inText(DETOUR_KM).optional().describe(DETOUR_WORDS),
      vehicle: VEHICLE.optional(),
    }),
    answers: { 200: { description: 'At most 8.', schema: SUBSTITUTES } },
    problems: ['UNKNOWN_RESERVATION', 'UNKNOWN_STOP', 'ALREADY_ENDED', 'WRONG_STOP_STATE'],
  },
  async (call) => {
    const { stop, maxDetourKm, vehicle } = call.query;
    const holder = call.holder(vehicle);
    const { candidates } = await search(call, { stop, maxDetourKm, holder });
    const items = candidates.map(({ startMs, endMs, ...rest }) => ({
      ...rest,
      start: timeText(startMs),
      end: timeText(endMs),
    }));
    return { stop, items };
  },
);

const substitute = route(
  {
    ...commandOnReservation({
      path: '/v1/reservations/{id}/substitute',
      operationId: 'substituteStop',
      summary: 'Another point for a stop that lost its own, or will',
      description:
        'In conflicts, `stop` is the position among the candidates. Without candidates it takes no ' +
        '`Idempotency-Key`, for a repeat would look anew; once a stop has its substitute it needs no other one.',
      problems: ['UNKNOWN_STOP', 'WRONG_STOP_STATE', 'STOPS_UNAVAILABLE'],
    }),
    params: BY_ID,
    body: WANTED,
  },
  async (call) => {
    const { stop, candidates } = call.body;
    const wanted = candidates?.map(wantedOf);
    if (wanted !== undefined) return decidedOf(await take(call, stop, wanted));
    const { own, candidates: looked } = await lookUp(call);
    if (looked.length > 0) return decidedOf(await take(call, stop, looked.map(wantedFrom)));
    if (own.withdrawn) throw noneWithin(call.body.maxDetourKm, [withdrawnConflict(own.pointId)]);
    try {
      // The ledger says whether the stop needs another point at all, and what is amiss with the one that it has.
      return decidedOf(await take(call, stop, [wantedFrom({ ...own, company: '' })]));
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'STOPS_UNAVAILABLE') throw error;
      throw noneWithin(call.body.maxDetourKm, error.members.conflicts ?? []);
    }
  },
);

type Asked<B = unknown> = Call<z.output<typeof BY_ID>, unknown, B>;

/** None of the points is to be had, the stop's own neither. */
function noneWithin(detourKm = MAX_DETOUR_KM_DEFAULT, conflicts: readonly ProblemConflict[]): Fault {
  return new Fault('STOPS_UNAVAILABLE', `There is no substitute within ${detourKm} km.`, { conflicts });
}

function withdrawnConflict(pointId: string): ProblemConflict {
  const detail = 'its company took the stop away from this point';
  return { stop: 0, pointId, reason: 'POINT_NOT_AVAILABLE', detail };
}

async function take(call: Asked, stop: number, candidates: readonly WantedStop[]) {
  const on = { reservationId: call.params.id, ifIndex: call.ifIndex(), stop };
  return (await call.write({ kind: 'substitute', ...on, candidates }, ['updated'])).result;
}

/** Rejects with a Fault for a key: what is looked up is not the same each time. */
async function lookUp(call: Asked<z.output<typeof WANTED>>) {
  if (headerOf(call.request, 'idempotency-key') !== undefined) {
    const detail = 'name the candidates, or leave the key out: a repeat would look for others';
    throw invalidInput([{ parameter: 'Idempotency-Key', detail }]);
  }
  const { stop, maxDetourKm } = call.body;
  return search(call, { stop, maxDetourKm, holder: call.holder() });
}

function wantedFrom({
  pointId,
  company,
  startMs,
  endMs,
}: Pick<Substitute, 'pointId' | 'company' | 'startMs' | 'endMs'>): WantedStop {
  return { pointId, company, startMs, durationMs: endMs - startMs };
}

interface Search {
  readonly stop: number;
  readonly maxDetourKm: number | undefined;
  readonly holder: string;
}

/** Rejects with a Fault where there is nothing to look for. */
async function search(call: Asked, asked: Search): Promise<Extract<Substitutes, { readonly kind: 'found' }>> {
  const { mesh, settings } = call.context;
  const consistency = call.consistency();
  const options = { consistency, timeoutMs: settings.requestTimeoutMs };
  const looked = await undecided(findSubstitutes(mesh, { reservationId: call.params.id, options, ...asked }));
  // What a write is answered with is marked with its entry, not with what was read before.
  if (call.request.method !== 'POST') markRead(call.reply, { ...looked, stale: consistency === 'stale' });
  if (looked.kind === 'found') return looked;
  throw new Fault(looked.reason, outcomeOf(looked.reason).english);
}

export const SUBSTITUTE_ROUTES: readonly Route[] = [list, substitute];
