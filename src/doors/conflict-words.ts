/** Why one stop of a request could not be had, in words: one row for each reason. */
import type { ConflictReason } from '../ledger/result.js';

export const CONFLICT_WORDS = {
  UNKNOWN_POINT: { portuguese: 'ponto desconhecido', english: 'the point is not registered' },
  POINT_TAKEN: { portuguese: 'ponto já reservado', english: 'the point is taken in that window' },
  POINT_NOT_AVAILABLE: { portuguese: 'ponto fora de serviço', english: 'the point is out of service' },
  WRONG_COMPANY: {
    portuguese: 'o ponto é de outra empresa',
    english: 'the point belongs to another company',
  },
  WINDOW_PAST: { portuguese: 'o horário já passou', english: 'the window is in the past' },
  STOP_REPEATED: {
    portuguese: 'ponto repetido no pedido',
    english: 'the stop overlaps another one of the request',
  },
  UNKNOWN_SITE: {
    portuguese: 'nenhum ponto deste tipo neste lugar',
    english: 'no point of this connector and power is registered at this place',
  },
  NO_POINT_FREE: {
    portuguese: 'nenhum ponto livre neste lugar',
    english: 'no point of this connector and power is free at this place in that window',
  },
  POINT_CLOSED: { portuguese: 'ponto fechado nesse horário', english: 'the point is closed in that window' },
  TOO_SOON: { portuguese: 'antecedência insuficiente', english: 'the company wants to know earlier' },
  TOO_FAR: { portuguese: 'data distante demais', english: 'the company does not book so far ahead' },
  TOO_LONG: { portuguese: 'janela longa demais', english: 'the company does not book so long a window' },
  POINT_PRIORITY: {
    portuguese: 'outro veículo tem prioridade; tente de novo em instantes',
    english: 'another vehicle comes first here for a while; try again later',
  },
  NOT_HELD: { portuguese: 'ponto sem reserva deste veículo', english: 'the holder has no such stop now' },
} as const satisfies Readonly<
  Record<ConflictReason, { readonly portuguese: string; readonly english: string }>
>;
