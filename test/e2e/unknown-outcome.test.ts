/**
 * A write that a leader took and could not decide in time: its client is told that the outcome is unknown and under which
 * key to ask; whoever asks so gets one and the same outcome, at every node, and at most one booking exists.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { type NodeProcess, ProcessMesh } from '../support/node-process.js';
import { points } from './bahia.js';
import { type Asked, askFresh, heldPoints, post } from './client.js';

const CAR = { 'Malha-Vehicle': 'car' };
const RIVAL = { 'Malha-Vehicle': 'rival' };
/** A leader that hears nobody leads on for an election time-out: long enough for a write to reach it. */
const TIMING = ['--election-ms', '2500', '--request-timeout-ms', '1500'];
const TAKEN = { reservados: ['7', '8'], indisponiveis: [] };
const REFUSED = { erro: 'nenhum ponto foi reservado', indisponiveis: ['7', '8'] };

let mesh: ProcessMesh | null = null;
afterEach(async () => {
  await mesh?.stop();
  mesh = null;
});

async function startMesh(extraArgs: readonly string[] = TIMING): Promise<ProcessMesh> {
  mesh = await ProcessMesh.start(3, extraArgs);
  await mesh.registered();
  await mesh.agree();
  return mesh;
}

/** The node among `nodes` that leads and that all of them follow, at a later term. */
function newLeader(nodes: readonly NodeProcess[], termBefore: number): Promise<NodeProcess> {
  return eventually(
    async () => {
      const seen = await Promise.all(nodes.map((node) => node.status()));
      const leader = nodes.find(
        (_, at) => seen[at]!.role === 'leader' && Number(seen[at]!.term) > termBefore,
      );
      return seen.every(({ leaderCompany }) => leaderCompany === leader?.company) ? leader! : false;
    },
    { timeoutMs: 20_000 },
  );
}

/** Asks under `key` until a node knows: what it says is an outcome, and a decided one. */
function outcomeAt(node: NodeProcess, key: string): Promise<Asked> {
  return eventually(
    async () => {
      const asked = await post(node, '/reserve-points/7,8', { ...CAR, 'Idempotency-Key': key });
      return asked.status < 500 ? asked : false;
    },
    { timeoutMs: 20_000 },
  );
}

/** The answer claims no outcome, and names the key to ask with. */
function keyOfUnknown({ status, json, headers }: Asked): string {
  expect(json).toEqual({ erro: expect.stringContaining('resultado desconhecido') });
  expect(status).toBe(504);
  expect(headers.get('Malha-Index')).toBeNull();
  const key = headers.get('Malha-Request-Key');
  expect(key).toMatch(/^[\x20-\x7e]{1,255}$/);
  return key!;
}

function outcomeOf({ status, json, headers }: Asked) {
  return { status, json, index: headers.get('Malha-Index'), at: headers.get('Malha-At') };
}

/** All nodes give one outcome under the key; the points are held by whom it names, once, and by nobody else. */
async function expectOneOutcome(running: ProcessMesh, key: string, rival: Asked): Promise<void> {
  await running.agree();
  const outcomes = await Promise.all(running.nodes.map((node) => outcomeAt(node, key)));
  const first = outcomeOf(outcomes[0]!);
  for (const outcome of outcomes) expect(outcomeOf(outcome)).toEqual(first);
  expect(first.json).toEqual(first.status === 200 ? TAKEN : REFUSED);
  expect([first.status, rival.status].sort()).toEqual([200, 409]);
  const holder = first.status === 200 ? 'car' : 'rival';
  for (const node of running.nodes) {
    for (const name of ['car', 'rival']) {
      expect(await heldPoints(node, name)).toEqual(name === holder ? ['7', '8'] : []);
    }
    expect((await askFresh(node, '/points')).json).toEqual(points(['7', '8']));
  }
}

describe('a write whose leader loses the others', () => {
  it('is answered 504 with a key, and under the key has one outcome when they are back', {
    timeout: 90_000,
  }, async () => {
    const running = await startMesh();
    const leader = await running.leader();
    const others = running.others(leader);
    const { term } = await leader.status();

    // Whatever the leader sends now stays in the sockets of processes that stand still.
    for (const node of others) node.pause();
    const undecided = await post(leader, '/reserve-points/7,8', CAR);
    const key = keyOfUnknown(undecided);
    const { commitIndex, lastIndex } = await leader.status();
    expect(Number(lastIndex)).toBeGreaterThan(Number(commitIndex));

    // Now it is the others that go on, without the one that knows of the write.
    leader.pause();
    for (const node of others) node.resume();
    const next = await newLeader(others, Number(term));
    const rival = await post(others.find((node) => node !== next)!, '/reserve-points/7,8', RIVAL);
    const outcome = outcomeOf(await outcomeAt(next, key));
    leader.resume();
    await expectOneOutcome(running, key, rival);
    expect(outcomeOf(await outcomeAt(leader, key))).toEqual(outcome);
  });

  it('or stops itself with a client waiting has the outcome that the others gave under its key', {
    timeout: 90_000,
  }, async () => {
    const running = await startMesh(['--request-timeout-ms', '4000']);
    const leader = await running.leader();
    const others = running.others(leader);
    const { term } = await leader.status();

    leader.pause();
    const key = 'a-key-of-the-client';
    // The kernel takes the request; nobody reads it yet.
    const waiting = post(leader, '/reserve-points/7,8', { ...CAR, 'Idempotency-Key': key });
    const next = await newLeader(others, Number(term));
    const outcome = outcomeOf(await outcomeAt(next, key));
    expect([outcome.status, outcome.json]).toEqual([200, TAKEN]);
    const rival = await post(others[0]!, '/reserve-points/7,8', RIVAL);

    leader.resume();
    const late = await waiting;
    if (late.status === 200) expect(outcomeOf(late)).toEqual(outcome);
    else expect([late.status, late.headers.get('Malha-Request-Key')]).toEqual([504, key]);
    await expectOneOutcome(running, key, rival);
  });

  it('is answered 504 by a follower, too, which passed it to a leader that stands still', {
    timeout: 90_000,
  }, async () => {
    // The request time-out is over before the others can have another leader.
    const running = await startMesh(['--election-ms', '3000', '--request-timeout-ms', '1000']);
    const leader = await running.leader();
    const others = running.others(leader);

    leader.pause();
    const undecided = await post(others[0]!, '/reserve-points/7,8', CAR);
    const key = keyOfUnknown(undecided);
    const outcome = outcomeOf(await outcomeAt(others[1]!, key));
    expect([outcome.status, outcome.json]).toEqual([200, TAKEN]);
    const rival = await post(others[0]!, '/reserve-points/7,8', RIVAL);

    // It finds the forwarded write in its socket, and believes for a moment that it leads.
    leader.resume();
    await expectOneOutcome(running, key, rival);
    expect(outcomeOf(await outcomeAt(leader, key))).toEqual(outcome);
  });
});
