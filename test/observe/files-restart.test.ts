/**
 * Files that go on after whatever ended their writer: no line of the ledger twice, none missing, in the order of the indexes.
 */
import { mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonFilesOptions } from '../../src/observe/files/json-files.js';
import { Failure } from '../../src/replica/failure.js';
import type { MeshStatus, TrailAnswer, TrailQuery } from '../../src/replica/mesh.js';
import { HOUR_MS } from '../doors/company-world.js';
import { eventually } from '../support/eventually.js';
import { FilesWorld, telemetryOf } from './files-world.js';
import { MemoryDisk } from './memory-disk.js';

const LEDGER_FILES = ['reservas', 'pontos', 'veiculos'];

let files: FilesWorld;

beforeEach(async () => {
  files = await FilesWorld.begin();
});
afterEach(() => files.end());

/** Some entries of all kinds, one of which ends three reservations of point 1 at once. */
async function live(): Promise<void> {
  const { world } = files;
  const id = await files.reserveAt('two', 'car', '1', '2');
  world.lone.advance(HOUR_MS);
  const stop = { reservationId: id, ifIndex: 0, stop: 0, as: 'holder' } as const;
  await world.as('two', { kind: 'start-stop', ...stop }, 'car');
  await world.as('two', { kind: 'finish-stop', ...stop }, 'car');
  for (const hours of [3, 5, 7]) {
    await files.reserveAt('one', `h${hours}`, '1', { holdMs: 60_000, fromMs: hours * HOUR_MS });
  }
  world.lone.advance(60_000);
}

/** What every file of the ledger's kinds holds, byte by byte. */
async function contents(directory: string): Promise<Readonly<Record<string, string>>> {
  const names = (await files.names(directory)).filter((name) => LEDGER_FILES.includes(name.split('-')[0]!));
  const texts = await Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')));
  return Object.fromEntries(names.map((name, each) => [name, texts[each]!]));
}

/** Where the last two lines of a text begin, or its beginning. */
function lastTwoLines(text: string): number {
  const end = text.lastIndexOf('\n', text.length - 2);
  return end <= 0 ? 0 : text.lastIndexOf('\n', end - 1) + 1;
}

/** Lets the files catch up over and over again, from what was there at each byte of the last two lines of each. */
async function crashEverywhere(state: 'before' | 'after' | 'none'): Promise<number> {
  const disk = new MemoryDisk();
  const statePath = join(files.directory, 'estado.json');
  await files.once({ fileSystem: disk });
  const before = disk.files.get(statePath)!;
  await live();
  await files.once({ fileSystem: disk });
  const whole = new Map(disk.files);
  const ledgerFiles = [...whole].filter(([path]) => path.endsWith('.ndjson'));
  expect(ledgerFiles).toHaveLength(3);

  let crashes = 0;
  for (const [path, bytes] of ledgerFiles) {
    for (let end = lastTwoLines(bytes.toString()); end < bytes.length; end += 1) {
      disk.files.set(path, bytes.subarray(0, end));
      if (state === 'none') disk.files.delete(statePath);
      else disk.files.set(statePath, state === 'before' ? before : whole.get(statePath)!);
      // The process after the crash is killed before it can read what it lacks.
      if (end % 2 === 0) await files.once({ fileSystem: disk, mesh: unreadable() });
      await files.once({ fileSystem: disk });
      for (const [each, wanted] of ledgerFiles) {
        if (disk.files.get(each)!.equals(wanted)) continue;
        expect([path, end, disk.files.get(each)!.toString()]).toEqual([path, end, wanted.toString()]);
      }
      crashes += 1;
    }
  }
  return crashes;
}

