/** The search: right by comparison with trying everything, and without bounds that a long or wide history would meet. */
import { describe, expect, it } from 'vitest';
import { type Attempt, attemptsOf, type HistoryEvent } from './history.js';
import { Bits } from './search/bits.js';
import { connected } from './search/connected.js';
import { type Keyed, keyed } from './search/keyed.js';
import { linearize } from './search/linearize.js';
import { REGISTER, type RegisterCall, type RegisterReply } from './search/register.js';
import {
  faultIn,
  isLinearizable,
  type RegisterEvent,
  randomRegisterHistory,
} from './support/register-histories.js';

const RIGHT = { wrongPerMillion: 0, unknownPerMillion: 150_000 };

function verdictOn(events: readonly RegisterEvent[]) {
  return linearize(attemptsOf(events), REGISTER);
}

/** Begins an attempt for each call, in this order, and answers those that have an answer, in this order too. */
function history(...calls: readonly (readonly [RegisterCall, RegisterReply | null])[]): RegisterEvent[] {
  const begun = calls.map(([call], attempt): RegisterEvent => {
    return { event: 'invoke', attempt, client: `c${attempt}`, realMs: 0, call };
  });
  const ended = calls.flatMap(([, reply], attempt): readonly RegisterEvent[] => {
    return reply === null ? [] : [{ event: 'answer', attempt, realMs: 0, reply }];
  });
  return [...begun, ...ended];
}

const write = (value: string): RegisterCall => ({ kind: 'write', value });
const read: RegisterCall = { kind: 'read' };
const WRITTEN: RegisterReply = { kind: 'written' };
const readAs = (value: string | null): RegisterReply => ({ kind: 'read', value });

describe('the search', () => {
  it('says what trying everything says', () => {
    const verdicts = { linearizable: 0, 'not-linearizable': 0, undecided: 0 };
    for (let seed = 1; seed <= 2_000; seed += 1) {
      const unknownPerMillion = seed % 2 === 0 ? 150_000 : 550_000;
      const options = { attempts: 8, clients: 5, wrongPerMillion: 120_000, unknownPerMillion };
      const events = randomRegisterHistory(seed, options);
      const verdict = verdictOn(events);
      verdicts[verdict.kind] += 1;
      expect(verdict.kind === 'linearizable', `seed ${seed}`).toBe(isLinearizable(events));
    }
    expect(verdicts.linearizable).toBeGreaterThan(300);
    expect(verdicts['not-linearizable']).toBeGreaterThan(300);
    expect(verdicts.undecided).toBe(0);
  });

  it('gives an order that explains every answer and agrees with real time', () => {
    for (let seed = 1; seed <= 300; seed += 1) {
      const attempts = attemptsOf(randomRegisterHistory(seed, { attempts: 60, clients: 6, ...RIGHT }));
      const verdict = linearize(attempts, REGISTER);
      if (verdict.kind !== 'linearizable') throw new Error(`seed ${seed} is ${verdict.kind}`);
      expect(faultIn(verdict.orders[0]!, attempts), `seed ${seed}`).toBeNull();
    }
  });

  it('loses no order where nobody knows of most attempts', () => {
    const options = { attempts: 10, clients: 4, wrongPerMillion: 0, unknownPerMillion: 600_000 };
    for (let seed = 1; seed <= 5_000; seed += 1) {
      expect(verdictOn(randomRegisterHistory(seed, options)).kind, `seed ${seed}`).toBe('linearizable');
    }
  });

  it('names the answer that no order explains', () => {
    const events = history([write('1'), WRITTEN], [read, readAs('1')], [read, readAs('2')]);
    const verdict = verdictOn(events);
    if (verdict.kind !== 'not-linearizable') throw new Error(verdict.kind);
    expect(verdict.stuckAt.id).toBe(2);
  });

  it('lets who never returned take effect late, or not at all', () => {
    const late = history([write('1'), null], [read, readAs(null)], [read, readAs(null)]);
    expect(verdictOn(late).kind).toBe('linearizable');
    const after: RegisterEvent[] = [
      ...late,
      { event: 'invoke', attempt: 9, client: 'c', realMs: 0, call: read },
      { event: 'answer', attempt: 9, realMs: 0, reply: readAs('1') },
    ];
    expect(verdictOn(after).kind).toBe('linearizable');
  });

  it('lets nobody take effect who was denied', () => {
    const events = history([write('1'), null], [read, readAs('1')]);
    events.splice(2, 0, { event: 'denied', attempt: 0, realMs: 0, reason: 'UNAVAILABLE' });
    expect(verdictOn(events).kind).toBe('not-linearizable');
  });

  it('goes through a history of 50,000 attempts', () => {
    const options = { attempts: 50_000, clients: 5, wrongPerMillion: 0, unknownPerMillion: 0 };
    expect(verdictOn(randomRegisterHistory(7, options)).kind).toBe('linearizable');
  });

  it('is not drowned by 40 writes of which nobody knows, all at once', () => {
    const writes = Array.from({ length: 40 }, (_, i) => [write(String(i % 20)), null] as const);
    const reads = ['3', '17', '3'].map((value) => [read, readAs(value)] as const);
    expect(verdictOn(history(...writes, ...reads)).kind).toBe('linearizable');
    // Three times 3 and 5 between them: there were only two writes of 3.
    const sequence = ['3', '5', '3', '5', '3'];
    const events = history(...writes);
    sequence.forEach((value, i) => {
      events.push({ event: 'invoke', attempt: 100 + i, client: 'c', realMs: 0, call: read });
      events.push({ event: 'answer', attempt: 100 + i, realMs: 0, reply: readAs(value) });
    });
    expect(verdictOn(events).kind).toBe('not-linearizable');
  });

  it('follows 40 that are under way at once', () => {
    const writes = Array.from({ length: 40 }, (_, i) => [write(String(i)), WRITTEN] as const);
    const right = history(...writes);
    right.push({ event: 'invoke', attempt: 50, client: 'c', realMs: 0, call: read });
    right.push({ event: 'answer', attempt: 50, realMs: 0, reply: readAs('39') });
    expect(verdictOn(right).kind).toBe('linearizable');
  });

  it('gives up at its bound and says so', () => {
    const writes = Array.from({ length: 12 }, (_, i) => [write(String(i)), WRITTEN] as const);
    const events = history(...writes, [read, readAs('99')]);
    const verdict = linearize(attemptsOf(events), REGISTER, { configurationsMax: 50 });
    expect(verdict).toEqual({ kind: 'undecided', configurations: 51 });
  });
});

