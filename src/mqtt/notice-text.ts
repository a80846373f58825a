/** A notice as its vehicle reads it: what happened, in Portuguese, to which reservation, stop and point, and when. */
import { timeText } from '../doors/times.js';
import type { Notice, Reservation } from '../ledger/state.js';
import { reservationJson, stopJson } from './reservation-json.js';
import { NOTICE_WORDS } from './state-words.js';
import { PAYLOAD_VERSION } from './vehicle-requests.js';

/** What `confirmar_aviso` names; the same on every node. */
export function noticeIdOf({ index, number }: Pick<Notice, 'index' | 'number'>): string {
  return `n${index}.${number}`;
}

/** The payload. `reservation`: what it is about, as it is now; null where there is none any more. */
export function noticeText(notice: Notice, reservation: Reservation | null): string {
  const { reservationId, stop: number, waitId, reason } = notice;
  const { type, message } = NOTICE_WORDS[notice.notice];
  const stop = number < 0 ? undefined : reservation?.stops[number];
  return JSON.stringify({
    v: PAYLOAD_VERSION,
    id: noticeIdOf(notice),
    tipo: type,
    mensagem: message,
    indice: notice.index,
    em: timeText(notice.atMs),
    ...(reason === '' ? {} : { motivo: reason }),
    ...(waitId === '' ? {} : { espera_id: waitId }),
    ...(reservationId === '' ? {} : { reserva_id: reservationId }),
    ...(number < 0 ? {} : { parada: number }),
    ...(stop === undefined ? {} : stopJson(number, stop)),
    ...(reservation === null ? {} : { reserva: reservationJson(reservation) }),
  });
}
