/** A schedule from a seed: the same seed, length, size and possibilities give the same one. */
import {
  FAULT_KINDS,
  type FaultKind,
  type PlannedFault,
  type Schedule,
  type Step,
  type Target,
} from './fault.js';
import { FAILPOINTS } from './faults/process.js';

export interface RandomTerms {
  readonly seed: number;
  readonly nodes: number;
  readonly seconds: number;
  /** Those that are drawn from. */
  readonly kinds: readonly FaultKind[];
}

/** All that may stand beside each other and other things in one run; a blackout needs disks of its own kind everywhere. */
export const RANDOM_KINDS: readonly FaultKind[] = FAULT_KINDS.filter((kind) => kind !== 'blackout');

/** How long a fault takes beside its own time, until all is well again: only to tell how many fit. */
const RECOVERY_MS: Partial<Record<FaultKind, number>> = {
  'rolling-restart': 9_000,
  'disk-full': 4_000,
  'fsync-error': 2_500,
  'power-loss': 3_000,
  damage: 6_000,
  wipe: 6_000,
  'wipe-and-kill': 8_000,
  'clock-jump': 5_000,
  'half-open': 3_000,
};
const RECOVERY_DEFAULT_MS = 1_800;

const FOR_MS: Partial<Record<FaultKind, readonly [least: number, most: number]>> = {
  'rolling-restart': [0, 1],
  'disk-full': [0, 1],
  'fsync-error': [0, 1],
  damage: [0, 1],
  'wipe-and-kill': [300, 2_500],
  failpoint: [200, 1_500],
};
const FOR_DEFAULT_MS = [800, 3_500] as const;

/** They hit a network that is still there while something else happens to a node. */
const BESIDE: readonly FaultKind[] = ['delay', 'slow', 'flap', 'half-open', 'one-way', 'mute', 'deaf'];
const WITH_COMPANY: readonly FaultKind[] = [
  'kill',
  'stop',
  'terminate',
  'cut',
  'slow-disk',
  'wipe',
  'damage',
];
const BESIDE_PERCENT = 25;

export function randomSchedule({ seed, nodes, seconds, kinds }: RandomTerms): Schedule {
  const draw = generator(seed);
  const between = (least: number, most: number): number => least + draw(most - least + 1);
  const steps: Step[] = [];
  let bag: FaultKind[] = [];
  const next = (): FaultKind => {
    if (bag.length === 0) bag = shuffled(kinds, draw);
    return bag.pop()!;
  };
  for (let leftMs = seconds * 1_000 - 2_000; ; ) {
    const quietMs = between(1_500, 3_000);
    const fault = plan(next(), draw);
    const beside = BESIDE.filter((kind) => kinds.includes(kind) && kind !== fault.kind);
    const faults =
      WITH_COMPANY.includes(fault.kind) && beside.length > 0 && draw(100) < BESIDE_PERCENT
        ? [fault, plan(beside[draw(beside.length)]!, draw)]
        : [fault];
    leftMs -= quietMs + Math.max(...faults.map(costMs));
    if (leftMs < 0 && steps.length > 0) break;
    steps.push({ quietMs, faults });
  }
  return { name: `random, seed ${seed}`, nodes, steps };
}

/** A fault of a kind, with whatever it leaves open. */
function plan(kind: FaultKind, draw: (bound: number) => number): PlannedFault {
  const [least, most] = FOR_MS[kind] ?? FOR_DEFAULT_MS;
  const forMs = least + draw(most - least + 1);
  const target: Target = {
    role: kind === 'failpoint' ? 'leader' : (['leader', 'follower', 'anyone'] as const)[draw(3)]!,
    nth: draw(8),
  };
  if (kind === 'failpoint') return { kind, target, forMs, step: FAILPOINTS[draw(FAILPOINTS.length)]! };
  if (kind === 'clock-jump') return { kind, target, forMs, step: draw(2) === 0 ? 'ahead' : 'behind' };
  return { kind, target, forMs };
}

function costMs({ kind, forMs }: PlannedFault): number {
  return forMs + (RECOVERY_MS[kind] ?? RECOVERY_DEFAULT_MS);
}

function shuffled(kinds: readonly FaultKind[], draw: (bound: number) => number): FaultKind[] {
  const list = [...kinds];
  for (let at = list.length - 1; at > 0; at -= 1) {
    const other = draw(at + 1);
    [list[at], list[other]] = [list[other]!, list[at]!];
  }
  return list;
}

/** Whole numbers from 0 up to a bound (Marsaglia's xorshift of 32 bits, behind a mixer so that near seeds differ). */
function generator(seed: number): (bound: number) => number {
  let state = Math.imul((seed ^ 0x9e3779b9) >>> 0, 0x85ebca6b) | 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}
