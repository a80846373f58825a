/**
 * What the mesh has to say to a documented request. All words for people are Portuguese and, where the REST doors
 * say the same thing, the same words.
 */
import { CONFLICT_WORDS } from '../doors/conflict-words.js';
import { codeOf, OUTCOMES } from '../doors/outcomes.js';
import { type Read, readFreshOrStale } from '../doors/reads.js';
import { release, reserveNow } from '../doors/requests.js';
import type { Operation } from '../ledger/command.js';
import type { PointView } from '../ledger/query.js';
import type { Result } from '../ledger/result.js';
import { Failure } from '../replica/failure.js';
import { type Answering, type Decision, decide } from './deciding.js';
import { type ReplyBody, type ReplyFault, refusalBody } from './documented-replies.js';
import type { Address, DocumentedRequest } from './documented-requests.js';

export interface DocumentedAnswering extends Answering {
  /** Window of a reservation that names no time. */
  readonly windowMs: number;
}

export interface DocumentedAnswer {
  readonly body: ReplyBody;
  /** Set when the reply may be old. */
  readonly ageMs?: number | undefined;
  /** Set when the outcome is unknown: what to ask again with. */
  readonly requestKey?: string;
}

type ReservationAddress = Extract<Address, { kind: 'reservation' }>;
type ReservationRequest = Extract<DocumentedRequest, { address: ReservationAddress }>;
type Refused = Extract<Result, { kind: 'refused' }>;

/** Carries a request out. Rejects only for what nobody foresaw. */
export async function answerDocumented(
  request: DocumentedRequest,
  answering: DocumentedAnswering,
): Promise<DocumentedAnswer> {
  try {
    return 'action' in request
      ? await answerReservation(request, answering)
      : await answerPoints(request, answering);
  } catch (error) {
    // Only reads let a Failure through, and none after something was done: whatever its code, nothing was.
    if (error instanceof Failure) {
      return { body: refusalBody(request.address, 'indisponivel', OUTCOMES.UNAVAILABLE.portuguese) };
    }
    throw error;
  }
}

async function answerPoints(
  { from, to }: Exclude<DocumentedRequest, ReservationRequest>,
  { world, readTryMs, windowMs }: DocumentedAnswering,
): Promise<DocumentedAnswer> {
  const read = await readFreshOrStale(world.mesh, { kind: 'points-between', from, to, windowMs }, readTryMs);
  const pointIds = read.reply.map(({ point }) => point.id);
  return { body: { kind: 'points', pointIds }, ageMs: ageOf(read) };
}

async function answerReservation(
  request: ReservationRequest,
  answering: DocumentedAnswering,
): Promise<DocumentedAnswer> {
  const { address, action } = request;
  const view = await findPoint(address.pointId, answering);
  if (view === null) return said(false, false, CONFLICT_WORDS.UNKNOWN_POINT.portuguese);
  if (!isOwner(view, address.company) || !isOwner(view, request.companyInTopic)) {
    return said(false, false, CONFLICT_WORDS.WRONG_COMPANY.portuguese);
  }
  switch (action) {
    case 'verificar':
      return answerCheck(address, answering);
    case 'reservar': {
      const point = { pointId: address.pointId, company: view.point.company };
      const decision = await decideFor(request, reserveNow([point], answering.windowMs), answering);
      return answerDecision(address, decision, answering, reservedOrTaken);
    }
    case 'liberar': {
      const decision = await decideFor(request, release([address.pointId], 'all-or-none'), answering);
      return answerDecision(address, decision, answering, releasedOrNotHeld);
    }
  }
}

async function answerCheck(
  address: ReservationAddress,
  answering: DocumentedAnswering,
): Promise<DocumentedAnswer> {
  const { world, readTryMs, windowMs } = answering;
  const { pointId, origin } = address;
  const read = await readFreshOrStale(world.mesh, { kind: 'point', pointId, windowMs }, readTryMs);
  const held = await isHeldBy(origin, pointId, answering);
  const free = read.reply?.free ?? false;
  const words = held ? 'ponto reservado por este veículo' : free ? 'ponto disponível' : 'ponto indisponível';
  return { ...said(free, held, words), ageMs: ageOf(read) };
}

type Judgement = (
  result: Result,
  address: ReservationAddress,
  answering: DocumentedAnswering,
) => Promise<DocumentedAnswer | null>;

