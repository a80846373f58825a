/**
 * `malha/v1/veiculos/{id}/pedido`: what a vehicle asks of the mesh. The vehicle that the topic names is the holder, and
 * the request's `id` its request key: a repeat, at whatever node, gets the first decision.
 */
import type { Protocol } from './desk.js';
import { answerVehicle, excuseVehicle } from './vehicle-answers.js';
import { troubled } from './vehicle-replies.js';
import { readVehicleRequest, type VehicleReading } from './vehicle-requests.js';
import { VEHICLE_REPLIES, VEHICLE_REQUESTS, vehicleReplyTopic } from './vehicle-topics.js';

type Answerable = Exclude<VehicleReading, { kind: 'unanswerable' }>;

/** `windowMs`: the window of a plan that names none. */
export function vehicleProtocol(windowMs: number): Protocol<Answerable> {
  return {
    requests: [VEHICLE_REQUESTS],
    replies: [VEHICLE_REPLIES],
    read(topic, payload) {
      const reading = readVehicleRequest(topic, payload);
      if (reading.kind === 'unanswerable') return reading;
      const id = reading.kind === 'request' ? reading.key : undefined;
      const replyTopic = vehicleReplyTopic(reading.address.vehicle);
      return { kind: 'request', request: reading, replyTopic, id };
    },
    async answer(reading, answering) {
      if (reading.kind === 'request') return answerVehicle(reading, { ...answering, windowMs });
      const { address, code, fault } = reading;
      return troubled(address, { code, message: fault });
    },
    excuse: excuseVehicle,
  };
}
