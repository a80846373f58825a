/** What the mesh has to say to a vehicle's request. */
import { OUTCOMES } from '../doors/outcomes.js';
import { planFor } from '../doors/plans.js';
import { readFreshOrStale } from '../doors/reads.js';
import { findSubstitutes } from '../doors/substitutes.js';
import { timeText } from '../doors/times.js';
import type { Query, ReplyTo } from '../ledger/query.js';
import { Failure } from '../replica/failure.js';
import { type Answering, decide } from './deciding.js';
import type { Reply } from './desk.js';
import { planJson } from './plan-json.js';
import { pointsOnTheWay } from './points-on-the-way.js';
import { reservationJson } from './reservation-json.js';
import type { Ask } from './vehicle-asks.js';
import { decided, done, type Mark, troubled } from './vehicle-replies.js';
import type { VehicleAddress, VehicleReading } from './vehicle-requests.js';

export interface VehicleAnswering extends Answering {
  /** The window of a plan that names none. */
  readonly windowMs: number;
}

type VehicleRequest = Extract<VehicleReading, { kind: 'request' }>;
type AskOf<K extends Ask['kind']> = Extract<Ask, { kind: K }>;

/** Stops of open reservations that one reply names; those of the first reservation in any case. */
const STOPS_SHOWN_MAX = 500;

/** Carries a request out. Rejects only for what nobody foresaw. */
export async function answerVehicle(
  { address, ask }: VehicleRequest,
  answering: VehicleAnswering,
): Promise<Reply> {
  if (ask.kind === 'write') return answerWrite(address, ask, answering);
  try {
    switch (ask.kind) {
      case 'plan':
        return await answerPlan(address, ask, answering);
      case 'trip-plan':
        return await answerTripPlan(address, ask, answering);
      case 'look':
        return await answerLook(address, ask, answering);
      case 'alternatives':
        return await answerAlternatives(address, ask, answering);
    }
  } catch (error) {
    // Reads propose nothing: whatever the code of the Failure, nothing was done.
    if (error instanceof Failure) return troubled(address, { code: 'UNAVAILABLE' });
    throw error;
  }
}

async function answerWrite(
  address: VehicleAddress,
  { operation }: AskOf<'write'>,
  { world, patience, keySource, traceId }: Answering,
): Promise<Reply> {
  const wish = { door: 'mqtt', holder: address.vehicle, traceId, operation } as const;
  const decision = await decide(wish, keySource, patience, world);
  switch (decision.kind) {
    case 'decided':
      return decided(address, operation, decision.answer);
    case 'failed':
      return troubled(address, { code: decision.failure.code });
    case 'unknown':
      return troubled(address, { code: 'DEADLINE_EXCEEDED', message: UNKNOWN_WORDS, unknown: true });
  }
}

const UNKNOWN_WORDS =
  'resultado desconhecido: o pedido foi enviado e ainda não há resposta; repita-o com o mesmo id';

async function answerPlan(
  address: VehicleAddress,
  ask: AskOf<'plan'>,
  { world, readTryMs, windowMs }: VehicleAnswering,
): Promise<Reply> {
  const window = ask.window ?? { startMs: 'now', durationMs: windowMs };
  const found = await pointsOnTheWay(world.mesh, { ...ask, window }, readTryMs);
  if (found.kind === 'bad-window') {
    return troubled(address, { code: 'BAD_REQUEST', message: `inicio: ${found.fault}` });
  }
  return done(address, found, { pontos: found.points });
}

async function answerTripPlan(
  address: VehicleAddress,
  { question }: AskOf<'trip-plan'>,
  { world, readTryMs }: Answering,
): Promise<Reply> {
  const { found, ageMs } = await freshOrStale((consistency) =>
    planFor(world.mesh, { ...question, options: { consistency, timeoutMs: readTryMs } }),
  );
  const { index, atMs } = found;
  return done(address, { index, atMs, ageMs }, planJson(found, question.vehicle.batteryWh));
}

async function answerLook(
  address: VehicleAddress,
  { reservationId }: AskOf<'look'>,
  answering: Answering,
): Promise<Reply> {
  if (reservationId === undefined) {
    const open = await look({ kind: 'open-reservations', holder: address.vehicle }, answering);
    let stops = 0;
    const shown = open.reply.filter((reservation, at) => {
      stops += reservation.stops.length;
      return at === 0 || stops <= STOPS_SHOWN_MAX;
    });
    const more = shown.length < open.reply.length ? { mais: true } : {};
    return done(address, open.mark, { reservas: shown.map(reservationJson), ...more });
  }
  const { reply, mark } = await look({ kind: 'reservation', reservationId }, answering);
  // Ids can be guessed: another holder's reservation does not exist.
  if (reply === null || reply.holder !== address.vehicle) {
    return troubled(address, { code: 'UNKNOWN_RESERVATION', mark });
  }
  return done(address, mark, { reserva: reservationJson(reply) });
}

async function look<Q extends Query>(
  query: Q,
  { world, readTryMs }: Answering,
): Promise<{ readonly reply: ReplyTo<Q>; readonly mark: Mark }> {
  const { reply, index, atMs, stale, ageMs } = await readFreshOrStale(world.mesh, query, readTryMs);
  return { reply, mark: { index, atMs, ageMs: stale ? ageMs : undefined } };
}

async function answerAlternatives(
  address: VehicleAddress,
  { reservationId, stop, maxDetourKm }: AskOf<'alternatives'>,
  { world, readTryMs }: Answering,
): Promise<Reply> {
  const question = { reservationId, stop, holder: address.vehicle, maxDetourKm };
  const { found, ageMs } = await freshOrStale((consistency) =>
    findSubstitutes(world.mesh, { ...question, options: { consistency, timeoutMs: readTryMs } }),
  );
  if (found.kind === 'refused') return troubled(address, { code: found.reason });
  const atMs = world.mesh.status().ledgerTimeMs;
  const { index } = found;
  const candidatos = found.candidates.map((each) => ({
    ponto_id: each.pointId,
    inicio: timeText(each.startMs),
    fim: timeText(each.endMs),
  }));
  const detalhes = found.candidates.map((each) => ({
    ponto_id: each.pointId,
    empresa_id: each.company,
    local: each.place,
    conector: each.connector,
    potencia_kw: each.powerKw,
    desvio_km: each.detourKm,
  }));
  return done(address, { index, atMs, ageMs }, { candidatos, detalhes });
}

/** Asked again of this node alone where nobody can say more; then with the age. Rejects with a Failure. */
async function freshOrStale<T extends { readonly ageMs: number }>(
  ask: (consistency: 'linearizable' | 'stale') => Promise<T>,
): Promise<{ readonly found: T; readonly ageMs: number | undefined }> {
  try {
    return { found: await ask('linearizable'), ageMs: undefined };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const found = await ask('stale');
    return { found, ageMs: found.ageMs };
  }
}

/** The reply to a request that was not carried out, for a reason of this node. */
export function excuseVehicle(
  reading: Exclude<VehicleReading, { kind: 'unanswerable' }>,
  code: 'RESOURCE_EXHAUSTED' | 'INTERNAL',
): Reply {
  const unknown = code === 'INTERNAL';
  return troubled(reading.address, { code, message: OUTCOMES[code].portuguese, unknown });
}
