import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listenGateway } from '../../src/gateway/listen.js';
import { type GatewayFixture, openGateway, type Reply } from '../support/gateway-fixture.js';

const RUNS = 300;

let gateway: GatewayFixture;
let port: number;
beforeAll(async () => {
  gateway = await openGateway();
  port = await listenGateway(gateway.app, '127.0.0.1', 0);
});
afterAll(() => gateway.app.close());

/** Never a 500, and what was refused before the ledger decided has changed nothing. */
async function expectHarmless(send: () => Promise<Reply>): Promise<void> {
  const { index } = gateway.lone;
  const rows = gateway.mesh.status().digest;
  const reply = await send();
  expect(reply.status, reply.text).toBeLessThan(500);
  if (reply.status >= 400) {
    expect(reply.body).toMatchObject({ erro: expect.any(String) });
    expect(reply.text).not.toContain('    at ');
  }
  // A 409 went through the ledger, which keeps the refusal under its key; any other 4xx never reached it.
  if (reply.status >= 400 && reply.status !== 409) {
    expect(gateway.lone.index).toBe(index);
    expect(gateway.mesh.status().digest).toBe(rows);
  }
}

const ID = fc.oneof(
  fc.integer({ min: 0, max: 20 }).map(String),
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.constantFrom('', ' ', '__proto__', 'constructor', 'toString', '../..', '+', '#', '\ud800', '1e1'),
);

/** Over a socket, because `inject` tidies paths before it sends them. */
async function sendRaw(method: string, path: string): Promise<Reply> {
  const sent = request({ host: '127.0.0.1', port, method, path, agent: false }).end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  answer.setEncoding('utf8');
  let text = '';
  for await (const chunk of answer) text += chunk;
  const body: unknown = text === '' ? undefined : JSON.parse(text);
  return { status: answer.statusCode ?? 0, headers: answer.headers, body, text };
}

/** A path cannot carry half of a surrogate pair. */
const wellFormed = (text: string) => Buffer.from(text).toString('utf8');

describe('hostile input', () => {
  it('in id lists never breaks a documented path', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('reserve-points', 'cancel-reservation'),
        fc.array(ID, { maxLength: 60 }),
        async (path, ids) => {
          const encoded = encodeURIComponent(wellFormed(ids.join(',')));
          await expectHarmless(() => gateway.post(`/${path}/${encoded}`));
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('in raw paths never breaks anything', async () => {
    const part = fc.string({ unit: fc.constantFrom(...'%25/.,;?#&=01aZ\\{}[]|~-_*+'), maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('/', '/routes/', '/reserve-points/', '/cancel-reservation/', '/points', '/plan-trip'),
        part,
        fc.constantFrom('GET', 'POST', 'PUT', 'OPTIONS'),
        async (prefix, rest, method) => {
          await expectHarmless(() => sendRaw(method, `${prefix}${rest}`));
        },
      ),
      { numRuns: RUNS },
    );
  });

  const JSON_PATHS = fc.constantFrom('/reserve-sequence', '/cancel-reservation', '/plan-trip');

  it('in JSON bodies of any shape never breaks a documented path', async () => {
    const shaped = fc.oneof(
      fc.record({ pontos: fc.array(fc.record({ id: ID, empresa: fc.option(ID) }), { maxLength: 60 }) }),
      fc.record({ pontos: fc.jsonValue(), ids: fc.jsonValue() }),
      fc.record({ ids: fc.array(ID, { maxLength: 60 }) }),
      fc.record({ origem: fc.string({ unit: 'binary' }), destino: fc.jsonValue() }),
      fc.jsonValue(),
    );
    await fc.assert(
      fc.asyncProperty(JSON_PATHS, shaped, async (path, body) => {
        await expectHarmless(() => gateway.post(path, JSON.stringify(body)));
      }),
      { numRuns: RUNS },
    );
  });

  it('in bodies that are no JSON never breaks a documented path', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.string({ unit: fc.constantFrom(...'{}[]",:ids01\\u"'), maxLength: 60 }),
      fc.constant('['.repeat(30_000)),
      fc.constant(`{"ids":${'['.repeat(20_000)}${']'.repeat(20_000)}}`),
      fc.constant('{"__proto__":{"ids":["1"]}}'),
      fc.constant('{"constructor":{"prototype":{"ids":["1"]}},"ids":["1"]}'),
    );
    await fc.assert(
      fc.asyncProperty(JSON_PATHS, text, async (path, body) => {
        await expectHarmless(() => gateway.post(path, body));
      }),
      { numRuns: RUNS },
    );
  });

  it('in headers never breaks a write', async () => {
    const value = fc.string({ unit: fc.constantFrom(...'"\\,;= \tabc019-_.é'), maxLength: 300 });
    await fc.assert(
      fc.asyncProperty(value, value, value, async (key, vehicle, trace) => {
        const headers = { 'idempotency-key': key, 'malha-vehicle': vehicle, traceparent: trace };
        await expectHarmless(() => gateway.post('/reserve-points/99', undefined, headers));
      }),
      { numRuns: RUNS },
    );
  });
});
