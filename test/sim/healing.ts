/**
 * The end of a run: nothing new goes wrong, a random quorum is made whole, the others stay cut off, dead or deaf.
 * The quorum must then do what a mesh is for, within so many election time-outs.
 */
import type { Operation } from '../../src/ledger/command.js';
import type { Chance } from './chance.js';
import { registrations } from './clients.js';
import { canDecide } from './electorate.js';
import type { Fleet } from './fleet.js';
import { isIn } from './invariants/configurations.js';
import type { Judge } from './invariants/judge.js';
import { demand } from './invariants/violation.js';
import type { Network } from './network.js';
import type { SimNode } from './node.js';
import { EPOCH_MS } from './node-clock.js';
import type { Profile } from './profile.js';
import type { Requests, Wish } from './requests.js';
import type { Timeline } from './timeline.js';
import type { Trace } from './trace.js';

export interface HealingOptions {
  readonly fleet: Fleet;
  readonly judge: Judge;
  readonly network: Network;
  readonly profile: Profile;
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly trace: Trace;
  readonly requests: Requests;
  /** Lets things happen while `goOn`, and judges after each. */
  readonly run: (goOn: () => boolean) => Promise<void>;
}

/** Election time-outs until everybody serves, and again until everything asked then is decided. */
const ELECTIONS_MAX = 40;
/** Until everybody has the records of the audit trail that somebody has: nobody hurries with them. */
const TRAIL_ELECTIONS_MAX = 400;
const MINUTE_MS = 60_000;
/** Further ahead than any clock jumps. */
const AHEAD_MS = 30 * 24 * 60 * MINUTE_MS;

/** Heals a quorum and demands progress of it. Throws a Violation where there is none. */
export async function healAndDemandProgress(options: HealingOptions): Promise<void> {
  const { configurations } = options.judge.commits;
  const healed = heal(options);
  const names = healed.map(({ name }) => name).join('');
  // Some may have been on their way out.
  const quorum = (): readonly SimNode[] => healed.filter(({ id }) => isIn(configurations.current, id));
  await within(options, 'a healed quorum serves', names, () =>
    quorum().every(({ running }) => running?.replica.status().ready === true),
  );
  const granted = reserveEverywhere(options, healed);
  await within(options, 'a healed quorum grants', names, () => quorum().every((node) => granted.has(node)));
  const states = () => quorum().map(({ running }) => running?.probe.ledger.meta());
  await within(options, 'a healed quorum agrees', names, () => {
    const indexes = new Set(states().map((meta) => meta?.appliedIndex));
    return indexes.size === 1 && !indexes.has(undefined);
  });
  const digests = new Set(states().map((meta) => meta?.digest));
  demand(digests.size === 1, 'equal digests at an equal index', () => `${[...digests]} at ${names}`);
  const { trails } = options.judge;
  await within(
    options,
    'a healed quorum completes its audit trails',
    names,
    () => quorum().every((node) => trails.isComplete(node, quorum())),
    TRAIL_ELECTIONS_MAX,
  );
}

/** Returns who is healed: nodes that are whole, and enough to decide. */
function heal({
  fleet,
  judge,
  network,
  chance,
  trace,
  timeline,
  profile,
}: HealingOptions): readonly SimNode[] {
  network.calmDown();
  const quorum = chooseQuorum(fleet, judge, chance);
  trace.note(() => `*** heals ${quorum.map(({ name }) => name).join('')}`, 40, quorum.length);
  for (const a of fleet.present) {
    const inside = quorum.includes(a);
    if (!inside) retire(a, chance);
    const deaf = !inside && chance.hits(300_000);
    for (const b of fleet.present) {
      if (a === b) continue;
      if (inside && quorum.includes(b)) network.heal(a, b);
      else if (inside || !deaf) network.cut(a, b);
      else network.heal(a, b);
    }
  }
  for (const node of quorum) {
    node.disk.calmDown();
    node.clock.setRight();
    if (node.isUp) node.resume();
  }
  for (const node of quorum) if (!fleet.isWaiting(node)) keepUp(node, timeline, profile);
  return quorum;
}

/** Some members, and as many others as it takes. */
function chooseQuorum(fleet: Fleet, judge: Judge, chance: Chance): readonly SimNode[] {
  const whole = fleet.present.filter(({ isWhole }) => isWhole);
  const { current } = judge.commits.configurations;
  const members = whole.filter(({ id }) => isIn(current, id));
  const quorum = chance.some(members, chance.between(1, members.length));
  const rest = chance.some(whole, whole.length).filter((node) => !quorum.includes(node));
  while (!canDecide(quorum, judge)) {
    const next = rest.pop();
    if (next === undefined) throw new Error('bug: more was lost than any mesh can stand');
    quorum.push(next);
  }
  return quorum;
}

/** What a node does that is not healed: it goes on alone, stands still, or is dead. */
function retire(node: SimNode, chance: Chance): void {
  if (chance.hits(300_000)) node.crash({ power: true });
}

/** Starts the process of `node` again whenever it ends, for what was begun before may still end it. */
function keepUp(node: SimNode, timeline: Timeline, profile: Profile): void {
  if (!node.isUp) node.startIn(0);
  timeline.after(profile.timing.electionMs * 1_000, () => keepUp(node, timeline, profile));
}

/** Lets every node of the quorum register a point of its own and reserve it, each again until it is decided. */
function reserveEverywhere(
  { profile, requests, timeline }: HealingOptions,
  quorum: readonly SimNode[],
): ReadonlySet<SimNode> {
  const granted = new Set<SimNode>();
  const { electionMs } = profile.timing;
  for (const node of quorum) {
    const ask = ([wish, ...rest]: readonly Wish[]): void => {
      if (wish === undefined) {
        granted.add(node);
        return;
      }
      const again = (): void => timeline.after(electionMs * 100, () => ask([wish, ...rest]));
      if (!node.isUp) {
        again();
        return;
      }
      requests.submit(node, wish, 2 * electionMs, (ending) => {
        if (ending.kind !== 'answer') again();
        else if (ending.answer.result.kind !== 'refused') ask(rest);
      });
    };
    ask(lastWishes(node));
  }
  return granted;
}

function lastWishes(node: SimNode): readonly Wish[] {
  const holder = `last-${node.name}`;
  const id = `LAST-${node.name}`;
  // Every clock may have been ahead for hours, and ledger time never goes back.
  const stop = { pointId: id, company: '', startMs: EPOCH_MS + AHEAD_MS, durationMs: MINUTE_MS };
  const operations: readonly Operation[] = [
    ...registrations(node, [id]),
    { kind: 'reserve', stops: [stop], holdMs: 0 },
  ];
  return operations.map(
    (operation, i): Wish => ({ holder, requestKey: `last-${i}`, keyKind: 'client', door: 'rest', operation }),
  );
}

async function within(
  { timeline, profile, run }: HealingOptions,
  what: string,
  names: string,
  holds: () => boolean,
  electionsMax = ELECTIONS_MAX,
): Promise<void> {
  const untilUs = timeline.nowUs + electionsMax * profile.timing.electionMs * 1_000;
  await run(() => {
    if (holds()) return false;
    demand(timeline.nowUs < untilUs, what, () => `not ${names} within ${electionsMax} election time-outs`);
    return true;
  });
}
