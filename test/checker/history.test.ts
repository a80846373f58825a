/** Histories as events, as attempts, as files and as foreign text. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attemptsOf, type HistoryEvent } from './history.js';
import { HistoryWriter, readHistory } from './history-file.js';
import type { MeshCall, MeshEvent, MeshReply } from './mesh-history.js';
import { sortedByKind } from './mesh-history.js';
import { parseJepsenText } from './search/jepsen-text.js';
import { canonicalText, contradiction, difference, isSame } from './seen.js';
import { randomStory } from './support/random-run.js';

type TextEvent = HistoryEvent<string, string>;

const invoke = (attempt: number): TextEvent => ({
  event: 'invoke',
  attempt,
  client: 'c',
  realMs: 0,
  call: 'ask',
});
const answer = (attempt: number): TextEvent => ({ event: 'answer', attempt, realMs: 1, reply: 'yes' });
const end = (event: 'unknown' | 'denied', attempt: number): TextEvent => {
  return { event, attempt, realMs: 1, reason: 'timeout' };
};

describe('attempts', () => {
  it('have their place in real time, and none where they may still take effect', () => {
    const events = [
      invoke(5),
      invoke(6),
      answer(6),
      invoke(7),
      end('unknown', 5),
      end('denied', 7),
      invoke(8),
    ];
    const attempts = attemptsOf(events);
    expect(
      attempts.map(({ id, startedAt, endedAt, outcome }) => [id, startedAt, endedAt, outcome.kind]),
    ).toEqual([
      [5, 0, Number.POSITIVE_INFINITY, 'unknown'],
      [6, 1, 2, 'answered'],
      [7, 3, 5, 'denied'],
      [8, 6, Number.POSITIVE_INFINITY, 'unknown'],
    ]);
  });

  it('begin once, end once, and end after they began', () => {
    expect(() => attemptsOf([invoke(1), invoke(1)])).toThrow('history: attempt 1 begins twice');
    expect(() => attemptsOf([answer(1)])).toThrow('history: attempt 1 ends before it began');
    const twice = [invoke(1), end('unknown', 1), answer(1)];
    expect(() => attemptsOf(twice)).toThrow('history: attempt 1 ends twice');
    expect(() => attemptsOf([invoke(1), answer(1), invoke(1)])).toThrow('history: attempt 1 begins twice');
  });

  it('of commands and queries are answered in kind', () => {
    const query: MeshCall = { kind: 'query', query: { kind: 'totals' }, consistency: 'stale' };
    const events: readonly MeshEvent[] = [
      { event: 'invoke', attempt: 3, client: 'c', realMs: 0, call: query },
      { event: 'answer', attempt: 3, realMs: 0, reply: { kind: 'result', index: 1, atMs: 1, result: {} } },
    ];
    expect(() => sortedByKind(attemptsOf(events))).toThrow('attempt 3, a query, is answered with a result');
  });
});

describe('a history file', () => {
  let directory = '';
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'malha-history-'));
  });
  afterAll(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  it('gives back what was written, event by event', () => {
    const path = join(directory, 'whole.ndjson');
    const { events } = randomStory(3, { steps: 3_000, clients: 8, timePasses: true });
    const umlauts: MeshEvent = {
      event: 'unknown',
      attempt: 0,
      realMs: 0.5,
      reason: 'não há líder ✓'.repeat(9_000),
    };
    const writer = new HistoryWriter<MeshCall, MeshReply>(path);
    for (const event of [...events, umlauts]) writer.write(event);
    writer.close();
    const read = [...readHistory<MeshCall, MeshReply>(path)];
    // What is undefined is not written.
    expect(read).toEqual(JSON.parse(JSON.stringify([...events, umlauts])));
    expect(readFileSync(path, 'utf8').endsWith('\n')).toBe(true);
  });

  it('is never written over', () => {
    const path = join(directory, 'there.ndjson');
    writeFileSync(path, '');
    expect(() => new HistoryWriter(path)).toThrow('EEXIST');
  });

  it('names the line that is no event, or was cut off', () => {
    const line = JSON.stringify(invoke(1));
    const cases = [
      [`${line}\n${line.slice(0, -5)}`, ':2: no JSON'],
      [`${line}\n{"event":"answer","attempt":1,"realMs":0}\n`, ':2: no event'],
      [`{"event":"begin","attempt":1,"realMs":0}\n`, ':1: no event'],
      [`${line}\n\n${line}\n`, ':2: no JSON'],
      ['[]\n', ':1: no event'],
    ] as const;
    cases.forEach(([text, message], i) => {
      const path = join(directory, `bad-${i}.ndjson`);
      writeFileSync(path, text);
      expect(() => [...readHistory(path)]).toThrow(`history: ${path}${message}`);
    });
  });
});

describe('the text of Jepsen', () => {
  const line = (process: string, rest: string) => `INFO  jepsen.util - ${process}\t${rest}`;

  it('is read with all its endings', () => {
    const text = [
      line('0', ':invoke\t:read\tnil'),
      line('1', ':invoke\t:write\t4'),
      line('2', ':invoke\t:cas\t[4 1]'),
      line(':nemesis', ':info\t:start\t"Cut off"'),
      line('0', ':fail\t:read\t:timed-out'),
      line('1', ':info\t:write\t:timed-out'),
      line('2', ':fail\t:cas\t[4 1]'),
      line('0', ':invoke\t:read\tnil'),
      line('0', ':ok\t:read\tnil'),
      'INFO  jepsen.core - done',
      '',
    ].join('\n');
    const outcomes = attemptsOf(parseJepsenText(text)).map(({ client, call, outcome }) => [
      client,
      call,
      outcome,
    ]);
    expect(outcomes).toEqual([
      ['0', { kind: 'read' }, { kind: 'denied' }],
      ['1', { kind: 'write', value: '4' }, { kind: 'unknown' }],
      [
        '2',
        { kind: 'cas', from: '4', to: '1' },
        { kind: 'answered', reply: { kind: 'compared', held: false } },
      ],
      ['0', { kind: 'read' }, { kind: 'answered', reply: { kind: 'read', value: null } }],
    ]);
  });

  it('is refused where it makes no sense', () => {
    const senseless = [':ok\t:read\t1', ':invoke\t:append\t1', ':invoke\t:cas\t4', ':maybe\t:read\tnil'];
    for (const rest of senseless) {
      expect(() => parseJepsenText(line('0', rest)), rest).toThrow('history: line 1 makes no sense');
    }
    const twice = `${line('0', ':invoke\t:read\tnil')}\n${line('0', ':invoke\t:read\tnil')}`;
    expect(() => parseJepsenText(twice)).toThrow('history: line 2 makes no sense');
  });
});

describe('what was seen', () => {
  const whole = { kind: 'reserved', stops: [{ pointId: '1', startMs: 5 }], note: null };

  it('is compared as far as it was seen', () => {
    expect(difference({}, whole)).toBeNull();
    expect(difference({ kind: 'reserved', stops: [{ pointId: '1' }], note: null }, whole)).toBeNull();
    expect(difference({ stops: [{ pointId: undefined }] }, whole)).toBeNull();
    expect(difference({ stops: [{ pointId: '2' }] }, whole)).toBe('stops[0].pointId is "2", not "1"');
    expect(difference({ stops: [] }, whole)).toBe('stops has 0 elements, not 1');
    expect(difference({ more: 1 }, whole)).toBe('more is 1, not nothing');
    expect(difference(null, whole)).toContain('it is null, not {');
    expect(difference({ note: {} }, whole)).toBe('note is {}, not null');
  });

  it('contradicts only where both saw', () => {
    expect(contradiction({ kind: 'reserved' }, { stops: [] })).toBeNull();
    expect(contradiction({ a: { b: 1, c: 2 } }, { a: { b: 1, d: 3 } })).toBeNull();
    expect(contradiction({ a: { b: 1 } }, { a: { b: 2 } })).toBe('a.b is 1, not 2');
  });

  it('has one text and one value, whatever the order of its fields', () => {
    const other = { note: null, stops: [{ startMs: 5, pointId: '1' }], kind: 'reserved', more: undefined };
    expect(canonicalText(other)).toBe(canonicalText(whole));
    expect(JSON.parse(canonicalText(whole))).toEqual(whole);
    expect(isSame(whole, other)).toBe(true);
    expect(isSame(whole, { ...whole, more: 1 })).toBe(false);
    expect(canonicalText([[], {}, 'a"b', 1, true])).toBe('[[],{},"a\\"b",1,true]');
  });
});
