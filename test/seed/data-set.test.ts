import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DataSet, DataSetError, loadDataSet } from '../../src/seed/data-set.js';
import { BAHIA_PATH } from '../support/bahia-fixture.js';

type Mutable<T> = { -readonly [K in keyof T]: Mutable<T[K]> };

let dir: string;
let path: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'malha-data-set-'));
  path = join(dir, 'set.json');
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** The faults that are found once `change` was made to the packaged data set. */
async function faultsAfter(change: (dataSet: Mutable<DataSet>) => void): Promise<readonly string[]> {
  const dataSet = structuredClone(await loadDataSet(BAHIA_PATH));
  change(dataSet);
  await writeFile(path, JSON.stringify(dataSet));
  try {
    await loadDataSet(path);
  } catch (error) {
    if (error instanceof DataSetError) return error.faults;
    throw error;
  }
  return [];
}

describe('the packaged data set', () => {
  it('is the documented seed', async () => {
    const { companies, points, routes } = await loadDataSet(BAHIA_PATH);
    expect(companies.map(({ id, displayId, name }) => `${displayId} ${name} ${id}`)).toEqual([
      '1 HenryVolt empresa_a',
      '2 LaizaCharge empresa_b',
      '3 MarioPower empresa_c',
    ]);
    const displayId = new Map(companies.map((company) => [company.id, company.displayId]));
    expect(points.map(({ id, place, company }) => `${id} ${place} ${displayId.get(company)}`)).toEqual([
      '1 Feira de Santana 1',
      '2 Salvador 1',
      '3 Valente 2',
      '4 Santaluz 2',
      '5 Amargosa 3',
      '6 Amélia Rodrigues 3',
      '7 Camaçari 3',
      '8 Candeias 2',
      '9 Cruz das Almas 1',
      '10 Santo Antonio de Jesus 1',
      '11 Itabuna 2',
      '12 Ilheus 2',
      '13 Porto Seguro 3',
      '14 Pereira 3',
    ]);
    expect(routes.map(({ id, name, pointIds }) => `${id} "${name}" ${pointIds.join(',')}`)).toEqual([
      '1 "Rota Feira de Santana - Salvador" 1,6,7,8,2',
      '2 "Rota Salvador - Porto Seguro" 2,9,10,5,11,12,13',
      '3 "Rota Feira de Santana - Pereira" 1,6,3,4,14',
      '4 "Rota Salvador - Feira de Santana" 2,8,7,6,1',
      '5 "Rota Valente - Amargosa" 3,4,1,9,10,5',
    ]);
  });

  it('has legs no shorter than the straight line and at most two and a half times as long', async () => {
    const { points, routes } = await loadDataSet(BAHIA_PATH);
    const byId = new Map(points.map((point) => [point.id, point]));
    for (const { name, pointIds, legsKm } of routes) {
      legsKm.forEach((km, at) => {
        const straight = straightKm(byId.get(pointIds[at]!)!, byId.get(pointIds[at + 1]!)!);
        expect(km, `${name}, leg ${at}`).toBeGreaterThan(straight);
        expect(km, `${name}, leg ${at}`).toBeLessThan(straight * 2.5);
      });
    }
  });
});

describe('a faulty data set', () => {
  it('is named with the file and the field', async () => {
    await writeFile(path, '{"format":"malha-data/1"');
    await expect(loadDataSet(path)).rejects.toThrow(`${path} is not a usable data set: is not JSON`);
    await expect(loadDataSet(join(dir, 'none.json'))).rejects.toThrow('cannot be read');
    const faults = await faultsAfter((dataSet) => {
      dataSet.points[3]!.latitude = 91;
      dataSet.routes[1]!.legsKm[0] = 0;
    });
    expect(faults).toHaveLength(2);
    expect(faults[0]).toMatch(/^points\[3\]\.latitude: /);
    expect(faults[1]).toMatch(/^routes\[1\]\.legsKm\[0\]: /);
  });

  it('tells of unknown fields', async () => {
    const faults = await faultsAfter((dataSet) => {
      Object.assign(dataSet.points[0]!, { poder: 50 });
    });
    expect(faults).toEqual(['points[0]: Unrecognized key: "poder"']);
  });

  it('tells of names that refer to nothing, and of repeats', async () => {
    const faults = await faultsAfter((dataSet) => {
      dataSet.points[0]!.company = 'empresa_x';
      dataSet.points[5]!.id = '5';
      dataSet.routes[0]!.pointIds = ['1', '7', '99', '7', '2'];
      dataSet.routes[4]!.legsKm.pop();
    });
    expect(faults).toEqual([
      'points[5].id: "5" is already that of points[4]',
      'points[0].company: "empresa_x" is not among the companies',
      'routes[0].pointIds[2]: "99" is not among the points',
      'routes[0].pointIds[3]: "7" is on the route twice',
      'routes[2].pointIds[1]: "6" is not among the points',
      'routes[3].pointIds[3]: "6" is not among the points',
      'routes[4].legsKm: 4 legs for 6 points, one fewer is needed',
    ]);
  });
});

interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

function straightKm(a: Place, b: Place): number {
  const radians = (degrees: number) => (degrees * Math.PI) / 180;
  const north = Math.sin(radians(b.latitude - a.latitude) / 2) ** 2;
  const east = Math.sin(radians(b.longitude - a.longitude) / 2) ** 2;
  const across = Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * east;
  return 2 * 6_371 * Math.asin(Math.sqrt(north + across));
}
