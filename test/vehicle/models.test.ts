import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadModels } from '../../src/vehicle/models.js';

let dir: string;
let path: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'malha-models-'));
  path = join(dir, 'models.json');
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const MODEL = { id: 'm', name: 'M', batteryKwh: 40, consumptionWhPerKm: 150, connectors: ['ccs2'] };

async function load(content: unknown) {
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return loadModels(path);
}

it('a table of models is read, also where powers are unknown', async () => {
  expect(await load({ format: 'malha-models/1', models: [MODEL] })).toEqual([MODEL]);
});

it('a faulty table is named with the file and the field', async () => {
  await expect(loadModels(join(dir, 'none.json'))).rejects.toThrow('none.json cannot be read');
  await expect(load('{')).rejects.toThrow(`${path} is not JSON`);
  const faulty = { format: 'malha-models/1', models: [MODEL, { ...MODEL, id: 'n', batteryKwh: 0 }] };
  await expect(load(faulty)).rejects.toThrow(`${path} is no table of models: models.1.batteryKwh: `);
  await expect(load({ format: 'malha-models/1', models: [MODEL, MODEL] })).rejects.toThrow(
    `${path} names the model "m" twice`,
  );
  await expect(load({ format: 'malha-models/2', models: [MODEL] })).rejects.toThrow('format: ');
});
