import { mkdtempSync, rmSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { malha, type RunningMalha, startMalha } from './malha-process.js';

let directory: string;
let node: RunningMalha;
let rest: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'malha-booking-'));
  const free = ['--rest=127.0.0.1:0', '--grpc=127.0.0.1:0', '--mqtt=off', '--election-ms=300'];
  node = startMalha(['node', '--company=empresa_a', ...free], directory);
  rest = String((await node.line('ready')).rest);
  // A node of version 1 has no trail and no holds: it raises itself a moment later.
  await eventually(async () => {
    const cluster = (await (await fetch(`${rest}/v1/cluster`)).json()) as { readonly ledgerVersion: number };
    return cluster.ledgerVersion >= 2;
  });
});
afterAll(async () => {
  node.child.kill('SIGKILL');
  await node.ended;
  rmSync(directory, { recursive: true, force: true });
});

const run = (...args: readonly string[]) => malha([...args, '--node', rest], directory);

describe('the booking commands over a node', () => {
  it('find, reserve, cancel and tell; what happens is followed meanwhile; SIGTERM ends the stream and the node', async () => {
    let told = '';
    const stream = await new Promise<IncomingMessage>((resolve) =>
      get(`${rest}/v1/events?vehicle=car`, resolve),
    );
    stream.setEncoding('utf8').on('data', (text: string) => {
      told += text;
    });
    const streamEnded = new Promise<void>((resolve) => stream.once('close', () => resolve()));

    const points = await run('points', '--city', 'salvador');
    expect(points).toMatchObject({ code: 0, stderr: '' });
    expect(points.stdout).toMatch(/^2 +Salvador +empresa_a +ccs2 +150 +available +yes$/m);

    const reserved = await run(
      'reserve',
      '1@+2h/40m',
      'Salvador:ccs2:50@+5h/30m',
      '--vehicle',
      'car',
      '--hold',
      '10m',
      '--json',
    );
    expect(reserved).toMatchObject({ code: 0, stderr: '' });
    const { id, state, stops } = JSON.parse(reserved.stdout);
    expect([state, stops.map(({ pointId }: { pointId: string }) => pointId)]).toEqual(['HELD', ['1', '2']]);

    const refused = await run('reserve', '1@+2h/40m', '--vehicle', 'other');
    expect(refused).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('\n  1@+2h/40m    POINT_TAKEN'),
    });

    const canceled = await run('cancel', id, '--vehicle', 'car');
    expect(canceled).toMatchObject({ code: 0, stdout: expect.stringContaining(`${id} CANCELED`) });
    const history = await run('history', id, '--vehicle', 'car');
    expect(history.stdout).toContain('stop 1 at point 2: PLANNED to RELEASED');

    await eventually(() => [...told.matchAll(/^event: /gm)].length >= 6);
    expect([...told.matchAll(/^event: (\w+)$/gm)].map(([, kind]) => kind)).toEqual([
      'reservation',
      'stop',
      'stop',
      'reservation',
      'stop',
      'stop',
    ]);
    node.child.kill('SIGTERM');
    expect((await node.ended).code).toBe(0);
    await streamEnded;
  });
});
