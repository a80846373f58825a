import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type NodeEvent, NodeProcess } from '../../src/cli/demo/node-process.js';
import { eventually } from '../support/eventually.js';
import { environment, MALHA, malha, type RunningMalha, startMalha } from './malha-process.js';

let directory: string;
let running: RunningMalha[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'malha-node-'));
  running = [];
});
afterEach(async () => {
  for (const { child } of running) child.kill('SIGKILL');
  await Promise.all(running.map(({ ended }) => ended));
  rmSync(directory, { recursive: true, force: true });
});

/** A company alone, so that it leads at once; all its ports are free ones. */
const ALONE = ['--rest=127.0.0.1:0', '--grpc=127.0.0.1:0', '--mqtt=off', '--seed=none', '--election-ms=300'];

function startNode(extra: readonly string[] = [], env: Record<string, string> = {}): RunningMalha {
  const started = startMalha(['node', ...ALONE, ...extra], directory, env);
  running.push(started);
  return started;
}

describe('malha node', () => {
  it('says ready with its addresses, whatever the log level, and answers there; SIGTERM ends it with 0', async () => {
    const node = startNode(['--log-level=error'], { NOME_EMPRESA: 'volt' });
    const ready = await node.line('ready');
    expect(ready).toMatchObject({
      company: 'volt',
      rest: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    });
    const rest = String(ready.rest);
    const health = await fetch(`${rest}/health`);
    expect(await health.json()).toMatchObject({ status: 'ok' });

    const status = await malha(['status', '--node', rest], directory);
    expect(status.stdout.split('\n')[0]).toBe('healthy: 1 of 1 nodes up, can lose no more; volt leads');
    expect(status.code).toBe(0);

    node.child.kill('SIGTERM');
    const { code, stderr } = await node.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    await expect(fetch(`${rest}/health`)).rejects.toThrow();
  });

  it('warns of an address that other machines can reach and of retired variables, once each', async () => {
    const node = startNode(['--rest=0.0.0.0:0'], { GIN_MODE: 'release', EMPRESA_B_URL: 'http://b' });
    await node.line('ready');
    node.child.kill('SIGINT');
    const { code, stdout } = await node.ended;
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { level: string; msg: string });
    const warnings = lines.filter(({ level }) => level === 'warn').map(({ msg }) => msg);
    expect(warnings).toContain('--rest: 0.0.0.0:0 can be reached from other machines');
    expect(warnings.filter((text) => text.includes('EMPRESA_B_URL, GIN_MODE'))).toHaveLength(1);
    expect(code).toBe(0);
  });

  it('names the port and the flag when a port is taken, and refuses a directory in use, with exit code 1', async () => {
    const first = startNode(['--mqtt=127.0.0.1:0', '--data=shared']);
    const ready = await first.line('ready');
    const second = (extra: readonly string[]) => malha(['node', ...ALONE, ...extra], directory);
    for (const flag of ['rest', 'grpc', 'mqtt']) {
      const address = String(ready[flag]).replace(/^\w+:\/\//, '');
      const port = address.split(':')[1];
      const { code, stderr } = await second([`--data=of-${flag}`, `--${flag}=${address}`]);
      const line = `malha: port ${port} is taken (${address}): choose another with --${flag} HOST:PORT\n`;
      expect({ code, stderr }).toEqual({ code: 1, stderr: line });
    }
    const { code, stderr } = await second(['--data=shared']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^malha: cannot start: .*in use/);
  }, 60_000);
});

describe('a node as a process of the demo', () => {
  it('is started again when it is killed, with what it knew, and ends when it is told', async () => {
    const events: NodeEvent[] = [];
    const node = new NodeProcess({
      company: 'empresa_a',
      args: ALONE,
      executable: MALHA,
      cwd: directory,
      env: environment(),
      logFile: join(directory, 'empresa_a.log'),
      onEvent: (event) => events.push(event),
    });
    try {
      await node.start();
      const first = node.pid!;
      process.kill(first, 'SIGKILL');
      await eventually(() => events.some(({ kind }) => kind === 'back'), { timeoutMs: 40_000 });
      expect(events.map(({ kind }) => kind)).toEqual(['died', 'back']);
      expect(events[0]).toMatchObject({ company: 'empresa_a', how: 'SIGKILL' });
      expect(node.restarts).toBe(1);
      expect(node.pid).not.toBe(first);
    } finally {
      expect(await node.stop(10_000)).toBe(true);
    }
    expect(() => process.kill(node.pid!, 0)).toThrow('ESRCH');
    expect(events).toHaveLength(2);
  }, 60_000);

  it('fails to start with the last words of a process that ends before it is ready', async () => {
    const node = new NodeProcess({
      company: 'empresa_a',
      args: [...ALONE, '--rest=nowhere'],
      executable: MALHA,
      cwd: directory,
      env: environment(),
      logFile: join(directory, 'empresa_a.log'),
      onEvent: () => {},
    });
    await expect(node.start()).rejects.toThrow(
      /empresa_a ended at its start \(exit code 2\): malha: --rest \(flag\)/,
    );
    expect(await node.stop(1_000)).toBe(true);
  });
});
