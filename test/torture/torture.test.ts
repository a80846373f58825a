/**
 * Three real nodes, fifty clients that want the same few stops, random nodes, short time-outs, retries under the same key,
 * and all the while one node after the other is killed and comes back. What the clients were told, and what the nodes
 * have in the end, is for the checker: no double booking, no partial trip, every answer what the log decides at its index.
 *
 * `MALHA_TORTURE_SECONDS` makes it longer.
 */
import { randomInt } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { checkRun } from '../checker/check-run.js';
import type { MeshEvent } from '../checker/mesh-history.js';
import { eventually } from '../support/eventually.js';
import { ProcessMesh } from '../support/node-process.js';
import { leftBehind } from './left-behind.js';
import { Recorder } from './recorder.js';
import { Tormentor } from './tormentor.js';
import { statusReport } from './wishes.js';

const SECONDS = Number(process.env.MALHA_TORTURE_SECONDS ?? 12);
/** Who waits for so long wants to know what for. */
const IS_LONG = SECONDS > 12;
const DRIVERS = 47;
/** The whole log is looked at in the end. */
const ARGS = ['--compact-entries', '10000000', '--election-ms', '500', '--request-timeout-ms', '2000'];
/** What is asked for so often that a log without it has not been tortured. */
const COMMON = [
  ...(['reserve', 'release', 'confirm', 'cancel', 'change', 'shift', 'start-stop', 'declare-trip'] as const),
  ...(['join-waitlist', 'report-status', 'expire'] as const),
];
/** The founding of the mesh, which every log begins with. */
const BASE_INDEX = 1;

let mesh: ProcessMesh | null = null;
afterEach(async () => {
  await mesh?.stop();
  mesh = null;
});

describe('three nodes under torture', () => {
  it('decide everything once, whole, and as the rules say', {
    timeout: (SECONDS + 180) * 1_000,
  }, async () => {
    mesh = await ProcessMesh.start(3, ARGS);
    await mesh.registered();
    await eventually(async () => (await mesh!.nodes[0]!.status()).ledgerVersion === 2, { timeoutMs: 20_000 });

    const history: MeshEvent[] = [];
    const recorder = new Recorder((event) => history.push(event));
    const { nodes } = mesh;
    const drivers = Array.from({ length: DRIVERS }, (_, k) => new Tormentor(`car-${k + 1}`, nodes, recorder));
    const owners = nodes.map((node) => {
      const wants = () => ({ operation: statusReport(node.company), door: 'rest' as const });
      return new Tormentor(`of-${node.company}`, [node], recorder, { wants });
    });
    const endsAt = performance.now() + SECONDS * 1_000;
    const goesOn = () => performance.now() < endsAt;
    const [kills] = await Promise.all([
      strike(mesh, goesOn),
      ...[...drivers, ...owners].map((each) => each.run(goesOn)),
    ]);

    const { nodes: records, endedAtMs } = await leftBehind(mesh);
    const run = { history, baseIndex: BASE_INDEX, nodes: records, endedAtMs };
    const { anomalies, checked } = checkRun(run);
    expect(anomalies).toEqual([]);
    expect(kills).toBeGreaterThan(0);
    // What a run must have lived through to say anything.
    for (const what of ['answers', 'unknown', 'denied', 'linearizableReads', 'repeated'] as const) {
      expect(checked[what], what).toBeGreaterThan(0);
    }
    const kinds = new Set(records[0]!.log.map(({ content }) => content?.command.operation.kind));
    expect(COMMON.filter((kind) => !kinds.has(kind))).toEqual([]);
    if (IS_LONG) console.log(`torture: ${kills} kills, ${JSON.stringify(checked)}`);
  });
});

/** Kills one node after the other, at moments that nobody chose, and starts it again. Resolves with how many times. */
async function strike(running: ProcessMesh, goesOn: () => boolean): Promise<number> {
  let kills = 0;
  while (goesOn()) {
    await wait(500 + randomInt(1_500));
    const victim = running.nodes[randomInt(running.nodes.length)]!;
    await victim.end('SIGKILL');
    kills += 1;
    await wait(300 + randomInt(1_000));
    victim.start();
    await victim.ready(60_000);
  }
  return kills;
}
