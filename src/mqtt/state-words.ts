/** The words of malha's own topics for what the ledger knows: one row for each state, each kind of notice. */
import type { NoticeKind } from '../ledger/state.js';
import type { ReservationState, StopState } from '../ledger/states.js';
import type { PointStatus } from '../ledger/terms.js';

export const RESERVATION_WORDS: Readonly<Record<ReservationState, string>> = {
  HELD: 'pre_reservada',
  CONFIRMED: 'confirmada',
  FULFILLED: 'cumprida',
  EXPIRED: 'vencida',
  CANCELED: 'cancelada',
};

export const STOP_WORDS: Readonly<Record<StopState, string>> = {
  PLANNED: 'planejada',
  ACTIVE: 'em_uso',
  FULFILLED: 'cumprida',
  NO_SHOW: 'falta',
  DISPLACED: 'deslocada',
  RELEASED: 'liberada',
  EXPIRED: 'vencida',
};

export const STATUS_WORDS: Readonly<Record<PointStatus, string>> = {
  available: 'disponivel',
  occupied: 'ocupado',
  faulted: 'com_defeito',
  offline: 'fora_do_ar',
  maintenance: 'em_manutencao',
};

export interface NoticeWords {
  readonly type: string;
  /** One sentence for the driver. */
  readonly message: string;
}

export const NOTICE_WORDS: Readonly<Record<NoticeKind, NoticeWords>> = {
  'stop-displaced': {
    type: 'parada_deslocada',
    message: 'o ponto desta parada não pode mais ser usado; escolha outro',
  },
  'point-occupied': {
    type: 'ponto_ocupado',
    message: 'há outro veículo no ponto; ele pode não estar livre a tempo',
  },
  'stop-no-show': { type: 'falta', message: 'o veículo não começou esta parada a tempo' },
  'stop-released': { type: 'parada_liberada', message: 'esta parada foi liberada' },
  'hold-expires-soon': {
    type: 'prazo_terminando',
    message: 'a pré-reserva termina em breve; confirme ou estenda o prazo',
  },
  'hold-expired': { type: 'prazo_esgotado', message: 'a pré-reserva não foi confirmada a tempo' },
  'wait-offered': { type: 'vaga_oferecida', message: 'o que se esperava está livre; confirme a pré-reserva' },
  'wait-ended': { type: 'espera_encerrada', message: 'a espera terminou' },
  'reservation-canceled': { type: 'reserva_cancelada', message: 'a reserva foi cancelada' },
};
