/** Schedules are what their seeds and names say, and the same each time. */
import { describe, expect, it } from 'vitest';
import { disksFor } from './disks-for.js';
import { FAULT_KINDS, type FaultKind, type Schedule } from './fault.js';
import { DOERS } from './faults/all.js';
import { FAILPOINTS } from './faults/process.js';
import { namedSchedule, SCHEDULE_NAMES } from './named-schedules.js';
import { RANDOM_KINDS, randomSchedule } from './random-schedule.js';

const terms = { nodes: 3, seconds: 60, kinds: RANDOM_KINDS };

function kindsOf({ steps }: Schedule): readonly FaultKind[] {
  return steps.flatMap(({ faults }) => faults.map(({ kind }) => kind));
}

describe('a schedule from a seed', () => {
  it('is the same each time, and another one for another seed', () => {
    const once = randomSchedule({ ...terms, seed: 7 });
    expect(randomSchedule({ ...terms, seed: 7 })).toEqual(once);
    const others = Array.from({ length: 50 }, (_, k) => randomSchedule({ ...terms, seed: k }));
    expect(new Set(others.map(({ steps }) => JSON.stringify(steps))).size).toBe(50);
  });

  it('has every kind of fault once before any comes again, alone or beside others', () => {
    const kinds = kindsOf(randomSchedule({ ...terms, seconds: 3_600, seed: 3 }));
    expect(new Set(kinds)).toEqual(new Set(RANDOM_KINDS));
    const { steps } = randomSchedule({ ...terms, seconds: 3_600, seed: 3 });
    expect(steps.some(({ faults }) => faults.length === 2)).toBe(true);
    const first = steps.slice(0, RANDOM_KINDS.length).map(({ faults }) => faults[0]!.kind);
    expect(new Set(first).size).toBe(RANDOM_KINDS.length);
  });

  it('draws from what is possible, and fits into its time', () => {
    for (let seed = 0; seed < 100; seed += 1) {
      const schedule = randomSchedule({ ...terms, seed, kinds: ['kill', 'cut', 'delay'] });
      expect(kindsOf(schedule).every((kind) => ['kill', 'cut', 'delay'].includes(kind))).toBe(true);
      const ms = schedule.steps.reduce(
        (sum, { quietMs, faults }) => sum + quietMs + Math.max(...faults.map(({ forMs }) => forMs)),
        0,
      );
      expect(ms).toBeLessThan(60_000);
      expect(schedule.steps.length).toBeGreaterThan(5);
    }
  });
});

describe('a schedule with a name', () => {
  it('is there for each name, with at least one round', () => {
    for (const name of SCHEDULE_NAMES) {
      const one = namedSchedule(name, 3, 5)!;
      expect(one.steps.length, name).toBeGreaterThan(0);
      expect(namedSchedule(name, 3, 600)!.steps.length, name).toBeGreaterThan(one.steps.length);
    }
    expect(namedSchedule('nonsense', 3, 60)).toBeUndefined();
  });

  it('kills the leader at every step of a commit', () => {
    const { steps } = namedSchedule('failpoints', 3, 5)!;
    expect(steps.map(({ faults }) => faults[0]!.step)).toEqual([...FAILPOINTS]);
  });

  it('or a seed has each kind of fault that there is', () => {
    const named = SCHEDULE_NAMES.flatMap((name) => kindsOf(namedSchedule(name, 3, 5)!));
    expect(new Set([...named, ...RANDOM_KINDS])).toEqual(new Set(FAULT_KINDS));
    expect(Object.keys(DOERS).sort()).toEqual([...FAULT_KINDS].sort());
  });
});

describe('the disks of a run', () => {
  it('are of the kinds that its faults need', () => {
    const of = (...kinds: readonly FaultKind[]) =>
      disksFor({
        name: '',
        nodes: 3,
        steps: kinds.map((kind) => ({
          quietMs: 0,
          faults: [{ kind, target: { role: 'anyone', nth: 0 }, forMs: 0 }],
        })),
      });
    expect(of('kill')).toEqual(['plain', 'plain', 'plain']);
    expect(of('power-loss', 'disk-full')).toEqual(['small', 'powered', 'plain']);
    expect(of('blackout', 'power-loss')).toEqual(['powered', 'powered', 'powered']);
  });
});
