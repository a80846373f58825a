import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listenGateway } from '../../src/gateway/listen.js';
import { type GatewayFixture, openGateway } from '../support/gateway-fixture.js';
import { run, type Said } from './captured.js';

/** Ledger time of the tests: what the fixture's mesh begins with. */
const NOW = Date.UTC(2026, 0, 5, 12);
const HOUR_MS = 3_600_000;

describe('the booking commands', () => {
  let gateway: GatewayFixture;
  let node: string;
  const servers: Server[] = [];

  beforeEach(async () => {
    gateway = await openGateway();
    gateway.lone.raise();
    node = `http://127.0.0.1:${await listenGateway(gateway.app, '127.0.0.1', 0)}`;
  });
  afterEach(async () => {
    await gateway.app.close();
    for (const server of servers.splice(0)) server.close();
  });

  const ask = (...args: readonly string[]): Promise<Said> => run(...args, '--node', node);
  const asJson = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await ask(...args, '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout);
  };
  const time = (hours: number): string => new Date(NOW + hours * HOUR_MS).toISOString();
  const reserve = async (...stops: readonly string[]): Promise<string> =>
    (await asJson('reserve', '--vehicle', 'car', ...stops)).id;

  /** A node that answers everything so; it counts its requests. */
  const answering = async (status: number, body: object): Promise<{ url: string; keys: unknown[] }> => {
    const keys: unknown[] = [];
    const server = createServer((request, response) => {
      keys.push(request.headers['idempotency-key']);
      response.writeHead(status, { 'content-type': 'application/problem+json' }).end(JSON.stringify(body));
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, keys };
  };
  const problem = (status: number) => ({
    type: 'urn:malha:problem:x',
    title: 'X',
    status,
    detail: 'It is so.',
  });

  describe('malha points', () => {
    it('lists what matches in a table', async () => {
      const { code, stdout, stderr } = await ask('points', '--company', 'empresa_c', '--min-kw', '100');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const [header, ...rows] = stdout.trimEnd().split('\n');
      expect(header).toMatch(/^point {2}city +company +connector +kW +status +free now$/);
      expect(rows.length).toBeGreaterThan(0);
      for (const row of rows) expect(row).toMatch(/^\d+ .* empresa_c +\w+ +\d{3} +available +yes$/);
      expect(await ask('points', '--city', 'Atlantis')).toMatchObject({
        code: 0,
        stdout: 'no point matches\n',
      });
    });

    it('reads all pages, for scripts too', async () => {
      for (let k = 0; k < 250; k++) {
        const operation = {
          kind: 'register-point',
          ...{ pointId: `x${k}`, place: 'Longe', connector: 'ccs2', powerWatts: 50_000 },
          ...{ latitudeMicrodegrees: 0, longitudeMicrodegrees: 0 },
        } as const;
        const submission = { door: 'node', holder: 'x', keyKind: 'node', traceId: 'a'.repeat(32) } as const;
        await gateway.mesh.submit({ ...submission, operation, requestKey: `k${k}` }, { timeoutMs: 1_000 });
      }
      const { items } = await asJson('points');
      expect(items).toHaveLength(14 + 250);
      expect(items[0]).toMatchObject({ id: '1', place: 'Feira de Santana', free: true });
      expect((await asJson('points', '--city', 'longe')).items).toHaveLength(250);
    });

    it('shows when a point is taken and when it is free, from any time', async () => {
      const id = await reserve('9@+2h/1h');
      const { stdout } = await ask('points', '--calendar', '9', '--from', '+1h', '--to', '+4h');
      expect(
        stdout
          .trimEnd()
          .split('\n')
          .map((line) => line.split(/ {2,}/)),
      ).toEqual([
        ['from', 'to', 'by'],
        ['2026-01-05T13:00Z', '2026-01-05T14:00Z', 'free'],
        ['2026-01-05T14:00Z', '2026-01-05T15:00Z', 'taken', `${id}, stop 0`],
        ['2026-01-05T15:00Z', '2026-01-05T16:00Z', 'free'],
      ]);
      const { booked } = await asJson('points', '--calendar', '9');
      expect(booked).toMatchObject([{ reservationId: id }]);
    });
  });

  describe('malha routes', () => {
    it('lists them, and shows one with its points', async () => {
      const { stdout } = await ask('routes');
      expect(stdout).toContain('1 6 7 8 2');
      const one = await ask('routes', '1');
      const lines = one.stdout.trimEnd().split('\n');
      expect(lines[0]).toBe('Rota Feira de Santana - Salvador, of empresa_a');
      expect(lines.slice(3).map((line) => line.trim().split(/ +/)[1])).toEqual(['1', '6', '7', '8', '2']);
      expect(lines[3]).toMatch(/^ *0 /);
    });

    it('shows at a glance when its points are free', async () => {
      await reserve('7@+2h/1h');
      const { stdout } = await ask('routes', '1', '--calendar', '--from', '+0h', '--to', '+24h');
      const strips = stdout.split('\n').flatMap((line) => /[#.]{24}/.exec(line)?.[0] ?? []);
      expect(strips).toEqual(['.', '.', '..#', '.', '.'].map((begin) => begin.padEnd(24, '.')));
      expect((await asJson('routes', '1', '--calendar')).points).toHaveLength(5);
    });

    it('says of one that there is none', async () => {
      expect(await ask('routes', 'a/b?c')).toEqual({
        ...{ code: 1, stdout: '' },
        stderr: 'malha: There is no such route\n',
      });
    });
  });

  describe('malha reserve', () => {
    it('reserves a trip over companies, by point and by city, and says how it stands', async () => {
      const { code, stdout } = await ask(
        ...['reserve', '--vehicle', 'car', `1@${time(1)}/40m`, 'Salvador:ccs2:50@2026-01-05T12:00-03:00/+4h'],
      );
      expect(code).toBe(0);
      const lines = stdout.trimEnd().split('\n');
      expect(lines[0]).toMatch(/^r\d+ CONFIRMED$/);
      expect(lines.slice(3)).toEqual([
        '   0  1      2026-01-05T13:00Z  2026-01-05T13:40Z  PLANNED',
        '   1  2      2026-01-05T15:00Z  2026-01-05T16:00Z  PLANNED',
      ]);
    });

    it('holds, frees later stops after a no-show, and does the same once under its key', async () => {
      const stop = `9@${time(5)}/1h`;
      const args = [
        'reserve',
        stop,
        '--vehicle',
        'car',
        '--hold',
        '10m',
        '--after-no-show',
        'free',
        '--key',
        'k1',
      ];
      const first = await asJson(...args);
      expect(first).toMatchObject({ state: 'HELD', holdUntil: '2026-01-05T12:10:00.000Z' });
      expect(await asJson(...args)).toEqual(first);
      const { reply } = await gateway.mesh.query(
        { kind: 'reservation', reservationId: first.id },
        { consistency: 'stale', timeoutMs: 0 },
      );
      expect(reply).toMatchObject({ holder: 'car', afterNoShow: 'free' });
      expect((await ask(...args, '--vehicle', 'other')).code).toBe(1);
    });

    it('names every stop that stands in the way, as it was typed, and exits 1', async () => {
      await reserve('9@+2h/1h');
      const { code, stdout, stderr } = await ask(
        'reserve',
        '1@+1h/1h',
        '9@+2h/1h',
        'Salvador:tesla:50@+4h/1h',
        '99@+1h/1h',
      );
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      const lines = stderr
        .trimEnd()
        .split('\n')
        .map((line) => line.trim().split(/ {2,}/));
      expect(lines).toEqual([
        ['malha: At least one stop could not be had, so none was reserved'],
        ['9@+2h/1h', 'POINT_TAKEN', 'the point is taken in that window'],
        ['Salvador:tesla:50@+4h/1h', 'UNKNOWN_SITE', expect.stringContaining('no point of this connector')],
        ['99@+1h/1h', 'UNKNOWN_POINT', 'the point is not registered'],
      ]);
      const json = await ask('reserve', '9@+2h/1h', '--json');
      expect(json.code).toBe(1);
      expect(JSON.parse(json.stdout)).toMatchObject({
        error: { status: 409, conflicts: [{ stop: 0, pointId: '9' }] },
      });
    });

    it('tells what a node finds wrong with what it was given', async () => {
      const { code, stderr } = await ask('reserve', '9@+2h/0m', '1@+2h/31d');
      expect(code).toBe(1);
      expect(stderr.split('\n')[0]).toMatch(/^malha: \/stops\/0\/end: .*\(and 1 more\)$/);
      expect(stderr).toMatch(/\n {2}\/stops\/1\/end /);
    });
  });

  describe('malha cancel', () => {
    it('gives some stops back, or all of them', async () => {
      const id = await reserve('1@+1h/1h', '9@+3h/1h', '2@+5h/1h');
      const some = await asJson('cancel', id, '--vehicle', 'car', '--stops', '0,2');
      expect(some.stops.map(({ state }: { state: string }) => state)).toEqual([
        'RELEASED',
        'PLANNED',
        'RELEASED',
      ]);
      const { code, stdout } = await ask('cancel', id, '--vehicle', 'car');
      expect([code, stdout.split('\n')[0]]).toEqual([0, `${id} CANCELED`]);
      const again = await ask('cancel', id, '--vehicle', 'car');
      expect(again).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(/^malha: The reservation has ended.*\n$/),
      });
    });

    it('does so for an operator with a reason, and for nobody else', async () => {
      const id = await reserve('1@+1h/1h');
      expect(await ask('cancel', id)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('no such reservation'),
      });
      expect(await asJson('cancel', id, '--operator', '--reason', 'road closed')).toMatchObject({
        state: 'CANCELED',
      });
    });
  });

  describe('malha history', () => {
    it('tells what happened, entry by entry, to its vehicle and to the company of the node', async () => {
      const id = await reserve('1@+1h/1h', '3@+3h/1h');
      await asJson('cancel', id, '--vehicle', 'car', '--stops', '0');
      const { code, stdout } = await ask('history', id, '--vehicle', 'car');
      expect(code).toBe(0);
      const rows = stdout
        .trimEnd()
        .split('\n')
        .slice(1)
        .map((line) => line.trim().split(/ {2,}/).at(-1));
      expect(rows).toEqual([
        'reservation: CONFIRMED',
        'stop 0 at point 1: PLANNED',
        'stop 1 at point 3: PLANNED',
        'stop 0 at point 1: PLANNED to RELEASED',
      ]);
      expect(stdout).toMatch(/2026-01-05T12:00Z {2}cancel +empresa_a, car {2}rest/);
      const asCompany = await ask('history', id, '--company');
      expect(asCompany.stdout).toContain('stop 1 at another company: PLANNED');
      expect((await asJson('history', id, '--vehicle', 'car')).items).toHaveLength(2);
      expect(await ask('history', id, '--vehicle', 'other')).toMatchObject({
        code: 1,
        stderr: 'malha: There is no such reservation\n',
      });
    });
  });

  describe('faults', () => {
    it.each([
      [['points', '--min-kw', 'much'], 'malha: --min-kw (flag): must be kilowatts, got "much"\n'],
      [['points', '--from', '+1h'], 'malha: --from and --to (flags): belong to --calendar POINT\n'],
      [
        ['points', '--calendar', '1', '--from', 'noon'],
        'malha: --from (flag): must be a time such as 2026-12-01T12:00-03:00 or +2h, got "noon"\n',
      ],
      [['routes', '--calendar'], 'malha: --calendar (flag): name a route: malha routes ID --calendar\n'],
      [['reserve'], "malha: missing required argument 'stops'\n"],
      [
        ['reserve', '1@+1h/1h', '--hold', 'long'],
        'malha: --hold (flag): must be a duration such as 10m, got "long"\n',
      ],
      [
        ['reserve', '1@+1h/1h', '--key', 'k'],
        'malha: --key (flag): needs times that are the same each time: no +2h\n',
      ],
      [
        ['reserve', '1@2026-01-05T12:00Z/1h', '--after-no-show', 'drop'],
        'malha: --after-no-show (flag): must be keep or free, got "drop"\n',
      ],
      [
        ['cancel', 'r1', '--stops', '1,x'],
        'malha: --stops (flag): must be numbers with commas, from 0, got "1,x"\n',
      ],
      [
        ['cancel', 'r1', '--vehicle', 'my car'],
        'malha: --vehicle (flag): the vehicle id must be 1 to 64 letters, digits, "_", "." or "-"\n',
      ],
      [
        ['cancel', 'r1', '--key', 'ключ'],
        'malha: --key (flag): the request key must be 1 to 255 printable ASCII characters\n',
      ],
      [['cancel', 'r1', '--operator'], 'malha: --operator (flag): needs --reason TEXT\n'],
      [
        ['history', 'r1', '--company', '--vehicle', 'v'],
        'malha: --company and --vehicle (flags): one of them\n',
      ],
      [['history', 'r1', '--vehicel', 'v'], "malha: unknown option '--vehicel' (did you mean --vehicle?)\n"],
    ])('of usage: %j in one line, with exit code 2 and nothing asked', async (args, line) => {
      const before = gateway.mesh.queries.length + gateway.mesh.submissions.length;
      expect(await ask(...args)).toEqual({ code: 2, stdout: '', stderr: line });
      expect(gateway.mesh.queries.length + gateway.mesh.submissions.length).toBe(before);
    });

    it.each([
      '1',
      '1@',
      '@+1h/1h',
      '1@12:00/13:00',
      '1@2026-01-05T12:00/1h',
      '1@+1h/1h/1h',
      'a:b@+1h/1h',
      'a:b:c@+1h/1h',
    ])('of a stop: %j', async (stop) => {
      const { code, stderr } = await ask('reserve', stop);
      expect(code).toBe(2);
      expect(stderr).toMatch(/^malha: stop ".*": must be POINT@START\/END or CITY:CONNECTOR:KW@START\/END/);
    });

    it('of a node: that it does not answer, and that something else does', async () => {
      const { url } = await answering(200, { hello: 'world' });
      expect(await run('points', '--node', url)).toEqual({
        ...{ code: 1, stdout: '' },
        stderr: `malha: ${url} is not a malha node of this version\n`,
      });
      await gateway.app.close();
      expect(await ask('points')).toEqual({
        code: 1,
        stdout: '',
        stderr: `malha: ${node} does not answer\n`,
      });
      const json = await ask('points', '--json');
      expect(JSON.parse(json.stdout)).toEqual({ error: { detail: `${node} does not answer` } });
    });
  });

  describe('with several nodes', () => {
    it('asks the next one under the same key when one cannot decide', async () => {
      const unavailable = await answering(503, problem(503));
      const unknown = await answering(504, problem(504));
      const { code, stdout } = await run(
        ...[
          'reserve',
          `1@${time(1)}/1h`,
          '--key',
          'k',
          '--node',
          `${unavailable.url},${unknown.url},${node}`,
        ],
      );
      expect([code, stdout.split(' ')[1]?.split('\n')[0]]).toEqual([0, 'CONFIRMED']);
      expect([...unavailable.keys, ...unknown.keys]).toEqual(['k', 'k']);
      expect(gateway.mesh.submissions.at(-1)).toMatchObject({ requestKey: 'k', keyKind: 'client' });
    });

    it('asks no other one when one refused', async () => {
      const refusing = await answering(409, problem(409));
      const args = ['reserve', `1@${time(1)}/1h`, '--node', `${refusing.url},${node}`];
      expect(await run(...args)).toEqual({ code: 1, stdout: '', stderr: 'malha: It is so\n' });
      expect(gateway.mesh.submissions.filter(({ door }) => door === 'rest')).toEqual([]);
    });

    it('says how to ask again only where the outcome is unknown', async () => {
      const unavailable = await answering(503, problem(503));
      const unknown = await answering(504, problem(504));
      const nodes = `${unknown.url},${unavailable.url}`;
      const stop = `1@${time(1)}/1h`;
      const fixed = await run('reserve', stop, '--key', 'k', '--node', nodes);
      expect(fixed.stderr).toBe('malha: It is so; ask again with --key k\n');
      const none = await run('cancel', 'r1', '--node', unavailable.url);
      expect(none.stderr).toBe('malha: It is so\n');
      gateway.mesh.loseAnswers = true;
      const relative = await ask('reserve', '1@+1h/1h', '--vehicle', 'car');
      const [, key, again] = /--key (cli-[0-9a-f]{24}) for (\S+)\n$/.exec(relative.stderr) ?? [];
      expect(again).toBe(`1@${time(1)}/${time(2)}`);
      gateway.mesh.loseAnswers = false;
      expect((await ask('reserve', again!, '--vehicle', 'car', '--key', key!)).code).toBe(0);
    });
  });

  it('is without colours where no terminal reads it', async () => {
    expect((await ask('points')).stdout).not.toContain('\u001b');
  });
});