describe('a crash', () => {
  it.each([
    ['a state of before those lines', 'before'],
    ['a state that vouches for them', 'after'],
    ['no state', 'none'],
  ] as const)(
    'at any byte of the last two lines of any file, with %s, costs no line and doubles none',
    { timeout: 90_000 },
    async (_, state) => {
      expect(await crashEverywhere(state)).toBeGreaterThan(1_000);
    },
  );

  it('of which the real disk has half a line costs no line and doubles none', async () => {
    await live();
    await files.once();
    const whole = await contents(files.directory);
    for (const [name, text] of Object.entries(whole)) {
      await truncate(join(files.directory, name), text.length - 20);
      await files.once();
      expect(await contents(files.directory)).toEqual(whole);
    }
  });

  it('that garbled what was not synced yet costs no line of the ledger', async () => {
    await files.once();
    const state = await readFile(join(files.directory, 'estado.json'), 'utf8');
    await live();
    await files.once();
    const whole = await contents(files.directory);
    const [name] = Object.keys(whole).filter((each) => each.startsWith('reservas'));
    const path = join(files.directory, name!);
    const bytes = await readFile(path);
    // As a loss of power may leave it: a hole in the middle, and lines behind it.
    bytes.fill(0, 200, 260);
    await writeFile(path, bytes);
    await writeFile(join(files.directory, 'estado.json'), state);
    await files.once();
    expect(await contents(files.directory)).toEqual(whole);
  });

  it('costs nothing of the lines of the broker but the one that was torn', async () => {
    const written = files.start();
    for (const socPct of [80, 70]) written.tap(telemetryOf('car', { socPct }));
    await written.close();
    const path = join(files.directory, 'mqtt-2026-01-05.ndjson');
    const text = await readFile(path, 'utf8');
    await truncate(path, text.length - 5);
    const again = files.start();
    again.tap(telemetryOf('car', { socPct: 60 }));
    await again.close();
    const first = text.split('\n')[0]!;
    expect(await readFile(path, 'utf8')).toBe(`${first}\n${first}\n`);
  });
});

describe('a restart', () => {
  it('after every entry gives the same files as one run', async () => {
    const { world } = files;
    const apply = world.lone.apply.bind(world.lone);
    const starts: Promise<void>[] = [];
    world.lone.apply = (command) => {
      const answer = apply(command);
      starts.push((starts.at(-1) ?? Promise.resolve()).then(() => files.once()));
      return answer;
    };
    await live();
    await Promise.all(starts);
    const directory = join(files.root, 'at-once');
    await files.once({ directory });
    expect(await contents(files.directory)).toEqual(await contents(directory));
    expect((await contents(directory))['reservas-2026-01-05.ndjson']).not.toBe('');
  });

  it('does not write again what somebody deleted', async () => {
    await live();
    await files.once();
    await rm(join(files.directory, 'reservas-2026-01-05.ndjson'));
    await files.reserveAt('one', 'late', '1');
    await files.once();
    const lines = await files.lines('reservas');
    expect(lines.map(({ vehicleId }) => vehicleId)).toEqual(['late']);
  });

  it('leaves files alone that are none of its own, and lines that it does not know', async () => {
    await mkdir(files.directory, { recursive: true });
    const note = join(files.directory, 'leia-me.txt');
    const old = join(files.directory, 'reservas-2020-01-01.ndjson');
    await writeFile(note, 'sem quebra de linha');
    await writeFile(old, 'isto não é JSON\n{"kind":"note"}\n');
    await files.once();
    expect(await readFile(note, 'utf8')).toBe('sem quebra de linha');
    expect(await readFile(old, 'utf8')).toBe('isto não é JSON\n{"kind":"note"}\n');
  });
});

function unreadable(): JsonFilesOptions['mesh'] {
  const readTrail = () => Promise.reject(new Failure('UNAVAILABLE', 'switched to fail'));
  return meshWith({ readTrail });
}

/** The mesh as it is, but for what a test changes. */
function meshWith(changes: {
  readonly status?: () => Partial<MeshStatus>;
  readonly readTrail?: (query: TrailQuery, read: () => Promise<TrailAnswer>) => Promise<TrailAnswer>;
}): JsonFilesOptions['mesh'] {
  const { mesh } = files.world;
  return {
    status: () => ({ ...mesh.status(), ...changes.status?.() }),
    readTrail: (query) => {
      const read = (): Promise<TrailAnswer> => mesh.readTrail(query);
      return changes.readTrail === undefined ? read() : changes.readTrail(query, read);
    },
    onApplied: (listener) => mesh.onApplied(listener),
  };
}

