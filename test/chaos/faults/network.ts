/** A network that cuts, swallows, delays and lies. */
import { setTimeout as wait } from 'node:timers/promises';
import type { ChaosNode } from '../chaos-node.js';
import { NoSuchFault } from '../fault.js';
import { type Doer, type Field, RECOVERY_TIMEOUT_MS } from '../field.js';
import { FAIR, type Weather } from '../proxy/lane.js';
import type { Gate } from '../proxy/link.js';

/** An ordered pair of companies. */
type Way = readonly [from: string, to: string];

const BLACK_HOLE: Weather = { ...FAIR, holds: true };
const LATE: Weather = { ...FAIR, delayMs: 40 };
const NARROW: Weather = { ...FAIR, bytesPerSecond: 30_000 };
/** A link that flaps stays as it is for so long. */
const FLAP_MS = 150;

export const cut: Doer = gated('resets');
export const refuse: Doer = gated('refuses');
export const isolate: Doer = clouded(BLACK_HOLE, (field, node) => [...from(field, node), ...to(field, node)]);
export const mute: Doer = clouded(BLACK_HOLE, from);
export const deaf: Doer = clouded(BLACK_HOLE, to);
export const slow: Doer = clouded(NARROW, from);

export const oneWay: Doer = async (field, fault) => {
  const ways = (_: Field, node: ChaosNode): readonly Way[] => {
    const others = field.mesh.others(node);
    return [[node.company, others[fault.target.nth % others.length]!.company]];
  };
  return clouded(BLACK_HOLE, ways)(field, fault);
};

/** All links, both ways. */
export const delay: Doer = async (field, fault) => {
  const all = field.mesh.nodes.flatMap((node) => from(field, node));
  await expose(field, LATE, all, fault.forMs);
  await recovered(field.mesh.nodes[0]!);
  return `${all.length} ways were ${LATE.delayMs} ms longer`;
};

/** The leader, with as many others as leave it in a minority. */
export const minorityLeader: Doer = async (field, { forMs }) => {
  const leader = await field.take({ role: 'leader', nth: 0 });
  try {
    const others = field.mesh.others(leader);
    const few = [leader, ...others.slice(0, Math.floor((field.mesh.nodes.length - 1) / 2) - 1)];
    const ways = few.flatMap((one) =>
      field.mesh.nodes
        .filter((node) => !few.includes(node))
        .flatMap((other): Way[] => [
          [one.company, other.company],
          [other.company, one.company],
        ]),
    );
    await expose(field, BLACK_HOLE, ways, forMs);
    await recovered(leader);
    return `${few.map(({ company }) => company).join(', ')} led a minority`;
  } finally {
    field.give(leader);
  }
};

export const flap: Doer = async (field, { target, forMs }) => {
  const node = await field.take(target);
  try {
    const other = field.mesh.others(node)[target.nth % (field.mesh.nodes.length - 1)]!;
    const both: readonly Way[] = [
      [node.company, other.company],
      [other.company, node.company],
    ];
    const untilMs = performance.now() + forMs;
    let times = 0;
    const before = struck(field, both);
    for (; performance.now() < untilMs; times += 1) {
      setGates(field, both, times % 2 === 0 ? 'resets' : 'open');
      await wait(FLAP_MS);
    }
    setGates(field, both, 'open');
    expectSome(struck(field, both) - before, 'connection', 'reset');
    await recovered(node);
    return `the link between ${node.company} and ${other.company} changed ${times} times`;
  } finally {
    field.give(node);
  }
};

export const halfOpen: Doer = async (field, { target, forMs }) => {
  const node = await field.take(target);
  try {
    const ways = [...from(field, node), ...to(field, node)];
    const before = struck(field, ways);
    for (const [one, other] of ways) field.mesh.network.halfOpen(one, other);
    const times = struck(field, ways) - before;
    expectSome(times, 'connection', 'left half-open');
    await wait(forMs);
    await recovered(node);
    return `${times} connections of ${node.company} were left half-open`;
  } finally {
    field.give(node);
  }
};

function gated(gate: Gate): Doer {
  return async (field, { target, forMs }) => {
    const node = await field.take(target);
    try {
      const ways = [...from(field, node), ...to(field, node)];
      const before = struck(field, ways);
      setGates(field, ways, gate);
      await wait(forMs);
      const times = struck(field, ways) - before;
      setGates(field, ways, 'open');
      expectSome(times, 'connection', 'reset');
      await recovered(node);
      return `${times} connections of ${node.company} were reset`;
    } finally {
      field.give(node);
    }
  };
}

function clouded(weather: Weather, waysOf: (field: Field, node: ChaosNode) => readonly Way[]): Doer {
  return async (field, { target, forMs }) => {
    const node = await field.take(target);
    try {
      const ways = waysOf(field, node);
      const bytes = await expose(field, weather, ways, forMs);
      await recovered(node);
      return `${bytes} bytes met it on ${ways.map((way) => way.join(' to ')).join(', ')}`;
    } finally {
      field.give(node);
    }
  };
}

/** So much weather for so long, and then none. Resolves with how many bytes met it. */
async function expose(
  { mesh: { network } }: Field,
  weather: Weather,
  ways: readonly Way[],
  forMs: number,
): Promise<number> {
  const count = (): number => ways.reduce((sum, [one, other]) => sum + network.suffered(one, other), 0);
  const before = count();
  for (const [one, other] of ways) network.setWeather(one, other, weather);
  await wait(forMs);
  for (const [one, other] of ways) network.setWeather(one, other, FAIR);
  const bytes = count() - before;
  expectSome(bytes, 'byte', 'on the way');
  return bytes;
}

function from(field: Field, node: ChaosNode): readonly Way[] {
  return field.mesh.others(node).map((other) => [node.company, other.company]);
}

function to(field: Field, node: ChaosNode): readonly Way[] {
  return field.mesh.others(node).map((other) => [other.company, node.company]);
}

function setGates({ mesh }: Field, ways: readonly Way[], gate: Gate): void {
  for (const [one, other] of ways) mesh.network.setGate(one, other, gate);
}

function struck({ mesh }: Field, ways: readonly Way[]): number {
  return ways.reduce((sum, [one, other]) => sum + mesh.network.struck(one, other), 0);
}

function expectSome(count: number, thing: string, done: string): void {
  if (count === 0) throw new NoSuchFault(`no ${thing} was ${done}`);
}

/** Whom it hit is of use again; a process that another fault has meanwhile is that one's. */
async function recovered(node: ChaosNode): Promise<void> {
  if (node.running && !node.paused) await node.ready(RECOVERY_TIMEOUT_MS);
}
