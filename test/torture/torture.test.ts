/**
 * Three real nodes, fifty clients that want the same few stops, random nodes, short time-outs, retries under the same key,
 * and all the while one node after the other is killed and comes back. What the clients were told, and what the nodes
 * have in the end, is for the checker: no double booking, no partial trip, every answer what the log decides at its index.
 *
 * `MALHA_TORTURE_SECONDS` makes it longer.
 */
import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { Operation } from '../../src/ledger/command.js';
import { checkRun } from '../checker/check-run.js';
import type { MeshCall, MeshEvent, MeshReply } from '../checker/mesh-history.js';
import { eventually } from '../support/eventually.js';
import { type NodeProcess, ProcessMesh } from '../support/node-process.js';
import { leftBehind } from './left-behind.js';
import { Recorder } from './recorder.js';
import { RestWay } from './rest-way.js';
import { Tormentor } from './tormentor.js';
import { statusReport } from './wishes.js';

const SECONDS = Number(process.env.MALHA_TORTURE_SECONDS ?? 12);
/** Who waits for so long wants to know what for. */
const IS_LONG = SECONDS > 12;
const DRIVERS = 47;
/** The whole log is looked at in the end. */
const ARGS = ['--compact-entries', '10000000', '--election-ms', '500', '--request-timeout-ms', '2000'];
/** Of what no log may be without, or nothing was tortured. */
const COMMON: readonly Operation['kind'][] = [
  ...(['reserve', 'release', 'confirm', 'cancel', 'change', 'shift', 'start-stop', 'declare-trip'] as const),
  ...(['join-waitlist', 'report-status'] as const),
];
/** It goes on until all of this was seen, on a slow machine for longer. */
const NEEDED: readonly string[] = [...COMMON, 'unknown', 'denied'];
const AT_MOST_SECONDS = SECONDS + 120;
/** The founding of the mesh, which every log begins with. */
const BASE_INDEX = 1;

let mesh: ProcessMesh | null = null;
afterEach(async () => {
  await mesh?.stop();
  mesh = null;
});

describe('three nodes under torture', () => {
  it('decide everything once, whole, and as the rules say', {
    timeout: (AT_MOST_SECONDS + 180) * 1_000,
  }, async () => {
    mesh = await ProcessMesh.start(3, ARGS);
    await mesh.registered();
    await eventually(async () => (await mesh!.nodes[0]!.status()).ledgerVersion === 2, { timeoutMs: 20_000 });

    const history: MeshEvent[] = [];
    const wanted = new Map<number, MeshCall>();
    const seen = new Set<string>();
    const recorder = new Recorder((event) => {
      history.push(event);
      seen.add(event.event);
      if (event.event === 'invoke') wanted.set(event.attempt, event.call);
      const call = event.event === 'answer' ? wanted.get(event.attempt) : undefined;
      if (call?.kind === 'command') seen.add(call.operation.kind);
    });
    const { nodes } = mesh;
    const drivers = Array.from({ length: DRIVERS }, (_, k) => new Tormentor(`car-${k + 1}`, nodes, recorder));
    const owners = nodes.map((node) => {
      const wants = () => ({ operation: statusReport(node.company), door: 'rest' as const });
      return new Tormentor(`of-${node.company}`, [node], recorder, { wants });
    });
    const beganAt = performance.now();
    const goesOn = () => {
      const seconds = (performance.now() - beganAt) / 1_000;
      return seconds < SECONDS || (seconds < AT_MOST_SECONDS && !NEEDED.every((what) => seen.has(what)));
    };
    const [kills] = await Promise.all([
      strike(mesh, goesOn),
      ...[...drivers, ...owners].map((each) => each.run(goesOn)),
    ]);
    await letHoldExpire(nodes, recorder);

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
    expect([...COMMON, 'expire' as const].filter((kind) => !kinds.has(kind))).toEqual([]);
    if (IS_LONG) console.log(`torture: ${kills} kills, ${JSON.stringify(checked)}`);
  });
});

/** Somebody takes a hold that nobody else wants, and forgets it: the nodes end it. */
async function letHoldExpire(nodes: readonly NodeProcess[], recorder: Recorder): Promise<void> {
  const holder = 'car-forgetful';
  const way = new RestWay();
  const ask = async (call: MeshCall): Promise<MeshReply> => {
    const end = recorder.begin(holder, call);
    const heard = await way.ask(nodes[0]!, call, holder, 20_000);
    end(heard);
    if (heard.kind !== 'answer') throw new Error(`${heard.kind}: ${heard.reason}`);
    return heard.reply;
  };
  const startMs = Date.now() + 7 * 24 * 3_600_000;
  const stops = [{ pointId: '1', company: '', startMs, durationMs: 600_000 }];
  const operation = { kind: 'reserve', stops, holdMs: 1_000 } as const;
  const requestKey = randomUUID();
  const door = way.door;
  await ask({ kind: 'command', holder, requestKey, door, traceId: 'f'.repeat(32), operation });
  const [, open] = way.queries(holder);
  await eventually(async () => {
    const reply = await ask(open!);
    return reply.kind === 'view' && (reply.view as readonly unknown[]).length === 0;
  });
}

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
