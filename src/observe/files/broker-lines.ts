/**
 * What the broker's messages say in the files: each message in `mqtt`, without its payload; and in `veiculos` how full the
 * batteries of the vehicles are that tell.
 *
 * 1. A vehicle gets a line when its charge changed by a whole percent or its trip changed: what it used and what it
 *    charged, however often it speaks.
 * 2. Positions are rounded to about a kilometre; where exactly a vehicle is, is nobody's business here.
 */
import { z } from 'zod';
import type { TappedMessage } from '../../mqtt/tap.js';
import type { Line } from './day-file.js';

/** Of what clients chose, longer ones are cut. */
const TOPIC_LENGTH_MAX = 256;
const CLIENT_LENGTH_MAX = 128;
const TRIP_LENGTH_MAX = 80;

const PAYLOAD_BYTES_MAX = 4 * 1024;

/** Vehicles whose last line is remembered; one more, and the one that told least lately is forgotten. */
const VEHICLES_MAX = 10_000;

const TELEMETRY_TOPIC = /^malha\/v1\/veiculos\/([A-Za-z0-9_.-]{1,64})\/telemetria$/;

const Telemetry = z.object({
  position: z.object({ latitude: z.number().min(-90).max(90), longitude: z.number().min(-180).max(180) }),
  socPct: z.number().min(0).max(100),
  speedKmh: z.number().min(0).max(1_000),
  trip: z.string().default(''),
});

interface Told {
  readonly socPct: number;
  readonly trip: string;
}

export class BrokerLines {
  readonly #told = new Map<string, Told>();

  /** `atMs`: when this node heard it. */
  linesOf(message: TappedMessage, atMs: number): readonly Line[] {
    const lines = [messageLine(message, atMs)];
    const vehicleId = TELEMETRY_TOPIC.exec(message.topic)?.[1];
    if (vehicleId === undefined) return lines;
    const telemetry = this.#telemetryLine(vehicleId, message.payload, atMs);
    return telemetry === null ? lines : [...lines, telemetry];
  }

  #telemetryLine(vehicleId: string, payload: Uint8Array, atMs: number): Line | null {
    const said = readTelemetry(payload);
    if (said === null) return null;
    const { position, speedKmh } = said;
    const trip = said.trip.slice(0, TRIP_LENGTH_MAX);
    const socPct = Math.round(said.socPct);
    const before = this.#told.get(vehicleId);
    if (before?.socPct === socPct && before.trip === trip) return null;
    this.#remember(vehicleId, { socPct, trip });
    const line = {
      ...{ kind: 'telemetry', v: 1, at: new Date(atMs).toISOString(), vehicleId, socPct },
      changePct: before === undefined ? null : socPct - before.socPct,
      ...{ speedKmh: Math.round(speedKmh), trip: trip === '' ? null : trip },
      ...{ latitude: toKilometre(position.latitude), longitude: toKilometre(position.longitude) },
    };
    return { kind: 'veiculos', atMs, text: JSON.stringify(line) };
  }

  #remember(vehicleId: string, told: Told): void {
    this.#told.delete(vehicleId);
    this.#told.set(vehicleId, told);
    if (this.#told.size <= VEHICLES_MAX) return;
    const [oldest] = this.#told.keys();
    this.#told.delete(oldest!);
  }
}

function messageLine({ topic, clientId, bytes, qos, retain }: TappedMessage, atMs: number): Line {
  const client = clientId === '' ? null : clientId.slice(0, CLIENT_LENGTH_MAX);
  const line = {
    ...{ kind: 'message', v: 1, at: new Date(atMs).toISOString() },
    ...{ topic: topic.slice(0, TOPIC_LENGTH_MAX), clientId: client, bytes, qos, retain },
  };
  return { kind: 'mqtt', atMs, text: JSON.stringify(line) };
}

function readTelemetry(payload: Uint8Array): z.output<typeof Telemetry> | null {
  if (payload.length > PAYLOAD_BYTES_MAX) return null;
  try {
    return Telemetry.safeParse(JSON.parse(Buffer.from(payload).toString())).data ?? null;
  } catch {
    return null;
  }
}

/** Two decimals of a degree: 1.1 km from north to south, less from east to west. */
function toKilometre(degrees: number): number {
  return Math.round(degrees * 100) / 100;
}
