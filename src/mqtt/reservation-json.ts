/** Reservations as malha's own topics show them. Times are RFC 3339 in UTC, money is in whole centavos. */
import { timeText } from '../doors/times.js';
import type { NumberedStop } from '../ledger/result.js';
import type { Reservation } from '../ledger/state.js';
import type { ReservationState, StopState } from '../ledger/states.js';
import { RESERVATION_WORDS, STOP_WORDS } from './state-words.js';

/** What a decision says of a reservation. `holdUntilMs` 0: it is no hold. */
export interface DecidedReservation {
  readonly reservationId: string;
  readonly state: ReservationState;
  readonly holdUntilMs: number;
  readonly stops: readonly NumberedStop[];
}

/** As one decision left it. */
export function decidedJson({ reservationId, state, holdUntilMs, stops }: DecidedReservation): object {
  return {
    id: reservationId,
    estado: RESERVATION_WORDS[state],
    ...holdJson(holdUntilMs),
    paradas: stops.map((stop) => stopJson(stop.stop, stop)),
  };
}

/** As it is now, with all that concerns its holder. */
export function reservationJson(reservation: Reservation): object {
  const { id, state, holdUntilMs, stops, end, waitId, changedIndex, madeIndex } = reservation;
  return {
    id,
    estado: RESERVATION_WORDS[state],
    /** What `se_indice` may name. */
    indice: Math.max(changedIndex, madeIndex),
    ...holdJson(state === 'HELD' ? holdUntilMs : 0),
    ...(waitId === '' ? {} : { espera_id: waitId }),
    paradas: stops.map((stop, number) => ({
      ...stopJson(number, stop),
      ...(stop.startedAtMs === 0 ? {} : { comecou: timeText(stop.startedAtMs) }),
      ...(stop.endedAtMs === 0 ? {} : { terminou: timeText(stop.endedAtMs) }),
      ...(stop.reason === '' ? {} : { motivo: stop.reason }),
      ...(stop.owedCentavos === 0 ? {} : { devido_centavos: stop.owedCentavos, moeda: 'BRL' }),
    })),
    ...(end === null ? {} : { fim: { quem: end.who, motivo: end.reason, em: timeText(end.atMs) } }),
  };
}

interface StopFields {
  readonly pointId: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly state: StopState;
}

/** One stop, by its number. */
export function stopJson(number: number, { pointId, startMs, endMs, state }: StopFields) {
  return {
    parada: number,
    ponto_id: pointId,
    inicio: timeText(startMs),
    fim: timeText(endMs),
    estado: STOP_WORDS[state],
  };
}

function holdJson(holdUntilMs: number): object {
  return holdUntilMs === 0 ? {} : { confirmar_ate: timeText(holdUntilMs) };
}
