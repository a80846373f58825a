/**
 * The one table from what the mesh says to what a caller hears: HTTP status, problem type, gRPC code and words.
 *
 * 1. Every result kind, refusal reason and failure code has exactly one row; the types demand it.
 * 2. `retryAfterSeconds` is set exactly where the same request, with the same key, may succeed soon.
 * 3. A row never claims more than is known: only DEADLINE_EXCEEDED leaves the outcome open.
 */
import type { RefusalReason, Result } from '../ledger/result.js';
import type { FailureCode } from '../replica/failure.js';

/** What a door itself finds wrong before the mesh hears of it. */
export type DoorFault =
  | 'BAD_REQUEST'
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'BODY_TOO_LARGE'
  | 'UNSUPPORTED_MEDIA_TYPE'
  /** An error that nobody foresaw: details go to the log, never to the caller. */
  | 'INTERNAL';

export type Success = Exclude<Result['kind'], 'refused'>;
export type OutcomeCode = Success | RefusalReason | FailureCode | DoorFault;

export interface Outcome {
  /** In v1; the documented routes answer every success with 200. */
  readonly httpStatus: number;
  /** Last part of the problem type `urn:malha:problem:<slug>`; stable for ever. */
  readonly slug: string;
  /** A number of gRPC's closed set of status codes; 0 is OK. */
  readonly grpcCode: number;
  /** Short and the same for every occurrence (RFC 9457 `title`). */
  readonly title: string;
  readonly portuguese: string;
  readonly english: string;
  /** When to try again, or null where trying again is pointless or the caller's own decision. */
  readonly retryAfterSeconds: number | null;
}

const OK = 0;
const INVALID_ARGUMENT = 3;
const DEADLINE_EXCEEDED = 4;
const NOT_FOUND = 5;
const PERMISSION_DENIED = 7;
const RESOURCE_EXHAUSTED = 8;
const FAILED_PRECONDITION = 9;
const UNIMPLEMENTED = 12;
const INTERNAL = 13;
const UNAVAILABLE = 14;

