import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { listenGateway } from '../../src/gateway/listen.js';
import { eventually } from '../support/eventually.js';
import { type GatewayFixture, openGateway } from '../support/gateway-fixture.js';

/** One block of the stream, as it came. */
interface Block {
  readonly id?: string;
  readonly event?: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly retry?: string;
}

/** A client that keeps every block, and reads only while it may. */
class StreamClient {
  readonly blocks: Block[] = [];
  text = '';
  ended = false;

  constructor(
    readonly request: ClientRequest,
    readonly response: IncomingMessage,
  ) {
    response.setEncoding('utf8').on('data', (chunk: string) => {
      this.text += chunk;
      const parts = this.text.split('\n\n');
      this.text = parts.pop()!;
      this.blocks.push(...parts.map(blockOf));
    });
    response.on('close', () => {
      this.ended = true;
    });
    response.on('error', () => {});
  }

  /** Blocks with data, once there are at least `count`. */
  async events(count: number): Promise<readonly Block[]> {
    await eventually(() => this.events0().length >= count);
    return this.events0();
  }

  leave(): void {
    this.request.destroy();
  }

  private events0(): readonly Block[] {
    return this.blocks.filter(({ data }) => data !== undefined);
  }
}

function blockOf(text: string): Block {
  const fields = text
    .split('\n')
    .filter((line) => !line.startsWith(':'))
    .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)] as const);
  const { data, ...rest } = Object.fromEntries(fields);
  return { ...rest, ...(data === undefined ? {} : { data: JSON.parse(data) }) };
}

