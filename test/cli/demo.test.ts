import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prepareDataDirectory } from '../../src/cli/demo/data-directory.js';
import { compareHoldings } from '../../src/cli/demo/holdings.js';
import { layOut, nodeArguments } from '../../src/cli/demo/layout.js';
import { openLedgerTime } from '../../src/cli/demo/ledger-time.js';
import { type DemoFacts, summarise, summaryLines } from '../../src/cli/demo/summary.js';
import { paintWith } from '../../src/cli/terminal.js';
import type { VehicleSnapshot } from '../../src/vehicle/vehicle.js';

let parent: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'malha-demo-'));
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

describe('the data directory of a demo', () => {
  const companies = ['empresa_a', 'empresa_b'];

  it('is made with a marker, and used again as it is', () => {
    const directory = join(parent, 'deep', '.malha');
    expect(prepareDataDirectory(directory, companies, false)).toBeUndefined();
    writeFileSync(join(directory, 'kept'), '');
    expect(prepareDataDirectory(directory, companies, false)).toBeUndefined();
    expect(existsSync(join(directory, 'kept'))).toBe(true);
  });

  it('is cleared by --fresh when it carries the marker', () => {
    prepareDataDirectory(parent, companies, false);
    mkdirSync(join(parent, 'empresa_a'));
    writeFileSync(join(parent, 'empresa_a', 'log'), '');
    expect(prepareDataDirectory(parent, ['empresa_a'], true)).toBeUndefined();
    expect(readdirSync(parent)).toEqual(['malha-demo.json']);
  });

  it.each([true, false])('is left alone when something else is in it (--fresh %s)', (fresh) => {
    writeFileSync(join(parent, 'precious'), 'x');
    expect(prepareDataDirectory(parent, companies, fresh)).toContain("does not carry malha's marker");
    expect(readdirSync(parent)).toEqual(['precious']);
  });

  it('is left alone when its marker is not ours', () => {
    writeFileSync(join(parent, 'malha-demo.json'), '{"format":"other"}');
    writeFileSync(join(parent, 'precious'), 'x');
    expect(prepareDataDirectory(parent, companies, true)).toContain("does not carry malha's marker");
    expect(existsSync(join(parent, 'precious'))).toBe(true);
  });

  it('is not used for a mesh of other companies', () => {
    prepareDataDirectory(parent, companies, false);
    expect(prepareDataDirectory(parent, ['empresa_a'], false)).toContain('give --companies 2, or --fresh');
  });

  it('is not a file', () => {
    const file = join(parent, 'file');
    writeFileSync(file, '');
    expect(prepareDataDirectory(file, companies, true)).toBe(`${file} is not a directory`);
  });
});

describe('the ledger time of a demo', () => {
  it('runs faster from one epoch, and after a restart goes on where no process was yet', () => {
    let realMs = 1_000_000;
    const first = openLedgerTime(parent, 100, () => realMs);
    expect(first).toMatchObject({
      run: 1,
      clock: { speed: 100, realEpochMs: 1_000_000, epochMs: 1_000_000 },
    });
    realMs += 10_000;
    expect(first.nowMs()).toBe(2_000_000);
    first.close();
    const second = openLedgerTime(parent, 1, () => realMs);
    second.close();
    expect(second.run).toBe(2);
    expect(second.clock.epochMs).toBeGreaterThan(first.nowMs());
  });

  it('goes on also when the demo before was killed', () => {
    const realMs = 1_000_000;
    const killed = openLedgerTime(parent, 100, () => realMs);
    const next = openLedgerTime(parent, 100, () => realMs + 1_000);
    expect(next.clock.epochMs).toBeGreaterThan(realMs + 100 * 1_000);
    killed.close();
    next.close();
  });

  it('is real time again once that is further', () => {
    openLedgerTime(parent, 100, () => 1_000).close();
    const later = openLedgerTime(parent, 100, () => 9_000_000);
    later.close();
    expect(later.clock.epochMs).toBe(9_000_000);
  });
});

