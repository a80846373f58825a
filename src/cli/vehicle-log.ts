/**
 * What simulated vehicles keep of themselves: their consumption and their charging, in `veiculos/` of the directory for
 * JSON files. One process a directory: it takes itself for the only writer.
 */
import { join } from 'node:path';
import { JsonFiles } from '../observe/files/json-files.js';
import { NODE_FILE_SYSTEM } from '../observe/files/node-file-system.js';
import type { Logger } from '../observe/logger.js';
import type { VehicleEvent } from '../vehicle/events.js';
import type { VehicleSettings } from './vehicle-settings.js';

const DIRECTORY = 'veiculos';

export interface VehicleLog {
  /** Takes any event, and keeps those that tell of the battery. */
  keep(event: VehicleEvent): void;
  close(): Promise<void>;
}

/** Undefined where no files are wanted. `wallMs`: what the vehicles' clock shows. */
export function openVehicleLog(
  { jsonDir, jsonBytesMax }: Pick<VehicleSettings, 'jsonDir' | 'jsonBytesMax'>,
  wallMs: () => number,
  logger: Logger,
): VehicleLog | undefined {
  if (jsonDir === undefined) return undefined;
  const files = new JsonFiles({
    ...{ mesh: null, company: DIRECTORY, directory: join(jsonDir, DIRECTORY), bytesMax: jsonBytesMax },
    ...{ reserveBytes: async () => 0, fileSystem: NODE_FILE_SYSTEM, wallMs, logger },
  });
  return {
    keep(event) {
      const said = saidOf(event);
      if (said === null) return;
      const { kind, vehicleId, atMs } = event;
      const text = JSON.stringify({ kind, v: 1, at: new Date(atMs).toISOString(), vehicleId, ...said });
      files.put({ kind: 'veiculos', atMs, text });
    },
    close: () => files.close(),
  };
}

/** What an event tells of the battery; null for one that tells nothing of it. */
function saidOf(event: VehicleEvent): Readonly<Record<string, unknown>> | null {
  switch (event.kind) {
    case 'departed': {
      const { id, from, to, km } = event.trip;
      return { socPct: Math.round(event.socPct), trip: id, from, to, km };
    }
    case 'charging': {
      const { pointId, place, socPct, toPct } = event;
      return { socPct: Math.round(socPct), pointId, place, toPct: Math.round(toPct) };
    }
    case 'charged': {
      const { pointId, place, socPct } = event;
      return { socPct: Math.round(socPct), pointId, place };
    }
    case 'arrived':
      return { socPct: Math.round(event.socPct), trip: event.trip.id, charges: event.charges };
    case 'stranded':
      return { socPct: 0, trip: event.trip.id, km: event.km };
    case 'towed':
      return { socPct: Math.round(event.socPct), place: event.place };
    default:
      return null;
  }
}