export const OUTCOMES = {
  registered: row(200, 'registered', OK, 'Registered', 'cadastro feito', 'It is registered.'),
  reserved: row(201, 'reserved', OK, 'Reserved', 'pontos reservados', 'Every stop is reserved.'),
  released: row(200, 'released', OK, 'Released', 'reservas canceladas', 'The stops are released.'),
  expired: row(200, 'expired', OK, 'Expired', 'reservas vencidas encerradas', 'What was due has ended.'),
  'version-raised': row(
    200,
    'version-raised',
    OK,
    'Ledger version raised',
    'versão do livro elevada',
    'The mesh runs the new ledger version.',
  ),
  updated: row(200, 'updated', OK, 'Updated', 'reserva atualizada', 'The reservation is as shown.'),
  'trip-declared': row(
    201,
    'trip-declared',
    OK,
    'Trip declared',
    'viagem declarada',
    'The first stop is reserved, and the ticket protects the others for a while.',
  ),
  'point-updated': row(
    200,
    'point-updated',
    OK,
    'Point updated',
    'ponto atualizado',
    'The point is updated.',
  ),
  removed: row(200, 'removed', OK, 'Removed', 'removido', 'It is gone.'),
  waiting: row(201, 'waiting', OK, 'Waiting', 'na lista de espera', 'The wish is on the waiting list.'),
  acknowledged: row(200, 'acknowledged', OK, 'Acknowledged', 'avisos confirmados', 'The notices are closed.'),
  pruned: row(
    200,
    'pruned',
    OK,
    'Pruned',
    'reservas antigas arquivadas',
    'Ended reservations have left memory.',
  ),

  STOPS_UNAVAILABLE: row(
    409,
    'stops-unavailable',
    FAILED_PRECONDITION,
    'Stops unavailable',
    'nenhum ponto foi reservado',
    'At least one stop could not be had, so none was reserved.',
  ),
  NOTHING_RELEASED: row(
    409,
    'nothing-released',
    FAILED_PRECONDITION,
    'Nothing released',
    'nenhum ponto foi cancelado',
    'At least one point is not held by the caller now, so nothing was released.',
  ),
  KEY_REUSED: row(
    422,
    'key-reused',
    FAILED_PRECONDITION,
    'Request key reused',
    'esta chave já foi usada para outro pedido; use uma chave nova',
    'The request key was used for another request; a new request needs a new key.',
  ),
  TOO_MANY_KEYS: row(
    429,
    'too-many-keys',
    RESOURCE_EXHAUSTED,
    'Too many request keys',
    'chaves demais em uso por este veículo; tente mais tarde',
    'This holder has too many request keys on record; they are forgotten after 24 hours.',
  ),
  // Ledger time passed `notAfterMs` before the entry was applied. Unlike after a 504 the outcome is known:
  // nothing was done and nothing is kept under the key, so the same request may simply be sent again.
  TOO_LATE: row(
    503,
    'too-late',
    UNAVAILABLE,
    'Too late',
    'o pedido chegou tarde demais e nada foi feito; tente de novo',
    'The request reached the ledger too late and nothing was done; try again.',
    1,
  ),
  NOT_OWNER: row(
    403,
    'not-owner',
    PERMISSION_DENIED,
    'Not the owner',
    'somente a empresa dona pode fazer isto',
    'Only the owning company may do this, through its own node.',
  ),
  UNKNOWN_COMPANY: row(
    409,
    'unknown-company',
    FAILED_PRECONDITION,
    'Unknown company',
    'empresa não cadastrada',
    'The company is not registered.',
  ),
  VERSION_NOT_RAISED: row(
    409,
    'version-not-raised',
    FAILED_PRECONDITION,
    'Ledger version not raised',
    'a malha ainda não executa esta versão do livro',
    'The mesh does not run the ledger version that this request needs.',
    // It is kept under no key, and a mesh raises itself as soon as all its nodes understand the version.
    5,
  ),
  INVALID: row(
    400,
    'invalid',
    INVALID_ARGUMENT,
    'Invalid request',
    'pedido inválido',
    'The request is not valid.',
  ),
  UNKNOWN_POINT: row(
    404,
    'unknown-point',
    NOT_FOUND,
    'Unknown point',
    'ponto desconhecido',
    'The point is not registered.',
  ),
  UNKNOWN_ROUTE: row(
    404,
    'unknown-route',
    NOT_FOUND,
    'Unknown route',
    'rota desconhecida',
    'The route is not registered.',
  ),
  UNKNOWN_RESERVATION: row(
    404,
    'unknown-reservation',
    NOT_FOUND,
    'Unknown reservation',
    'reserva desconhecida',
    'There is no such reservation that the caller may act on.',
  ),
  UNKNOWN_STOP: row(
    404,
    'unknown-stop',
    NOT_FOUND,
    'Unknown stop',
    'parada desconhecida',
    'The reservation has no stop of this number.',
  ),
  UNKNOWN_WAIT: row(
    404,
    'unknown-wait',
    NOT_FOUND,
    'Unknown wish',
    'pedido de espera desconhecido',
    'There is no such wish of the caller on the waiting list.',
  ),
  CHANGED_SINCE: row(
    412,
    'changed-since',
    FAILED_PRECONDITION,
    'Changed since',
    'a reserva mudou desde então',
    'The reservation changed after the index that the request names.',
  ),
  ALREADY_ENDED: row(
    409,
    'already-ended',
    FAILED_PRECONDITION,
    'Already ended',
    'a reserva já terminou',
    'The reservation has ended.',
  ),
  ALREADY_CONFIRMED: row(
    409,
    'already-confirmed',
    FAILED_PRECONDITION,
    'Already confirmed',
    'a reserva já está confirmada',
    'The reservation is no hold any more: it is confirmed.',
  ),
  NOT_CONFIRMED: row(
    409,
    'not-confirmed',
    FAILED_PRECONDITION,
    'Not confirmed',
    'a reserva ainda não foi confirmada',
    'The reservation is a hold still, and this is done to a confirmed one.',
  ),
  WRONG_STOP_STATE: row(
    409,
    'wrong-stop-state',
    FAILED_PRECONDITION,
    'Wrong stop state',
    'a parada não está no estado necessário',
    'The stop is not in a state in which this can be done to it.',
  ),
  TOO_EARLY: row(
    409,
    'too-early',
    FAILED_PRECONDITION,
    'Too early',
    'cedo demais para começar',
    'It is too early to start this stop.',
  ),
  POINT_BUSY: row(
    409,
    'point-busy',
    FAILED_PRECONDITION,
    'Point busy',
    'outro veículo está no ponto',
    'Another vehicle stands at the point.',
  ),
  HOLD_TOO_LONG: row(
    400,
    'hold-too-long',
    INVALID_ARGUMENT,
    'Hold too long',
    'a pré-reserva duraria demais',
    'A hold lasts at most 24 hours from when it was made.',
  ),
  TOO_MANY_HOLDS: row(
    429,
    'too-many-holds',
    RESOURCE_EXHAUSTED,
    'Too many holds',
    'pré-reservas demais para este veículo',
    'This holder has too many holds; confirm or cancel one.',
  ),
  TOO_MANY_BOOKINGS: row(
    429,
    'too-many-bookings',
    RESOURCE_EXHAUSTED,
    'Too many reservations',
    'reservas demais para este veículo',
    'This holder has too many open reservations.',
  ),
  TOO_MANY_STOPS: row(
    409,
    'too-many-stops',
    FAILED_PRECONDITION,
    'Too many stops',
    'a reserva já mudou vezes demais',
    'The reservation has had too many stops; make a new one.',
  ),
  TICKET_LIVE: row(
    409,
    'ticket-live',
    FAILED_PRECONDITION,
    'Ticket live',
    'o veículo já tem uma prioridade ativa',
    'This holder has a live ticket; it ends by itself.',
  ),
  TOO_MANY_WAITS: row(
    429,
    'too-many-waits',
    RESOURCE_EXHAUSTED,
    'Too many wishes',
    'pedidos de espera demais para este veículo',
    'This holder waits for too much already.',
  ),
  WAITLIST_FULL: row(
    409,
    'waitlist-full',
    FAILED_PRECONDITION,
    'Waiting list full',
    'a lista de espera deste ponto está cheia',
    'Too many wait for one of these points already.',
  ),
  HAS_BOOKINGS: row(
    409,
    'has-bookings',
    FAILED_PRECONDITION,
    'Has bookings',
    'há reservas no ponto',
    'Stops are booked there; say displace to displace them.',
  ),
  COMPANY_NOT_EMPTY: row(
    409,
    'company-not-empty',
    FAILED_PRECONDITION,
    'Company not empty',
    'a empresa ainda tem pontos ou rotas',
    'The company still has points or routes.',
  ),

  UNAVAILABLE: row(
    503,
    'unavailable',
    UNAVAILABLE,
    'Cannot decide now',
    'não é possível decidir agora e nada foi feito; tente de novo',
    'The mesh cannot decide now and nothing was done; try again.',
    1,
  ),
  RESOURCE_EXHAUSTED: row(
    503,
    'overloaded',
    RESOURCE_EXHAUSTED,
    'Overloaded',
    'há pedidos demais agora e nada foi feito; tente mais tarde',
    'There are too many requests now and nothing was done; try later.',
    1,
  ),
  DEADLINE_EXCEEDED: row(
    504,
    'outcome-unknown',
    DEADLINE_EXCEEDED,
    'Outcome unknown',
    'resultado desconhecido: o pedido foi enviado e ainda não há resposta; repita-o com a mesma chave (Idempotency-Key)',
    'The outcome is unknown: the request was proposed and is unanswered; send it again with the same key.',
  ),

  BAD_REQUEST: row(
    400,
    'bad-request',
    INVALID_ARGUMENT,
    'Bad request',
    'pedido malformado',
    'The request cannot be read.',
  ),
  NOT_FOUND: row(
    404,
    'not-found',
    NOT_FOUND,
    'Not found',
    'recurso não encontrado',
    'There is no such thing here.',
  ),
  METHOD_NOT_ALLOWED: row(
    405,
    'method-not-allowed',
    UNIMPLEMENTED,
    'Method not allowed',
    'método não permitido neste caminho',
    'This path does not take this method.',
  ),
  BODY_TOO_LARGE: row(
    413,
    'body-too-large',
    INVALID_ARGUMENT,
    'Body too large',
    'corpo do pedido grande demais',
    'The body of the request is too large.',
  ),
  UNSUPPORTED_MEDIA_TYPE: row(
    415,
    'unsupported-media-type',
    INVALID_ARGUMENT,
    'Unsupported media type',
    'tipo de conteúdo não aceito; envie application/json',
    'The content type is not accepted; send application/json.',
  ),
  INTERNAL: row(
    500,
    'internal',
    INTERNAL,
    'Internal error',
    'erro interno; o resultado é desconhecido',
    'Something unforeseen happened; the outcome is unknown.',
  ),
} as const satisfies Readonly<Record<OutcomeCode, Outcome>>;

/** The row of a code. */
export function outcomeOf(code: OutcomeCode): Outcome {
  return OUTCOMES[code];
}

/** The code under which a result stands in the table. */
export function codeOf(result: Result): Success | RefusalReason {
  return result.kind === 'refused' ? result.reason : result.kind;
}

function row(
  httpStatus: number,
  slug: string,
  grpcCode: number,
  title: string,
  portuguese: string,
  english: string,
  retryAfterSeconds: number | null = null,
): Outcome {
  return { httpStatus, slug, grpcCode, title, portuguese, english, retryAfterSeconds };
}
