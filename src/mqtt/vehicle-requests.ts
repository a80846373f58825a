/**
 * Payloads of `malha/v1/veiculos/{id}/pedido`, read with suspicion. Whatever is wrong with one is told to the vehicle
 * that the topic names, by the name of the field; a field that is not known is wrong, too.
 */
import { BadRequest } from '../doors/bad-request.js';
import { parseRequestKey } from '../doors/identifiers.js';
import { ACKNOWLEDGED_PER_COMMAND_MAX, STOPS_EVER_MAX } from '../ledger/limits.js';
import { readObject } from './payload.js';
import { faultIn } from './schema-faults.js';
import { ASKS, type Ask } from './vehicle-asks.js';
import { vehicleInTopic } from './vehicle-topics.js';

/** Largest payload that is read: fifty stops by place fit. */
export const VEHICLE_REQUEST_BYTES_MAX = 32 * 1024;

/** No list is longer; told before each of its items is looked at. */
const LIST_MAX = Math.max(STOPS_EVER_MAX, ACKNOWLEDGED_PER_COMMAND_MAX);

/** The version of requests, replies and notices. */
export const PAYLOAD_VERSION = 1;

/** Whom a reply goes to, and what it repeats of the request; null where that cannot be repeated. */
export interface VehicleAddress {
  readonly vehicle: string;
  readonly id: string | null;
  readonly type: string | null;
}

export type VehicleReading =
  | { readonly kind: 'request'; readonly address: VehicleAddress; readonly key: string; readonly ask: Ask }
  /** Answerable, but not carried out; `fault` in Portuguese. */
  | {
      readonly kind: 'invalid';
      readonly address: VehicleAddress;
      readonly code: 'BAD_REQUEST' | 'BODY_TOO_LARGE';
      readonly fault: string;
    }
  /** `fault` in English, for the log. */
  | { readonly kind: 'unanswerable'; readonly fault: string };

/** Reads a message of a vehicle's request topic. Never throws. */
export function readVehicleRequest(topic: string, payload: Uint8Array): VehicleReading {
  const vehicle = vehicleInTopic(topic);
  if (vehicle === null) return { kind: 'unanswerable', fault: 'the topic names no usable vehicle id' };
  const unread = { vehicle, id: null, type: null };
  if (payload.length > VEHICLE_REQUEST_BYTES_MAX) {
    const fault = `um pedido tem no máximo ${VEHICLE_REQUEST_BYTES_MAX} bytes`;
    return { kind: 'invalid', address: unread, code: 'BODY_TOO_LARGE', fault };
  }
  const value = readObject(payload, VEHICLE_REQUEST_BYTES_MAX);
  if (typeof value === 'string') return invalid(unread, 'envie um objeto JSON em UTF-8');
  const { v, id, tipo, ...fields } = Object.fromEntries(Object.entries(value));
  const key = keyOf(id);
  const schema = typeof tipo === 'string' ? ASKS.get(tipo) : undefined;
  const address = {
    vehicle,
    id: key === null ? null : String(id),
    type: schema === undefined ? null : String(tipo),
  };
  if (v !== PAYLOAD_VERSION) return invalid(address, `v: use ${PAYLOAD_VERSION}`);
  if (key === null) return invalid(address, 'id: use de 1 a 255 caracteres ASCII imprimíveis');
  if (schema === undefined) return invalid(address, `tipo: use ${[...ASKS.keys()].join(', ')}`);
  for (const [name, list] of Object.entries(fields)) {
    if (Array.isArray(list) && list.length > LIST_MAX)
      return invalid(address, `${name}: no máximo ${LIST_MAX}`);
  }
  const parsed = schema.safeParse(fields);
  if (!parsed.success) return invalid(address, faultIn(parsed.error));
  return { kind: 'request', address, key, ask: parsed.data };
}

function invalid(address: VehicleAddress, fault: string): VehicleReading {
  return { kind: 'invalid', address, code: 'BAD_REQUEST', fault };
}

/** The request key that an `id` is; null when it cannot be one. */
function keyOf(id: unknown): string | null {
  if (typeof id !== 'string') return null;
  try {
    return parseRequestKey(id) ?? null;
  } catch (error) {
    if (error instanceof BadRequest) return null;
    throw error;
  }
}
