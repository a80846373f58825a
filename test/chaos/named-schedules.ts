/** Schedules with a name: each looks at one thing, again and again. */
import type { FaultKind, PlannedFault, Schedule, Step, Target } from './fault.js';
import { FAILPOINTS } from './faults/process.js';

const LEADER: Target = { role: 'leader', nth: 0 };
const FOLLOWER: Target = { role: 'follower', nth: 0 };
const QUIET_MS = 2_000;

/** The steps of a round; rounds go on as long as there is time for the next. */
const ROUNDS: Readonly<Record<string, readonly Step[]>> = {
  /** What CI runs: a node of each role is killed, stopped and cut off. */
  short: [
    alone('kill', LEADER, 800),
    alone('stop', LEADER, 1_500),
    alone('cut', FOLLOWER, 1_200),
    alone('kill', FOLLOWER, 500),
    alone('cut', LEADER, 1_500),
  ],
  'minority-leader': [alone('minority-leader', LEADER, 4_000)],
  'one-way': [
    alone('one-way', LEADER, 3_000),
    alone('mute', LEADER, 3_000),
    alone('deaf', LEADER, 3_000),
    alone('one-way', FOLLOWER, 3_000),
    alone('mute', FOLLOWER, 3_000),
    alone('deaf', FOLLOWER, 3_000),
  ],
  flapping: [alone('flap', LEADER, 4_000), alone('flap', FOLLOWER, 4_000), alone('refuse', LEADER, 1_500)],
  majority: [alone('majority-down', FOLLOWER, 2_000), alone('all-down', LEADER, 1_000)],
  rolling: [alone('rolling-restart', LEADER, 0)],
  failpoints: FAILPOINTS.map((step) => ({
    quietMs: QUIET_MS,
    faults: [{ kind: 'failpoint', target: LEADER, forMs: 500, step }],
  })),
  disks: [
    alone('slow-disk', LEADER, 4_000),
    alone('disk-full', LEADER, 0),
    alone('fsync-error', LEADER, 0),
    alone('slow-disk', FOLLOWER, 3_000),
    alone('fsync-error', FOLLOWER, 0),
  ],
  power: [
    alone('power-loss', LEADER, 500),
    alone('blackout', LEADER, 500),
    alone('power-loss', FOLLOWER, 500),
  ],
  members: [
    alone('wipe', FOLLOWER, 500),
    alone('damage', FOLLOWER, 0),
    alone('wipe-and-kill', FOLLOWER, 600),
    alone('damage', LEADER, 0),
    alone('wipe', LEADER, 500),
  ],
  clocks: [
    { quietMs: QUIET_MS, faults: [{ kind: 'clock-jump', target: LEADER, forMs: 3_000, step: 'ahead' }] },
    { quietMs: QUIET_MS, faults: [{ kind: 'clock-jump', target: LEADER, forMs: 3_000, step: 'behind' }] },
  ],
};

export const SCHEDULE_NAMES: readonly string[] = Object.keys(ROUNDS);

/** The schedule of that name; undefined when there is none. At least one round. */
export function namedSchedule(name: string, nodes: number, seconds: number): Schedule | undefined {
  const round = ROUNDS[name];
  if (round === undefined) return undefined;
  const roundMs = round.reduce(
    (sum, { quietMs, faults }) => sum + quietMs + Math.max(...faults.map(({ forMs }) => forMs)) + 1_500,
    0,
  );
  const rounds = Math.max(1, Math.floor((seconds * 1_000) / roundMs));
  return { name, nodes, steps: Array.from({ length: rounds }, () => round).flat() };
}

function alone(kind: FaultKind, target: Target, forMs: number): Step {
  const fault: PlannedFault = { kind, target, forMs };
  return { quietMs: QUIET_MS, faults: [fault] };
}
