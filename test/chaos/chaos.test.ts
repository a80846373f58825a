/**
 * Chaos in short form: three real nodes behind the proxy, clients at every door, a node of each role killed, stopped and cut
 * off, and the checker's verdict. `make chaos` does the rest.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { namedSchedule } from './named-schedules.js';
import { runChaos } from './run-chaos.js';

const BIN = fileURLToPath(new URL('../../bin/malha.js', import.meta.url));
const SECONDS = 20;
/** Machines that run tests run others beside them. */
const QUIET_PER_SECOND_MIN = 5;

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'malha-chaos-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('three nodes and a hostile world', () => {
  it('decide everything once, whole, and as the rules say, whoever is killed, stopped or cut off', {
    timeout: 300_000,
  }, async () => {
    const schedule = namedSchedule('short', 3, SECONDS)!;
    const said: string[] = [];
    const { failures, faults, verdict, doors, counts } = await runChaos({
      ...{ schedule, seconds: SECONDS, entry: [BIN], quietPerSecondMin: QUIET_PER_SECOND_MIN },
      dataDirectory: join(directory, 'data'),
      logDirectory: join(directory, 'logs'),
      say: (line) => said.push(line),
      signal: new AbortController().signal,
    });
    expect(failures, said.join('\n')).toEqual([]);
    expect(faults.map(({ fault }) => fault.kind)).toEqual(['kill', 'stop', 'cut', 'kill', 'cut']);
    expect(faults.filter(({ evidence }) => evidence === '')).toEqual([]);
    expect(Object.keys(doors).sort()).toEqual(['grpc', 'mqtt', 'rest']);
    // What a run must have lived through to say anything.
    expect(Math.min(...Object.values(doors), ...Object.values(counts))).toBeGreaterThan(0);
    expect(verdict!.checked).toMatchObject({ nodes: 3 });
    expect(verdict!.checked.linearizableReads).toBeGreaterThan(0);
  });
});
