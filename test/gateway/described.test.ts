/** The routes that read their requests by themselves answer as the document says, too. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DOCUMENTED_SHAPES } from '../../src/gateway/documented/described.js';
import { PROBE_SHAPES } from '../../src/gateway/probes.js';
import { type GatewayFixture, openGateway, type Reply } from '../support/gateway-fixture.js';
import { expectDeclared } from './v1-fixture.js';

let gateway: GatewayFixture;
beforeEach(async () => {
  gateway = await openGateway();
});
afterEach(() => gateway.app.close());

async function expectAsDeclared(status: number, url: string, body?: unknown, key?: string): Promise<void> {
  const isPost = DOCUMENTED_SHAPES.some(
    ({ path, method }) => method === 'POST' && path.startsWith(`/${url.split('/')[1]}`),
  );
  const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key };
  const reply: Reply = isPost ? await gateway.post(url, body, headers) : await gateway.get(url);
  expect(reply.status, url).toBe(status);
  expectDeclared(isPost ? 'POST' : 'GET', url, reply);
}

describe('what the document says of the documented routes and the probes', () => {
  it('is so where they succeed', async () => {
    for (const url of ['/routes', '/routes/1', '/points', '/health', '/livez', '/readyz', '/v1/cluster']) {
      await expectAsDeclared(200, url);
    }
    await expectAsDeclared(200, '/reserve-points/1,2');
    await expectAsDeclared(200, '/reserve-sequence', { pontos: [{ id: '3', empresa: '2' }] });
    await expectAsDeclared(200, '/cancel-reservation/1');
    await expectAsDeclared(200, '/cancel-reservation', { ids: ['2'] });
    await expectAsDeclared(200, '/plan-trip', { origem: 'Valente', destino: 'Amargosa' });
    expect([DOCUMENTED_SHAPES.length, PROBE_SHAPES.length]).toEqual([9, 2]);
  });

  it('is so where they do not', async () => {
    gateway.mesh.problems = ['no leader'];
    await expectAsDeclared(503, '/readyz');
    await expectAsDeclared(404, '/routes/99');
    await expectAsDeclared(409, '/reserve-points/99');
    await expectAsDeclared(409, '/cancel-reservation/1');
    await expectAsDeclared(400, '/reserve-sequence', {});
    await expectAsDeclared(400, '/plan-trip', {});
    await expectAsDeclared(200, '/reserve-points/1', undefined, 'k1');
    await expectAsDeclared(422, '/reserve-points/2', undefined, 'k1');
    gateway.mesh.refuseSubmits = 'UNAVAILABLE';
    await expectAsDeclared(503, '/reserve-points/2');
    gateway.mesh.refuseSubmits = null;
    gateway.mesh.loseSubmits = true;
    await expectAsDeclared(504, '/reserve-points/2');
    gateway.mesh.bug = new Error('a bug');
    await expectAsDeclared(500, '/points');
  });
});
