/** malha's own topics, below `malha/v1/`: the vehicle, or the point, is named in the topic. */
import { isTopicSafe } from '../doors/identifiers.js';

export const VEHICLE_REQUESTS = 'malha/v1/veiculos/+/pedido';
export const VEHICLE_REPLIES = 'malha/v1/veiculos/+/resposta';
export const PRESENCE = 'malha/v1/veiculos/+/conexao';
export const TELEMETRY = 'malha/v1/veiculos/+/telemetria';

/** Where a vehicle is answered. `vehicle` must be safe in a topic. */
export function vehicleReplyTopic(vehicle: string): string {
  return `malha/v1/veiculos/${vehicle}/resposta`;
}

/** Where a vehicle is told what it did not ask for. `vehicle` must be safe in a topic. */
export function noticeTopic(vehicle: string): string {
  return `malha/v1/veiculos/${vehicle}/avisos`;
}

/** Where a point's state is retained. `pointId` must be safe in a topic. */
export function pointTopic(pointId: string): string {
  return `malha/v1/pontos/${pointId}/estado`;
}

/** The vehicle that a topic below `malha/v1/veiculos/` names; null for any other topic, and for an unusable name. */
export function vehicleInTopic(topic: string): string | null {
  const [root, version, vehicles, vehicle = '', leaf, ...more] = topic.split('/');
  const known = root === 'malha' && version === 'v1' && vehicles === 'veiculos';
  return known && leaf !== undefined && more.length === 0 && isTopicSafe(vehicle) ? vehicle : null;
}

/** The vehicle whose notices a filter asks for; null for any other, also one with wildcards. */
export function vehicleOfNoticeTopic(filter: string): string | null {
  const vehicle = vehicleInTopic(filter);
  return vehicle !== null && filter === noticeTopic(vehicle) ? vehicle : null;
}