/** Null for a refusal that says nothing of the point. */
const reservedOrTaken: Judgement = async (result, { pointId, origin }, answering) => {
  if (result.kind === 'reserved') return said(false, true, 'ponto reservado');
  if (result.kind !== 'refused' || result.reason !== 'STOPS_UNAVAILABLE') return null;
  if (await isHeldBy(origin, pointId, answering)) {
    return said(false, true, 'ponto já reservado por este veículo');
  }
  return said(false, false, conflictWords(result));
};

/**
 * `disponivel` and `reservado` tell how the point is afterwards, so that a `liberar` that comes twice says the same
 * twice; only the words tell that the second found nothing to free.
 */
const releasedOrNotHeld: Judgement = async (result, { pointId }, answering) => {
  const released = result.kind === 'released';
  if (!released && !(result.kind === 'refused' && result.reason === 'NOTHING_RELEASED')) return null;
  const free = await isFreeHere(pointId, answering);
  return said(free, false, released ? 'ponto liberado' : conflictWords(result));
};

async function answerDecision(
  address: ReservationAddress,
  decision: Decision,
  answering: DocumentedAnswering,
  judge: Judgement,
): Promise<DocumentedAnswer> {
  const refused = (fault: ReplyFault, words: string): DocumentedAnswer => ({
    body: refusalBody(address, fault, words),
  });
  switch (decision.kind) {
    case 'failed':
      return refused('indisponivel', OUTCOMES[decision.failure.code].portuguese);
    case 'unknown':
      return { ...refused('desconhecido', UNKNOWN_WORDS), requestKey: decision.requestKey };
    case 'decided': {
      const judged = await judge(decision.answer.result, address, answering);
      if (judged !== null) return judged;
      const code = codeOf(decision.answer.result);
      return refused(code === 'TOO_LATE' ? 'indisponivel' : 'recusado', OUTCOMES[code].portuguese);
    }
  }
}

const UNKNOWN_WORDS =
  'resultado desconhecido: o pedido foi enviado e ainda não há resposta; repita-o com este id';

function decideFor(
  request: ReservationRequest,
  operation: Operation,
  answering: DocumentedAnswering,
): Promise<Decision> {
  const { world, patience, keySource, traceId } = answering;
  const wish = { door: 'legacy-mqtt', holder: request.address.origin, traceId, operation } as const;
  return decide(wish, keySource, patience, world);
}

/** Who owns a point does not change, so this replica may say; only a point that it does not know is asked for. */
async function findPoint(pointId: string, answering: DocumentedAnswering): Promise<PointView | null> {
  const here = await readHere(pointId, answering);
  if (here !== null) return here;
  const { world, readTryMs, windowMs } = answering;
  return (await readFreshOrStale(world.mesh, { kind: 'point', pointId, windowMs }, readTryMs)).reply;
}

/** From this replica, which has applied whatever it answered before. */
async function readHere(
  pointId: string,
  { world, readTryMs, windowMs }: DocumentedAnswering,
): Promise<PointView | null> {
  const options = { consistency: 'stale', timeoutMs: readTryMs } as const;
  return (await world.mesh.query({ kind: 'point', pointId, windowMs }, options)).reply;
}

/** False too when this replica cannot say: after a decision a failed read must not make it look undone. */
async function isFreeHere(pointId: string, answering: DocumentedAnswering): Promise<boolean> {
  try {
    return (await readHere(pointId, answering))?.free ?? false;
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}

async function isHeldBy(
  holder: string,
  pointId: string,
  { world, readTryMs }: DocumentedAnswering,
): Promise<boolean> {
  const options = { consistency: 'stale', timeoutMs: readTryMs } as const;
  return (await world.mesh.query({ kind: 'holder-now', pointId }, options)).reply?.holder === holder;
}

function isOwner({ point, companyDisplayId }: PointView, company: string): boolean {
  return company === point.company || company === companyDisplayId;
}

function conflictWords(result: Refused): string {
  const reason = result.conflicts[0]?.reason;
  return reason === undefined ? OUTCOMES[result.reason].portuguese : CONFLICT_WORDS[reason].portuguese;
}

function said(free: boolean, reserved: boolean, message: string): DocumentedAnswer {
  return { body: { kind: 'reservation', free, reserved, message } };
}

function ageOf(read: Read<unknown>): number | undefined {
  return read.stale ? read.ageMs : undefined;
}