describe('a history of several registers', () => {
  type KeyedEvent = HistoryEvent<Keyed<RegisterCall>, RegisterReply>;

  /** Two histories under two keys, event by event. */
  function interleaved(a: readonly RegisterEvent[], b: readonly RegisterEvent[]): readonly KeyedEvent[] {
    const under = (key: string, offset: number) => (event: RegisterEvent) => {
      const attempt = event.attempt + offset;
      return event.event === 'invoke'
        ? { ...event, attempt, call: { key, call: event.call } }
        : { ...event, attempt };
    };
    const [first, second] = [a.map(under('a', 0)), b.map(under('b', 1_000_000))];
    return Array.from({ length: Math.max(a.length, b.length) }).flatMap((_, i) =>
      [first[i], second[i]].filter((event) => event !== undefined),
    );
  }

  it('is judged register by register', () => {
    const options = { attempts: 200, clients: 5, ...RIGHT };
    const [a, b] = [randomRegisterHistory(1, options), randomRegisterHistory(2, options)];
    const right = linearize(attemptsOf(interleaved(a, b)), keyed(REGISTER));
    if (right.kind !== 'linearizable') throw new Error(right.kind);
    expect(right.orders.length).toBe(2);
  });

  it('is wrong when one of them is, and that one is named', () => {
    const options = { attempts: 100, clients: 5, ...RIGHT };
    const [a, b] = [
      randomRegisterHistory(1, options),
      randomRegisterHistory(2, { ...options, wrongPerMillion: 300_000 }),
    ];
    expect(verdictOn(b).kind).toBe('not-linearizable');
    const verdict = linearize(attemptsOf(interleaved(a, b)), keyed(REGISTER));
    if (verdict.kind !== 'not-linearizable') throw new Error(verdict.kind);
    const keys = new Set(
      verdict.part.map(({ call }: Attempt<Keyed<RegisterCall>, RegisterReply>) => call.key),
    );
    expect([...keys]).toEqual(['b']);
  });
});

describe('sets of small numbers', () => {
  it('hold what was put in, over word boundaries', () => {
    const some = [0, 31, 32, 95].reduce((bits, bit) => bits.with(bit), Bits.NONE);
    expect([0, 1, 31, 32, 33, 95, 96].filter((bit) => some.has(bit))).toEqual([0, 31, 32, 95]);
    expect(some.without(95).without(32).text()).toBe(Bits.NONE.with(31).with(0).text());
    expect(some.without(32).isWithin(some)).toBe(true);
    expect(some.isWithin(some.without(95))).toBe(false);
  });
});

describe('groups that share nothing', () => {
  it('are joined by what they share over others, and keep their order', () => {
    const items = [['a'], ['b'], ['c', 'd'], ['b', 'a'], [], ['d'], []];
    expect(connected(items, (names) => names)).toEqual([
      [['a'], ['b'], ['b', 'a']],
      [['c', 'd'], ['d']],
      [[]],
      [[]],
    ]);
  });

  it('are one when someone touches everything', () => {
    const items = [['a'], null, ['b']];
    expect(connected(items, (names) => names)).toEqual([items]);
  });
});
