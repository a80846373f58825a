/**
 * What vehicles say of themselves: whether they are there (`…/conexao`, retained, with a session number that rises) and
 * where they are (`…/telemetria`). Both are only counted, but that a vehicle came is told on.
 */
import type { MqttBus, MqttMessage } from './bus.js';
import { readObject } from './payload.js';
import { PAYLOAD_VERSION } from './vehicle-requests.js';
import { PRESENCE, TELEMETRY, vehicleInTopic } from './vehicle-topics.js';

export interface VehicleCounts {
  /** Vehicles that are there. */
  readonly present: number;
  /** Messages of telemetry. */
  readonly telemetry: number;
  /** Messages that cannot be read. */
  readonly refused: number;
}

/** Vehicles that are remembered; one more, and the one that came first is forgotten. */
const VEHICLES_MAX = 10_000;

const PAYLOAD_BYTES_MAX = 4 * 1024;

export class Presence {
  /** Resolves once the broker grants both topics; rejects when it refuses one. */
  readonly ready: Promise<void>;
  /** The session of each vehicle that is there. */
  readonly #sessions = new Map<string, number>();
  readonly #ends: ReadonlyArray<() => void>;
  readonly #came: (vehicle: string) => void;
  #telemetry = 0;
  #refused = 0;

  /** Listens until it is closed; `came` is called for each vehicle that connected (again). */
  constructor(bus: MqttBus, came: (vehicle: string) => void) {
    this.#came = came;
    const subscriptions = [
      bus.subscribe(PRESENCE, (message) => this.#heardPresence(message), { retained: true }),
      bus.subscribe(TELEMETRY, (message) => this.#heardTelemetry(message)),
    ];
    this.#ends = subscriptions.map((subscription) => () => subscription.end());
    this.ready = Promise.all(subscriptions.map(({ granted }) => granted)).then(() => {});
    this.ready.catch(() => {});
  }

  vehicles(): Iterable<string> {
    return this.#sessions.keys();
  }

  counts(): VehicleCounts {
    return { present: this.#sessions.size, telemetry: this.#telemetry, refused: this.#refused };
  }

  close(): void {
    for (const end of this.#ends) end();
  }

  #heardPresence({ topic, payload }: MqttMessage): void {
    // An empty one clears what was retained, and says nothing.
    if (payload.length === 0) return;
    const vehicle = vehicleInTopic(topic);
    const said = readPresence(payload);
    if (vehicle === null || said === null) {
      this.#refused += 1;
      return;
    }
    const { session, online } = said;
    // The will of an older session comes late, when the vehicle is back already.
    if (session < (this.#sessions.get(vehicle) ?? session)) return;
    this.#sessions.delete(vehicle);
    if (!online) return;
    if (this.#sessions.size >= VEHICLES_MAX) {
      const [oldest] = this.#sessions.keys();
      this.#sessions.delete(oldest!);
    }
    this.#sessions.set(vehicle, session);
    this.#came(vehicle);
  }

  #heardTelemetry({ topic, payload }: MqttMessage): void {
    const said = readObject(payload, PAYLOAD_BYTES_MAX);
    if (vehicleInTopic(topic) === null || typeof said === 'string') this.#refused += 1;
    else this.#telemetry += 1;
  }
}

function readPresence(payload: Uint8Array): { readonly session: number; readonly online: boolean } | null {
  const said = readObject(payload, PAYLOAD_BYTES_MAX);
  if (typeof said === 'string') return null;
  const { v, session, online } = Object.fromEntries(Object.entries(said));
  const isRead = v === PAYLOAD_VERSION && Number.isSafeInteger(session) && typeof online === 'boolean';
  return isRead ? { session, online } : null;
}