describe('the nodes of a demo', () => {
  it('get the ports of the contract and the companies of the data set, then further ones', () => {
    const nodes = layOut(4, ['empresa_a', 'empresa_b', 'empresa_c'], '/d');
    expect(nodes.map(({ company, rest, grpc, mqtt }) => [company, rest.port, grpc.port, mqtt.port])).toEqual([
      ['empresa_a', 8085, 9085, 1883],
      ['empresa_b', 8086, 9086, 1884],
      ['empresa_c', 8087, 9087, 1885],
      ['empresa_d', 8088, 9088, 1886],
    ]);
    expect(nodeArguments(nodes[1]!, nodes.slice(0, 2), ['--x'])).toEqual([
      '--company=empresa_b',
      '--rest=127.0.0.1:8086',
      '--grpc=127.0.0.1:9086',
      '--mqtt=127.0.0.1:1884',
      '--peers=empresa_a=127.0.0.1:9085,empresa_b=127.0.0.1:9086',
      '--data=/d/empresa_b',
      '--x',
    ]);
  });
});

describe('the comparison of what vehicles hold with the ledger', () => {
  const hold = (pointId: string, untilMs: number, vehicleId = 'v1') => ({ vehicleId, pointId, untilMs });
  const NOW_MS = 1_000;

  it.each([
    ['the same on both sides', [hold('1', 5_000)], [], [hold('1', 5_000)], 0],
    ['a point that only the vehicle knows', [hold('1', 5_000)], [], [], 1],
    ['a point that only the ledger knows', [], [], [hold('1', 5_000)], 1],
    ['the point of another vehicle', [hold('1', 5_000)], [], [hold('1', 5_000, 'v2')], 2],
    ['a window that ends about now', [hold('1', 1_050)], [], [], 0],
    ['a window that has just ended', [], [], [hold('1', 950)], 0],
    [
      'a point whose outcome the vehicle does not know',
      [],
      [{ vehicleId: 'v1', pointId: '1' }],
      [hold('1', 5_000)],
      0,
    ],
    ['nothing on either side', [], [], [], 0],
  ])('%s', (_, held, unsure, reserved, differences) => {
    expect(compareHoldings({ held, unsure }, reserved, NOW_MS, 100)).toHaveLength(differences);
  });
});

describe('the summary of a demo', () => {
  const travelling: VehicleSnapshot = {
    id: 'veiculo-01',
    model: 'm',
    state: 'driving',
    place: 'Salvador',
    trip: { id: 't', route: 'r', from: 'Salvador', to: 'Valente', km: 200 },
    socPct: 50,
    tripsEnded: 0,
    strandings: 0,
    troubles: 0,
    holds: [{ pointId: '9', untilMs: 0 }],
    unsure: [],
    lastRefusal: [],
  };
  const facts = (vehicle: Partial<VehicleSnapshot>, changes: Partial<DemoFacts> = {}): DemoFacts => ({
    seconds: 30.04,
    speed: 100,
    ledgerTimeMs: 0,
    vehicles: [{ ...travelling, ...vehicle }],
    holdings: { equal: true, held: 1, unsure: 0, differences: [] },
    nodes: [],
    ...changes,
  });

  it.each([
    ['under way with charge left', {}, true],
    ['arrived and resting', { state: 'resting', trip: null, tripsEnded: 1 }, true],
    ['arrived before and asking for the next trip', { state: 'asking', tripsEnded: 2 }, true],
    ['never under way', { state: 'asking' }, false],
    ['without a trip', { state: 'waiting', trip: null }, false],
    ['stranded, although it arrived before', { state: 'stranded', socPct: 0, tripsEnded: 3 }, false],
    ['under way with an empty battery', { socPct: 0 }, false],
  ] as const)('a vehicle that is %s', (_, vehicle, ok) => {
    expect(summarise(facts(vehicle)).ok).toBe(ok);
  });

  it('is not well when a ledger says otherwise', () => {
    const holdings = { equal: false, held: 1, unsure: 0, differences: ['v1 believes …'] };
    expect(summarise(facts({}, { holdings }))).toMatchObject({ ok: false, faults: ['v1 believes …'] });
  });

  it('is a table for people, in which every column is aligned and every vehicle has a row', () => {
    const lines = summaryLines(summarise(facts({})), paintWith(false));
    const header = lines.find((line) => line.startsWith('vehicle'))!;
    const row = lines.find((line) => line.startsWith('veiculo-01'))!;
    expect(row.indexOf('driving')).toBe(header.indexOf('state'));
    expect(row.indexOf('Salvador > Valente')).toBe(header.indexOf('where'));
    expect(lines.at(-1)).toBe('all is well');
  });
});
