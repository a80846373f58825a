/**
 * Files on a disk that fails: the node goes on, and so do the files once they can, with nothing of the ledger left out.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonFiles } from '../../src/observe/files/json-files.js';
import { NODE_FILE_SYSTEM } from '../../src/observe/files/node-file-system.js';
import { HOUR_MS } from '../doors/company-world.js';
import { eventually } from '../support/eventually.js';
import { FailingDisk, FilesWorld, telemetryOf } from './files-world.js';

const CANNOT = { level: 'warn', message: 'the JSON files cannot be written: tried again until they can' };
const AGAIN = { level: 'info', message: 'the JSON files are written again' };

let files: FilesWorld;
let made = 0;

beforeEach(async () => {
  files = await FilesWorld.begin();
  made = 0;
});
afterEach(() => files.end());

/** One more reservation of point 1 by the own node. */
async function reserve(): Promise<void> {
  made += 1;
  await files.reserveAt('one', `car-${made}`, '1', { fromMs: made * HOUR_MS });
}

/** The reservations that the files tell of, in their order. */
async function told(): Promise<readonly unknown[]> {
  return (await files.lines('reservas'))
    .filter(({ kind }) => kind === 'reservation')
    .map(({ vehicleId }) => vehicleId);
}

function all(): readonly string[] {
  return Array.from({ length: made }, (_, k) => `car-${k + 1}`);
}

async function caughtUp(written: JsonFiles): Promise<void> {
  await eventually(() => !written.counts().paused && written.counts().index === files.world.lone.index);
}

describe.each(['ENOSPC', 'EROFS', 'EIO'])('a disk that fails with %s', (code) => {
  it('pauses the files, which is said once; then they go on, nothing left out and nothing doubled', async () => {
    const disk = new FailingDisk();
    const written = files.start({ fileSystem: disk });
    await reserve();
    written.tap(telemetryOf('car', { socPct: 90 }));
    await caughtUp(written);

    disk.fault = code;
    for (const socPct of [80, 70, 60]) {
      await reserve();
      written.tap(telemetryOf('car', { socPct }));
      const { writes } = disk;
      await eventually(() => disk.writes > writes + 2);
    }
    expect(written.counts()).toMatchObject({ paused: true, pauses: 1 });
    expect(files.logged).toEqual([CANNOT]);

    disk.fault = null;
    await caughtUp(written);
    expect(await told()).toEqual(all());
    await eventually(async () => {
      const telemetry = await files.lines('veiculos');
      expect(telemetry.map(({ socPct }) => socPct)).toEqual([90, 80, 70, 60]);
    });
    expect(await files.lines('mqtt')).toHaveLength(4);
    expect(files.logged).toEqual([CANNOT, AGAIN]);
    expect(written.counts()).toMatchObject({ paused: false, pauses: 1, lost: { mqtt: 0, veiculos: 0 } });
  });

  it('from the beginning keeps nobody waiting, and the files begin when they can', async () => {
    const disk = new FailingDisk();
    disk.fault = code;
    const written = files.start({ fileSystem: disk });
    await reserve();
    await eventually(() => written.counts().paused);
    disk.fault = null;
    await caughtUp(written);
    expect(await told()).toEqual(all());
  });

  it('at the end is no reason not to end', async () => {
    const disk = new FailingDisk();
    const written = files.start({ fileSystem: disk });
    await reserve();
    await caughtUp(written);
    disk.fault = code;
    await reserve();
    await written.close();
    disk.fault = null;
    await files.once();
    expect(await told()).toEqual(all());
  });
});

describe('while nothing can be written', () => {
  it('lines of the broker wait in a bounded queue; what finds no room is counted and told in its place', async () => {
    const disk = new FailingDisk();
    disk.fault = 'ENOSPC';
    const written = files.start({ fileSystem: disk, queue: { linesMax: 4, charsMax: 10_000 } });
    await eventually(() => written.counts().paused);
    for (let socPct = 99; socPct > 89; socPct -= 1) written.tap(telemetryOf('car', { socPct }));
    expect(written.counts().lost).toEqual({ reservas: 0, pontos: 0, veiculos: 8, mqtt: 8 });
    disk.fault = null;
    await eventually(() => !written.counts().paused && written.counts().lines.mqtt === 3);
    written.tap(telemetryOf('car', { socPct: 50 }));
    await written.close();

    const lost = expect.objectContaining({ kind: 'lost', lines: 8 });
    const [message, telemetry] = [{ kind: 'message' }, { kind: 'telemetry' }].map((each) =>
      expect.objectContaining(each),
    );
    expect(await files.lines('mqtt')).toEqual([message, message, lost, message]);
    expect(await files.lines('veiculos')).toEqual([telemetry, telemetry, lost, telemetry]);
  });

  it('a disk that never answers does not keep the node from ending', async () => {
    const written = files.start({
      fileSystem: { ...NODE_FILE_SYSTEM, list: () => new Promise(() => {}) },
      timing: { closeMs: 50 },
    });
    await written.close();
    expect(files.logged).toEqual([]);
  });
});

