import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openVehicleLog } from '../../src/cli/vehicle-log.js';
import { SILENT } from '../../src/observe/logger.js';
import type { VehicleEvent } from '../../src/vehicle/events.js';

const NOON_MS = Date.UTC(2026, 0, 5, 12);

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'malha-vehicle-log-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const of = { vehicleId: 'car-1', atMs: NOON_MS } as const;
const trip = { id: 'car-1-1', route: 'Rota', from: 'Salvador', to: 'Valente', km: 210 };
const charge = { pointId: '3', place: 'Valente' };

const EVENTS: readonly VehicleEvent[] = [
  { ...of, kind: 'connected', broker: 'mqtt://operator:s3cret@broker' },
  { ...of, kind: 'departed', trip, socPct: 80.4 },
  { ...of, kind: 'charging', ...charge, socPct: 21.2, toPct: 80 },
  { ...of, kind: 'charged', ...charge, socPct: 80 },
  { ...of, kind: 'arrived', trip, socPct: 55.5, charges: 1 },
];

it('vehicles keep their consumption and charging, and go on with it when they are started again', async () => {
  const settings = { jsonDir: root, jsonBytesMax: 1_000_000 };
  for (let start = 0; start < 2; start += 1) {
    const log = openVehicleLog(settings, () => NOON_MS, SILENT);
    for (const event of EVENTS) log?.keep(event);
    await log?.close();
  }
  const directory = join(root, 'veiculos');
  expect((await readdir(directory)).sort()).toEqual(['estado.json', 'veiculos-2026-01-05.ndjson']);
  const text = await readFile(join(directory, 'veiculos-2026-01-05.ndjson'), 'utf8');
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const base = { v: 1, at: '2026-01-05T12:00:00.000Z', vehicleId: 'car-1' };
  const once = [
    { kind: 'departed', ...base, socPct: 80, trip: 'car-1-1', from: 'Salvador', to: 'Valente', km: 210 },
    { kind: 'charging', ...base, socPct: 21, ...charge, toPct: 80 },
    { kind: 'charged', ...base, socPct: 80, ...charge },
    { kind: 'arrived', ...base, socPct: 56, trip: 'car-1-1', charges: 1 },
  ];
  expect(lines).toEqual([...once, ...once]);
});

it('without a directory they keep nothing', () => {
  expect(openVehicleLog({ jsonDir: undefined, jsonBytesMax: 1 }, () => 0, SILENT)).toBeUndefined();
});