describe('a trail with a gap', () => {
  it('is waited for, and then the gap is told in every file, once, before what is behind it', async () => {
    const { world } = files;
    await files.once();
    const from = world.lone.index + 1;
    await files.reserveAt('one', 'lost', '1');
    await files.reserveAt('one', 'behind', '1', { fromMs: 5 * HOUR_MS });
    const behind = world.lone.index;
    const mesh = meshWith({
      readTrail: async (_, read) => {
        const { records } = await read();
        return {
          records: records.filter(({ index }) => index < from || index >= behind),
          completeFrom: behind,
        };
      },
    });
    const written = files.start({ mesh });
    await eventually(() => written.counts().index === behind);
    await written.close();
    await files.once({ mesh });

    const gap = { kind: 'gap', v: 1, fromIndex: from, toIndex: behind - 1 };
    expect((await files.lines('reservas')).map(({ kind, vehicleId }) => [kind, vehicleId])).toEqual([
      ['gap', undefined],
      ['reservation', 'behind'],
    ]);
    for (const kind of LEDGER_FILES) expect(await files.lines(kind)).toContainEqual(gap);
  });

  it('that a peer fills in time is none', async () => {
    const { world } = files;
    await files.once();
    await files.reserveAt('one', 'late', '1');
    let reads = 0;
    const mesh = meshWith({
      readTrail: async (_, read) => {
        reads += 1;
        return reads < 3 ? { records: [], completeFrom: world.lone.index + 1 } : read();
      },
    });
    const written = files.start({ mesh, timing: { gapPatienceMs: 60_000 } });
    await eventually(() => written.counts().index === world.lone.index);
    await written.close();
    expect((await files.lines('reservas')).map(({ vehicleId }) => vehicleId)).toEqual(['late']);
  });

  it('that cannot be read now is read later', async () => {
    await files.reserveAt('one', 'car', '1');
    let reads = 0;
    const mesh = meshWith({
      readTrail: async (_, read) => {
        reads += 1;
        if (reads % 2 === 1) throw new Failure('UNAVAILABLE', 'switched to fail');
        return read();
      },
    });
    const written = files.start({ mesh });
    await eventually(async () => (await files.lines('reservas')).length === 1);
    await written.close();
    expect(written.counts().pauses).toBe(0);
    expect(reads).toBeGreaterThan(1);
  });
});

describe('another mesh', () => {
  it('begins anew at its first entry, behind a line that says so', async () => {
    await live();
    await files.once();
    const told = await files.lines('reservas');
    const cluster = 'd'.repeat(32);

    const fresh = await FilesWorld.begin();
    try {
      const { mesh } = fresh.world;
      const status = (): MeshStatus => ({ ...mesh.status(), cluster });
      await fresh.reserveAt('one', 'new', '1');
      const other = { status, readTrail: mesh.readTrail.bind(mesh), onApplied: mesh.onApplied.bind(mesh) };
      for (let start = 0; start < 2; start += 1) await files.once({ mesh: other });
    } finally {
      await fresh.end();
    }
    const lines = await files.lines('reservas');
    expect(lines.slice(0, told.length)).toEqual(told);
    expect(lines.slice(told.length).map(({ kind, mesh, vehicleId }) => [kind, mesh ?? vehicleId])).toEqual([
      ['mesh', cluster],
      ['reservation', 'new'],
    ]);
  });

  it('that goes on from the same entries, as after a recovery, repeats none', async () => {
    await live();
    await files.once();
    const told = await contents(files.directory);
    const mesh = meshWith({ status: () => ({ cluster: 'd'.repeat(32) }) });
    await files.once({ mesh });
    expect(await contents(files.directory)).toEqual(told);
    const state = JSON.parse(await readFile(join(files.directory, 'estado.json'), 'utf8'));
    expect(state).toMatchObject({ mesh: 'd'.repeat(32), index: files.world.lone.index });
  });
});
