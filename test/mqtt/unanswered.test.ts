import { expect, test } from 'vitest';
import { Backlog, type Unanswered } from '../../src/mqtt/unanswered.js';

function request(label: string, arrivedAtMs = 0, bytes = 10, replyTopic = 'r'): Unanswered {
  return { label, replyTopic, bytes, arrivedAtMs };
}

function labels(requests: readonly Unanswered[]): readonly string[] {
  return requests.map(({ label }) => label);
}

test('too many, or too large together, and the oldest go', () => {
  const backlog = new Backlog({ countMax: 3, bytesMax: 45, keepMs: 100 });
  for (const label of ['a', 'b', 'c']) expect(backlog.keep(request(label))).toEqual([]);

  expect(labels(backlog.keep(request('d')))).toEqual(['a']);
  expect(labels(backlog.keep(request('e', 0, 40)))).toEqual(['b', 'c', 'd']);
  expect(labels(backlog.takeAll())).toEqual(['e']);
  expect(backlog.size).toBe(0);
});

test('what is too old goes, what is just old enough stays', () => {
  const backlog = new Backlog({ countMax: 9, bytesMax: 900, keepMs: 100 });
  for (const atMs of [0, 50, 100]) backlog.keep(request(String(atMs), atMs));

  expect(labels(backlog.expire(100))).toEqual([]);
  expect(labels(backlog.expire(151))).toEqual(['0', '50']);
  expect(labels(backlog.takeAll())).toEqual(['100']);
});

test('a reply strikes out the request that it names, else the oldest with its topic, and each once', () => {
  const backlog = new Backlog({ countMax: 9, bytesMax: 900, keepMs: 100 });
  for (const label of ['a', 'b', 'a']) backlog.keep(request(label));
  backlog.keep(request('c', 0, 10, 'other'));

  expect(backlog.answered('r', 'b')?.label).toBe('b');
  expect(backlog.answered('r', 'b')).toBeUndefined();
  expect(backlog.answered('other', 'a')).toBeUndefined();
  expect(backlog.answered('r', undefined)?.label).toBe('a');
  expect(backlog.answered('r', 'a')?.label).toBe('a');
  expect(backlog.answered('r', undefined)).toBeUndefined();
  expect(labels(backlog.takeAll())).toEqual(['c']);
});
