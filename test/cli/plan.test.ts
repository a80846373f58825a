import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listenGateway } from '../../src/gateway/listen.js';
import { type GatewayFixture, openGateway } from '../support/gateway-fixture.js';
import { run, type Said } from './captured.js';

const CAR = [
  '--battery-kwh',
  '75',
  '--consumption-wh-km',
  '180',
  '--max-charge-kw',
  '80',
  '--start-pct',
  '80',
];
const TRIP = ['plan', '--from', 'salvador', '--to', 'Porto Seguro'];

describe('malha plan', () => {
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
  const linesOf = ({ stdout }: Said) => stdout.trimEnd().split('\n');
  const isStop = (line: string) => /^ +\d+ /.test(line);

  it('tells how the trip goes and where it charges, and reserves nothing', async () => {
    const index = gateway.lone.index;
    const said = await ask(...TRIP, ...CAR);
    expect([said.code, said.stderr]).toEqual([0, '']);
    const lines = linesOf(said);
    expect(lines[0]).toMatch(
      /^point 2 to point 13, [\d.]+ km, \d stops: there at 2026-01-0\dT\d\d:\d\dZ with [\d.]+ %$/,
    );
    expect(lines[2]).toMatch(/^stop {2}point {2}city +company +kW +km +there +% +from +to +then %$/);
    expect(lines.filter(isStop).length).toBeGreaterThan(1);
    expect(gateway.lone.index).toBe(index);
  });

  it('ends with the command that reserves it, which does', async () => {
    const typed = linesOf(await ask(...TRIP, ...CAR)).at(-1)!;
    expect(typed).toMatch(/^malha reserve( \d+@\S+\/\S+)+$/);
    const reserved = await ask(...typed.split(' ').slice(1), '--vehicle', 'car');
    expect(reserved.stdout).toMatch(/^r\d+ CONFIRMED\n/);
  });

  it('with --reserve reserves all stops at once, for the vehicle that is named', async () => {
    const said = await ask(...TRIP, ...CAR, '--reserve', '--vehicle', 'car');
    expect([said.code, said.stderr]).toEqual([0, '']);
    const lines = linesOf(said);
    const at = lines.findIndex((line) => /^r\d+ CONFIRMED$/.test(line));
    expect(lines.slice(at).filter(isStop)).toHaveLength(lines.slice(0, at).filter(isStop).length);
    const { reply } = await gateway.mesh.query(
      { kind: 'open-reservations', holder: 'car' },
      { consistency: 'stale', timeoutMs: 0 },
    );
    expect(reply).toHaveLength(1);
  });

  it('gives scripts what the node answers, and what was reserved beside it', async () => {
    const planned = JSON.parse((await ask(...TRIP, ...CAR, '--json')).stdout);
    expect([planned.reason, planned.plan.to]).toEqual([null, '13']);
    const both = JSON.parse((await ask(...TRIP, ...CAR, '--reserve', '--json')).stdout);
    expect(both.plan).toEqual(planned.plan);
    expect(both.reserved).toMatchObject({ state: 'CONFIRMED' });
    expect(both.reserved.stops).toHaveLength(planned.plan.stops.length);
  });

  it('knows the models of the packaged table, which flags say better', async () => {
    const body = async (...args: readonly string[]) => {
      await ask(...TRIP, ...args);
      return JSON.parse((await ask(...TRIP, ...args, '--json')).stdout).plan;
    };
    const seal = await body('--model', 'byd-seal');
    const own = ['--battery-kwh', '82.5', '--consumption-wh-km', '158', '--max-charge-kw', '150'];
    expect(await body(...own)).toEqual(seal);
    expect(await body('--model', 'byd-seal', '--max-charge-kw', '20')).not.toEqual(seal);
  });

  it('begins when it is told to, and where the battery lasts it needs no stop', async () => {
    const near = ['plan', '--from', '2', '--to', 'Camaçari', '--model', 'byd-seal', '--depart', '+2h'];
    const said = await ask(...near, '--reserve');
    expect(said.stdout).toMatch(
      /^point 2 to point 7, 72\.4 km, 0 stops: there at 2026-01-05T14:55Z with [\d.]+ %\n$/,
    );
    expect((await ask(...near, '--json')).code).toBe(0);
  });

  it('where there is no plan it says why, and exits 1', async () => {
    const wish = ['plan', '--from', 'salvador', '--to', 'Recife', ...CAR];
    expect(await ask(...wish, '--reserve')).toEqual({
      ...{ code: 1, stdout: '' },
      stderr: 'malha: There is no plan: no point is registered at one of the places\n',
    });
    const json = await ask(...wish, '--json');
    expect([json.code, JSON.parse(json.stdout)]).toEqual([
      1,
      { plan: null, reservation: null, reason: 'UNKNOWN_PLACE' },
    ]);
  });

  it('names what was taken meanwhile, and how to ask for an outcome that is unknown', async () => {
    const planned = JSON.parse((await ask(...TRIP, ...CAR, '--json')).stdout);
    const pointId = planned.plan.stops[0].pointId;
    const front = async (status: number, more: object) => {
      const server = createServer((request, response) => {
        const isPlan = request.url?.startsWith('/v1/plans');
        const problem = { type: 'urn:malha:problem:x', title: 'X', status, detail: 'It is so.', ...more };
        response.writeHead(isPlan ? 200 : status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(isPlan ? planned : problem));
      });
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      return run(...TRIP, ...CAR, '--reserve', '--vehicle', 'car', '--node', url);
    };
    const taken = await front(409, {
      conflicts: [{ stop: 0, pointId, reason: 'POINT_TAKEN', detail: 'it is taken' }],
    });
    expect([taken.code, taken.stderr]).toEqual([
      1,
      expect.stringMatching(new RegExp(`^malha: It is so\n  ${pointId} .*POINT_TAKEN  it is taken\n$`)),
    ]);
    const unknown = await front(504, {});
    expect(unknown.stderr).toMatch(
      /^malha: It is so; ask again with malha reserve( \d+@\S+\/\S+)+ --vehicle car --key cli-[0-9a-f]+\n$/,
    );
  });

  it.each([
    [['--to', 'x'], "malha: required option '--from <place>' not specified\n"],
    [
      ['--from', 'x', '--to', 'y'],
      'malha: --model (flag): name a model, or say --battery-kwh, --consumption-wh-km and --max-charge-kw yourself\n',
    ],
    [
      ['--from', 'x', '--to', 'y', '--model', 'byd-sael'],
      'malha: --model (flag): there is no model "byd-sael" (did you mean byd-seal?)\n',
    ],
    [
      ['--from', 'x', '--to', 'y', '--model', 'byd-seal', '--start-pct', 'full'],
      'malha: --start-pct (flag): must be a number, got "full"\n',
    ],
    [
      ['--from', 'x', '--to', 'y', '--model', 'byd-seal', '--depart', 'noon'],
      'malha: --depart (flag): must be a time such as 2026-12-01T12:00-03:00 or +2h, got "noon"\n',
    ],
    [
      ['--from', 'x', '--to', 'y', '--model', 'byd-seal', '--margin', '90s'],
      'malha: --margin (flag): must be whole minutes such as 10m, got "90s"\n',
    ],
    [
      ['--from', 'x', '--to', 'y', '--model', 'byd-seal', '--vehicle', 'car'],
      'malha: --vehicle (flag): belongs to --reserve\n',
    ],
  ])('is called wrongly with %j', async (args, line) => {
    expect(await ask('plan', ...args)).toEqual({ code: 2, stdout: '', stderr: line });
  });
});
