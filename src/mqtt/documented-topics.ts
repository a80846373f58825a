/**
 * The documented topics. Whoever asks is named in the payload, and with it the topic of the reply.
 */
export const POINTS_REQUESTS = 'veiculos/solicitacao';
export const POINTS_REPLIES = 'veiculos/resposta/+';
export const RESERVATION_REQUESTS = 'empresa/+/reserva';
export const RESERVATION_REPLIES = 'empresa/+/resposta/+';

/** Where a vehicle is told which points are free. `vehicle` must be safe in a topic. */
export function pointsReplyTopic(vehicle: string): string {
  return `veiculos/resposta/${vehicle}`;
}

/** Where `origin` is told what became of its request about a point. Both must be safe in a topic. */
export function reservationReplyTopic(origin: string, pointId: string): string {
  return `empresa/${origin}/resposta/${pointId}`;
}

/** The company that an `empresa/{nome}/reserva` topic names; '' for any other topic. */
export function companyInTopic(topic: string): string {
  const [root, company, action, ...more] = topic.split('/');
  return root === 'empresa' && action === 'reserva' && more.length === 0 ? (company ?? '') : '';
}
