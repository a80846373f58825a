import { beforeAll, describe, expect, it } from 'vitest';
import { type Logger, SILENT } from '../../src/observe/logger.js';
import { type DataSet, loadDataSet } from '../../src/seed/data-set.js';
import { registerOwn } from '../../src/seed/register-own.js';
import { BAHIA_PATH } from '../support/bahia-fixture.js';
import { eventually } from '../support/eventually.js';
import { LoneLedger, SingleMesh } from '../support/single-mesh.js';

let bahia: DataSet;
beforeAll(async () => {
  bahia = await loadDataSet(BAHIA_PATH);
});

function register(mesh: SingleMesh, dataSet = bahia, signal = new AbortController().signal, logger = SILENT) {
  return registerOwn({
    mesh,
    dataSet,
    company: mesh.company,
    logger,
    requestTimeoutMs: 1_000,
    makeTraceId: () => 'a'.repeat(32),
    signal,
  });
}

const routesOf = async (mesh: SingleMesh) =>
  (await mesh.query({ kind: 'routes', windowMs: 1 }, { consistency: 'stale', timeoutMs: 1_000 })).reply.map(
    ({ route, points }) => `${route.id}: ${points.map(({ point }) => point.id).join(',')}`,
  );

describe('a company', () => {
  it('registers itself, its own points and the routes that begin at one of them', async () => {
    const mesh = new SingleMesh(new LoneLedger(), 'empresa_b');
    expect(await register(mesh)).toEqual({
      done: true,
      registered: ['company:empresa_b', 'point:3', 'point:4', 'point:8', 'point:11', 'point:12', 'route:5'],
      present: [],
      refused: [],
    });
    expect(await routesOf(mesh)).toEqual(['5: 3,4']);
  });

  it('completes the routes of others with its points, in whatever order companies come', async () => {
    const lone = new LoneLedger();
    for (const company of ['empresa_c', 'empresa_a', 'empresa_b']) {
      expect((await register(new SingleMesh(lone, company))).refused).toEqual([]);
    }
    expect(await routesOf(new SingleMesh(lone))).toEqual([
      '1: 1,6,7,8,2',
      '2: 2,9,10,5,11,12,13',
      '3: 1,6,3,4,14',
      '4: 2,8,7,6,1',
      '5: 3,4,1,9,10,5',
    ]);
  });

  it('registers nothing that the ledger has, not even when the file says otherwise', async () => {
    const lone = new LoneLedger();
    await register(new SingleMesh(lone, 'empresa_b'));
    const edited = structuredClone(bahia);
    edited.points.find((point) => point.id === '3')!.powerKw = 99;
    const mesh = new SingleMesh(lone, 'empresa_b');
    const report = await register(mesh, edited);
    expect(report.registered).toEqual([]);
    expect(report.present).toHaveLength(7);
    expect(mesh.submissions).toEqual([]);
  });

  it('that is not in the data set registers nothing and says so', async () => {
    const mesh = new SingleMesh(new LoneLedger(), 'empresa_z');
    const warnings: string[] = [];
    const logger: Logger = { ...SILENT, warn: (_fields, message) => warnings.push(message) };
    expect(await register(mesh, bahia, undefined, logger)).toMatchObject({ done: true, registered: [] });
    expect(warnings).toEqual(['the data set does not know this company']);
  });
});

describe('while the mesh cannot decide', () => {
  it('goes on until it can', async () => {
    const mesh = new SingleMesh(new LoneLedger(), 'empresa_a');
    mesh.failFreshReads = 'UNAVAILABLE';
    const registering = register(mesh);
    await eventually(() => mesh.queries.length >= 2);
    mesh.failFreshReads = null;
    mesh.refuseSubmits = 'RESOURCE_EXHAUSTED';
    await eventually(() => mesh.submissions.length >= 2);
    mesh.refuseSubmits = null;
    expect(await registering).toMatchObject({ done: true, refused: [] });
    expect(await routesOf(mesh)).toHaveLength(4);
  });

  it('repeats a command of unknown outcome with the same key, which changes nothing more', async () => {
    const mesh = new SingleMesh(new LoneLedger(), 'empresa_c');
    let applied = 0;
    mesh.onApplied(({ repeated }) => {
      if (!repeated) applied += 1;
    });
    mesh.loseAnswers = true;
    const registering = register(mesh);
    await eventually(() => mesh.submissions.length >= 2);
    mesh.loseAnswers = false;
    const { registered } = await registering;
    expect(registered).toHaveLength(6);
    expect(applied).toBe(6);
    const keys = mesh.submissions.map((submission) => submission.requestKey);
    expect(new Set(keys).size).toBe(6);
    expect(keys.length).toBeGreaterThan(6);
    expect(keys[0]).toMatch(/^seed:company:empresa_c:[0-9a-f]{16}$/);
  });

  it('ends when it is told to', async () => {
    const mesh = new SingleMesh(new LoneLedger(), 'empresa_a');
    mesh.refuseSubmits = 'UNAVAILABLE';
    const ending = new AbortController();
    const registering = register(mesh, bahia, ending.signal);
    await eventually(() => mesh.submissions.length >= 1);
    ending.abort();
    expect(await registering).toMatchObject({ done: false, registered: [] });
  });
});

describe('what the ledger refuses', () => {
  it('is reported, and not tried again', async () => {
    const lone = new LoneLedger();
    const other = structuredClone(bahia);
    other.points.find((point) => point.id === '3')!.company = 'empresa_a';
    other.routes = [];
    // The other company was quicker, with a data set of its own.
    await register(new SingleMesh(lone, 'empresa_a'), other);
    const mesh = new SingleMesh(lone, 'empresa_b');
    const report = await register(mesh);
    expect(report).toMatchObject({ done: true, refused: [{ item: 'route:5', reason: 'NOT_OWNER' }] });
    expect(report.present).toEqual(['point:3']);
    expect(mesh.submissions.filter(({ operation }) => operation.kind === 'register-route')).toHaveLength(1);
  });

  it('takes with it what needs it', async () => {
    const long = structuredClone(bahia);
    long.points.find((point) => point.id === '3')!.place = 'V'.repeat(201);
    const mesh = new SingleMesh(new LoneLedger(), 'empresa_b');
    expect(await register(mesh, long)).toMatchObject({
      done: true,
      registered: ['company:empresa_b', 'point:4', 'point:8', 'point:11', 'point:12'],
      refused: [
        { item: 'point:3', reason: 'INVALID' },
        { item: 'route:5', reason: 'needs point:3' },
      ],
    });
    expect(mesh.submissions.filter(({ operation }) => operation.kind === 'register-route')).toEqual([]);
  });
});
