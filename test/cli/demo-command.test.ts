import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { layOut } from '../../src/cli/demo/layout.js';
import type { DemoSummary } from '../../src/cli/demo/summary.js';
import { takenAmong } from '../../src/cli/ports.js';
import { malha } from './malha-process.js';

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'malha-demo-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const LISTENERS = layOut(3, [], '/').flatMap(({ rest, grpc, mqtt }) => [rest, grpc, mqtt]);

describe('malha demo', () => {
  it('runs a mesh and vehicles, ends by itself with a summary in which all is well, and leaves nothing behind', async (context) => {
    const taken = await takenAmong(LISTENERS);
    if (taken.length > 0) context.skip(`port ${taken[0]?.port} of the demo is taken on this machine`);

    const { code, stdout, stderr } = await malha(
      ['demo', '--vehicles', '4', '--duration', '8', '--json', '--data', 'demo'],
      directory,
    );
    const lines = stdout.trim().split('\n');
    expect(lines).toHaveLength(1);
    const summary = JSON.parse(lines[0]!) as DemoSummary;
    expect(summary.faults).toEqual([]);
    expect(code).toBe(0);
    expect(summary.vehicles).toHaveLength(4);
    expect(summary.nodes.map(({ company, ready }) => [company, ready])).toEqual([
      ['empresa_a', true],
      ['empresa_b', true],
      ['empresa_c', true],
    ]);
    expect(summary.nodes.map(({ company }) => company)).toContain(summary.leader);
    expect(summary.holdings.equal).toBe(true);
    expect(stderr).toMatch(/malha is ready after \d+ ms: empresa_[abc] leads/);
    expect(stderr).toContain('http://127.0.0.1:8087');

    expect(await takenAmong(LISTENERS)).toEqual([]);
    expect(readdirSync(join(directory, 'demo'))).toContain('malha-demo.json');
  }, 120_000);
});
