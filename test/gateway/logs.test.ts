import { get, type IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readEvents, type ServerSentEvent } from '../../src/cli/logs/sse-reader.js';
import { eventually } from '../support/eventually.js';
import { LogGateway } from '../support/log-gateway.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
let gateway: LogGateway;
let open: IncomingMessage[];
beforeEach(async () => {
  gateway = await LogGateway.open();
  open = [];
});
afterEach(async () => {
  for (const response of open) response.destroy();
  await gateway.app.close();
});

/** The answer, unread. */
async function stream(query = '', headers: Record<string, string> = {}): Promise<IncomingMessage> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get({ port: gateway.port, path: `/v1/logs${query}`, headers, agent: false }, resolve).on('error', reject);
  });
  response.on('error', () => {});
  open.push(response);
  return response;
}

/** Reads on and on; the events so far are in the list that is returned. */
function reading(response: IncomingMessage): ServerSentEvent[] {
  const events: ServerSentEvent[] = [];
  void (async () => {
    for await (const event of readEvents(response)) if (event.event !== '') events.push(event);
  })().catch(() => {});
  return events;
}

function dataOf(events: readonly ServerSentEvent[]): unknown[] {
  return events.map(({ event, data }) => ({ event, ...(JSON.parse(data) as object) }));
}