describe('a directory', () => {
  it('that vanishes is made again, with all that the trail still knows', async () => {
    const written = files.start();
    await reserve();
    await caughtUp(written);
    await rm(join(files.root, 'dados'), { recursive: true });
    await reserve();
    await eventually(async () => expect(await told()).toEqual(all()));
    await caughtUp(written);
    expect(files.logged).toEqual([CANNOT, AGAIN]);
  });

  it('that is a file at first is used once it can be made', async () => {
    await writeFile(join(files.root, 'dados'), 'in the way');
    const written = files.start();
    await reserve();
    await eventually(() => written.counts().paused);
    await rm(join(files.root, 'dados'));
    await caughtUp(written);
    expect(await told()).toEqual(all());
  });

  it('from which the newest file is deleted gets the lines that went nowhere', async () => {
    const written = files.start();
    await reserve();
    await caughtUp(written);
    const path = join(files.directory, 'reservas-2026-01-05.ndjson');
    await eventually(async () => {
      const { index } = JSON.parse(await readFile(join(files.directory, 'estado.json'), 'utf8'));
      expect(index).toBe(files.world.lone.index);
    });
    await rm(path);
    await reserve();
    await eventually(async () => expect(await told()).toEqual(['car-2']));
  });

  it('on the disk of the data leaves the room that the node needs', async () => {
    let freeBytes = 10;
    const disk = { ...NODE_FILE_SYSTEM, freeBytes: async () => freeBytes };
    const written = files.start({ fileSystem: disk, reserveBytes: async () => 100 });
    await reserve();
    await eventually(() => written.counts().paused);
    expect(await files.names()).toEqual([]);
    freeBytes = 100;
    await caughtUp(written);
    expect(await told()).toEqual(all());
  });
});

describe('the bound', () => {
  it('takes away the files of the oldest days as a whole, and nothing is written again', async () => {
    const { world } = files;
    const bytesMax = 8_000;
    const written = files.start({ bytesMax });
    for (let day = 0; day < 12; day += 1) {
      for (let each = 0; each < 3; each += 1) await reserve();
      world.lone.advance(24 * HOUR_MS);
      made = 0;
      await caughtUp(written);
    }
    await written.close();
    await files.once({ bytesMax });

    const names = (await files.names()).filter((name) => name.endsWith('.ndjson'));
    const sizes = await Promise.all(
      names.map(async (name) => (await stat(join(files.directory, name))).size),
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(bytesMax);
    const days = [...new Set(names.map((name) => name.slice(-17, -7)))].sort();
    expect(days.length).toBeLessThan(8);
    expect(days.at(-1)).toBe('2026-01-17');
    const indexes = (await files.lines('reservas')).map(({ index }) => Number(index));
    expect(indexes).toEqual([...indexes].sort((a, b) => a - b));
  });

  it('lets the largest file of a day that is too large begin anew, and says so', async () => {
    const written = files.start({ bytesMax: 20_000 });
    await reserve();
    await caughtUp(written);
    for (let k = 0; k < 400; k += 1) {
      written.tap({ ...telemetryOf('car', { socPct: 50 }), topic: 'a/b' });
      if (k % 50 === 0) await eventually(() => written.counts().lines.mqtt > k);
    }
    await written.close();

    expect(await told()).toEqual(all());
    expect(written.counts().bytes).toBeLessThan(20_000);
    const [first] = await files.lines('mqtt');
    expect(first).toEqual({ kind: 'cut', v: 1, bytes: expect.any(Number) });
  });
});

/** Why there can be no real small disk; '' when there can. */
async function mountSmall(path: string): Promise<string> {
  await mkdir(path, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', path], { stdio: 'pipe' });
    return '';
  } catch (error) {
    return `cannot mount a small tmpfs: ${error instanceof Error ? error.message.trim() : error}`;
  }
}

describe('a real disk that is full', () => {
  it('costs no line of the ledger once there is room again', async (context) => {
    const dados = join(files.root, 'dados');
    const why = await mountSmall(dados);
    context.skip(why !== '', why);
    try {
      const written = files.start();
      await reserve();
      await caughtUp(written);
      const ballast = join(dados, 'ballast');
      await writeFile(ballast, Buffer.alloc(200_000)).catch(() => {});
      await writeFile(ballast, Buffer.alloc(300_000)).catch(() => {});
      for (let each = 0; each < 40; each += 1) await reserve();
      await eventually(() => written.counts().paused);
      await rm(ballast);
      await caughtUp(written);
      expect(await told()).toEqual(all());
      await written.close();
    } finally {
      execFileSync('umount', [dados], { stdio: 'pipe' });
    }
  });
});
