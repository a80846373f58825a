/**
 * Replies on the documented topics. The documented fields are always there, so that a client that knows no more
 * reads them all; what malha adds comes after them.
 */
import type { Address } from './documented-requests.js';

/** Machine-readable reason of a reservation reply that carries one; the words are in `mensagem`. */
export type ReplyFault =
  /** The request cannot be read. */
  | 'invalido'
  /** The ledger does not take this request; sending it again changes nothing. */
  | 'recusado'
  /** Nobody can decide now; nothing was done. */
  | 'indisponivel'
  /** It may have been done: ask again with the reply's `id`. */
  | 'desconhecido';

/** What became of a request. `disponivel` and `reservado` speak of the point after it, `reservado` of the asking holder. */
export type ReplyBody =
  | { readonly kind: 'points'; readonly pointIds: readonly string[]; readonly fault?: string }
  | {
      readonly kind: 'reservation';
      readonly free: boolean;
      readonly reserved: boolean;
      readonly message: string;
      readonly fault?: ReplyFault;
    };

/** What every reply may carry besides. */
export interface ReplyMarks {
  /** The sender's id of the request, or the key to ask again with. */
  readonly id?: string | undefined;
  /** How old a reply from the local replica may be; undefined when it is not old. */
  readonly ageMs?: number | undefined;
}

/** The fields of a reply's payload. */
export function replyFields(address: Address, body: ReplyBody, { id, ageMs }: ReplyMarks): object {
  return { ...documentedFields(address, body), id, idade_ms: ageMs };
}

/** Not carried out, for a reason of the moment or of the request. */
export function refusalBody(address: Address, fault: ReplyFault, words: string): ReplyBody {
  return address.kind === 'points'
    ? { kind: 'points', pointIds: [], fault: words }
    : { kind: 'reservation', free: false, reserved: false, message: words, fault };
}

function documentedFields(address: Address, body: ReplyBody): object {
  if (address.kind === 'points' && body.kind === 'points') {
    return { veiculo_id: address.vehicle, pontos_disponiveis: body.pointIds, erro: body.fault };
  }
  if (address.kind === 'reservation' && body.kind === 'reservation') {
    return {
      ponto_id: address.pointId,
      empresa_id: address.company,
      disponivel: body.free,
      reservado: body.reserved,
      mensagem: body.message,
      erro: body.fault,
    };
  }
  throw new Error(`AssertionError: a ${body.kind} reply to a ${address.kind} request`);
}