describe('GET /v1/logs', () => {
  it('tells the lines of all nodes, as they are said, with whose they are', async () => {
    gateway.say('empresa_a', { msg: 'one', trace: TRACE });
    gateway.say('empresa_b', { msg: 'two' }, 'debug');
    const response = await stream();
    expect(response.headers['content-type']).toMatch(/^text\/event-stream/);
    const events = reading(response);
    await eventually(() => events.length === 2);
    gateway.say('empresa_b', { msg: 'three' }, 'warn');
    await eventually(() => events.length === 3);
    expect(dataOf(events)).toEqual([
      {
        ...{ event: 'line', company: 'empresa_a', number: 1 },
        line: { level: 'info', node: 'empresa_a', msg: 'one', trace: TRACE },
      },
      {
        ...{ event: 'line', company: 'empresa_b', number: 1 },
        line: { level: 'debug', node: 'empresa_b', msg: 'two' },
      },
      {
        ...{ event: 'line', company: 'empresa_b', number: 2 },
        line: { level: 'warn', node: 'empresa_b', msg: 'three' },
      },
    ]);
  });

  it('ends with follow=false once all is told, and filters by level, company and trace', async () => {
    for (const company of gateway.lines.keys()) {
      gateway.say(company, { msg: 'quiet' }, 'debug');
      gateway.say(company, { msg: 'said', trace: TRACE });
      gateway.say(company, { msg: 'loud' }, 'error');
    }
    const told = async (query: string): Promise<readonly string[]> => {
      const response = await stream(`?follow=false&${query}`);
      const events: ServerSentEvent[] = [];
      for await (const event of readEvents(response)) if (event.event !== '') events.push(event);
      return events
        .map(({ data }) => JSON.parse(data) as { company: string; line: { msg: string } })
        .map(({ company, line }) => `${company.at(-1)} ${line.msg}`)
        .sort();
    };
    expect(await told('')).toHaveLength(6);
    expect(await told('level=info')).toEqual(['a loud', 'a said', 'b loud', 'b said']);
    expect(await told('company=empresa_b')).toEqual(['b loud', 'b quiet', 'b said']);
    expect(await told(`trace=${TRACE}`)).toEqual(['a said', 'b said']);
    expect(await told('tail=1')).toEqual(['a loud', 'b loud']);
    expect(await told('tail=0')).toEqual([]);
  });

  it('goes on behind the last event that a client has', async () => {
    gateway.say('empresa_a', { msg: 'a1' });
    gateway.say('empresa_b', { msg: 'b1' });
    const first = await stream();
    const before = reading(first);
    await eventually(() => before.length === 2);
    first.destroy();
    gateway.say('empresa_a', { msg: 'a2' });
    gateway.startAnew('empresa_b');
    gateway.say('empresa_b', { msg: 'of a new process' });
    const after = reading(await stream('', { 'last-event-id': before[1]!.id }));
    await eventually(() => after.length === 3);
    const told = dataOf(after) as { event: string; company: string; lines?: null; line?: { msg: string } }[];
    expect(told.filter(({ company }) => company === 'empresa_a')).toMatchObject([{ line: { msg: 'a2' } }]);
    expect(told.filter(({ company }) => company === 'empresa_b')).toMatchObject([
      { event: 'gap', lines: null },
      { event: 'line', number: 1, line: { msg: 'of a new process' } },
    ]);
  });

  it('costs a reader that does not read a gap, and the node no more than a connection holds', async () => {
    const response = await stream('?company=empresa_a&tail=0');
    response.pause();
    const filler = 'x'.repeat(4_000);
    // 160 MB in all, of which the ring keeps 4: what is not missed must have been kept for the reader.
    for (let n = 0; n < 40_000; n += 1) {
      gateway.say('empresa_a', { n, filler });
      if (n % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const events = reading(response);
    await eventually(() => events.some(({ data }) => data.includes('"n":39999')));
    const told = dataOf(events) as { event: string; lines: number; number: number }[];
    const gaps = told.filter(({ event }) => event === 'gap');
    expect(gaps.length).toBeGreaterThan(0);
    const missed = gaps.reduce((sum, { lines }) => sum + lines, 0);
    expect(missed).toBeGreaterThan(20_000);
    const numbers = told.filter(({ event }) => event === 'line').map(({ number }) => number);
    expect(numbers.length + missed).toBe(40_000);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  });

  it('takes a bounded number of readers, and ends all with the node', async () => {
    const [first, second] = [await stream(), await stream()];
    const third = await stream();
    expect([first.statusCode, second.statusCode, third.statusCode]).toEqual([200, 200, 503]);
    second.resume();
    const ended = new Promise<void>((resolve) => second.once('end', resolve));
    first.destroy();
    await gateway.app.close();
    await ended;
  });

  it.each([
    ['?level=loud', 'level'],
    ['?company=a/b', 'company'],
    ['?trace=12', 'trace'],
    ['?tail=5001', 'tail'],
    ['?tail=-1', 'tail'],
    ['?follow=yes', 'follow'],
    ['?what=1', 'what'],
    ['?lastEventId=nonsense', 'lastEventId'],
    [`?lastEventId=${'a=b:1,'.repeat(65)}a=b:1`, 'lastEventId'],
  ])('refuses %s', async (query, parameter) => {
    const { statusCode, body } = await gateway.app.inject(`/v1/logs${query}`);
    expect(statusCode).toBe(400);
    expect(JSON.parse(body)).toMatchObject({ errors: [{ parameter }] });
  });

  it('answers HEAD without a stream', async () => {
    const { statusCode, headers, body } = await gateway.app.inject({ method: 'HEAD', url: '/v1/logs' });
    expect([statusCode, headers['content-type'], body]).toEqual([200, 'text/event-stream', '']);
  });
});

describe('/v1/log-level', () => {
  it('says how much the node says, and changes it', async () => {
    expect((await gateway.app.inject('/v1/log-level')).json()).toEqual({ level: 'info' });
    const payload = { level: 'debug' };
    const changed = await gateway.app.inject({ method: 'PUT', url: '/v1/log-level', payload });
    expect([changed.statusCode, changed.json(), gateway.level]).toEqual([200, payload, 'debug']);
  });

  it.each([[{ level: 'loud' }], [{}], [{ level: 'info', for: '1h' }]])('refuses %j', async (payload) => {
    const refused = await gateway.app.inject({ method: 'PUT', url: '/v1/log-level', payload });
    expect([refused.statusCode, gateway.level]).toEqual([400, 'info']);
  });
});