describe('GET /v1/events', () => {
  let gateway: GatewayFixture;
  let port: number;
  const clients: StreamClient[] = [];

  beforeEach(async () => {
    gateway = await openGateway();
    gateway.lone.raise();
    port = await listenGateway(gateway.app, '127.0.0.1', 0);
  });
  afterEach(async () => {
    vi.useRealTimers();
    for (const client of clients.splice(0)) client.leave();
    await gateway.app.close();
  });

  const open = async (query = '', headers: Record<string, string> = {}): Promise<StreamClient> => {
    const request = get({ host: '127.0.0.1', port, path: `/v1/events${query}`, headers, agent: false });
    request.on('error', () => {});
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request.once('response', resolve);
      request.once('error', reject);
    });
    const client = new StreamClient(request, response);
    clients.push(client);
    return client;
  };
  const reserve = async (pointId: string, vehicle = 'car'): Promise<number> => {
    const { status } = await gateway.post(`/reserve-points/${pointId}`, undefined, {
      'malha-vehicle': vehicle,
    });
    expect(status).toBe(200);
    return gateway.lone.index;
  };
  const ids = (blocks: readonly Block[]) => blocks.map(({ id }) => id);

  it('streams what happens, each event with its id, its kind, and its data in the words of v1', async () => {
    const client = await open();
    expect(client.response.statusCode).toBe(200);
    expect(client.response.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'access-control-allow-origin': '*',
      'malha-trace-id': expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    const begin = String(gateway.lone.index);
    const index = await reserve('1');
    const at = new Date(gateway.lone.nowMs).toISOString();
    const end = new Date(gateway.lone.nowMs + 240 * 60_000).toISOString();
    const [made, stop] = await client.events(2);
    expect(client.blocks[0]).toEqual({ retry: '2000', id: begin });
    expect(made).toMatchObject({
      id: `${index}.0`,
      event: 'reservation',
      data: { to: 'CONFIRMED', from: null },
    });
    expect(stop).toEqual({
      id: `${index}.1`,
      event: 'stop',
      data: {
        ...{ id: `${index}.1`, at, kind: 'stop', reservationId: `r${index}`, vehicleId: 'car', number: 0 },
        ...{ pointId: '1', company: 'empresa_a', start: at, end, from: null, to: 'PLANNED', reason: '' },
      },
    });
  });

  it('goes on behind the id that a client comes back with, in the header, then in the query', async () => {
    const first = await reserve('1');
    const second = await reserve('2');
    const wanted = [`${first}.1`, `${second}.0`, `${second}.1`];
    const byHeader = await open('?lastEventId=1', { 'last-event-id': `${first}.0` });
    expect(ids(await byHeader.events(3))).toEqual(wanted);
    const byQuery = await open(`?lastEventId=${first}.0`, { 'last-event-id': '' });
    expect(ids(await byQuery.events(3))).toEqual(wanted);
    const byIndex = await open(`?lastEventId=${first}`);
    expect(ids(await byIndex.events(2))).toEqual(wanted.slice(1));
  });

  it('resets who comes with an id from before the trail, or from a future that nobody committed', async () => {
    const { firstIndex } = gateway.lone.trail;
    for (const id of [String(firstIndex - 2), `${gateway.lone.index + 5}.0`]) {
      const client = await open('', { 'last-event-id': id });
      const { index } = gateway.lone;
      const [reset] = await client.events(1);
      expect(reset).toEqual({ id: String(index), event: 'reset', data: { id: String(index), index } });
    }
  });

  it('filters by vehicle, point, company and kind', async () => {
    const begin = gateway.lone.index;
    await reserve('1', 'a');
    await reserve('3', 'b');
    const kindsOf = async (query: string, count: number): Promise<readonly unknown[]> => {
      const client = await open(`?lastEventId=${begin}&${query}`);
      return (await client.events(count)).map(({ data }) => [data?.kind, data?.vehicleId]);
    };
    expect(await kindsOf('vehicle=b', 2)).toEqual([
      ['reservation', 'b'],
      ['stop', 'b'],
    ]);
    // Point 3 is of another company than this node.
    expect(await kindsOf('point=3', 1)).toEqual([['stop', null]]);
    expect(await kindsOf('company=empresa_a&kind=stop,point', 1)).toEqual([['stop', 'a']]);
    expect(await kindsOf('kind=reservation', 2)).toEqual([
      ['reservation', null],
      ['reservation', null],
    ]);
  });

  it.each([
    ['?kind=stops', {}, 'kind'],
    ['?vehicle=a%20b', {}, 'vehicle'],
    ['?lastEventId=x', {}, 'lastEventId'],
    ['?nothing=1', {}, 'nothing'],
    ['', { 'last-event-id': '1.2.3' }, 'Last-Event-ID'],
  ])('refuses %j with %j as a problem', async (query, headers, parameter) => {
    const { status, body } = await gateway.get(`/v1/events${query}`, headers);
    expect(status).toBe(400);
    expect(body).toMatchObject({ type: 'urn:malha:problem:bad-request', errors: [{ parameter }] });
  });

  it('answers HEAD at once, and other methods with 405', async () => {
    const head = await gateway.app.inject({ method: 'HEAD', url: '/v1/events' });
    expect([head.statusCode, head.headers['content-type'], head.body]).toEqual([
      200,
      'text/event-stream',
      '',
    ]);
    expect((await gateway.post('/v1/events')).status).toBe(405);
  });

  it('frees what it holds for a client that goes, and takes no more than 256', async () => {
    for (let k = 0; k < 256; k++) await open();
    expect(gateway.lone.listeners.size).toBe(1);
    const { status, body, headers } = await gateway.get('/v1/events');
    expect([status, headers['retry-after']]).toEqual([503, '1']);
    expect(body).toMatchObject({ type: 'urn:malha:problem:overloaded' });
    clients.splice(0, 1)[0]!.leave();
    await eventually(
      async () => (await gateway.app.inject({ method: 'HEAD', url: '/v1/events' })).statusCode === 200,
    );
  });

  it('ends its streams when the gateway closes, which does not wait for them', async () => {
    const client = await open();
    const reading = await open('?lastEventId=1');
    await client.events(0);
    await gateway.app.close();
    await eventually(() => client.ended && reading.ended);
    expect(gateway.lone.listeners.size).toBe(0);
  });

  it('answers 503 while the node has no ledger', async () => {
    const status = gateway.mesh.status.bind(gateway.mesh);
    gateway.mesh.status = () => ({ ...status(), ledgerVersion: 0 });
    expect((await gateway.get('/v1/events')).body).toMatchObject({ type: 'urn:malha:problem:unavailable' });
  });

  it('ends a stream whose trail cannot be read, so that the client comes back', async () => {
    await reserve('1');
    gateway.mesh.failStaleReads = 'UNAVAILABLE';
    const client = await open(`?lastEventId=${gateway.lone.trail.firstIndex}`);
    await eventually(() => client.ended);
    expect(gateway.log.find(({ message }) => message === 'a stream of events broke off')?.level).toBe(
      'debug',
    );
  });

  it('says every 15 seconds that it lives, and how far what the filter hid has gone', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const client = await open('?vehicle=nobody');
    await reserve('1');
    const index = await reserve('2');
    await eventually(() => client.blocks.length === 1);
    await vi.advanceTimersByTimeAsync(14_999);
    await vi.advanceTimersByTimeAsync(1);
    await eventually(() => client.blocks.length === 2);
    expect(client.blocks[1]).toEqual({ id: String(index) });
  });
});
