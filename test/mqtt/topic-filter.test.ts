import { expect, test } from 'vitest';
import { topicMatches } from '../../src/mqtt/topic-filter.js';

test.each([
  ['a/b', 'a/b'],
  ['a/+', 'a/b'],
  ['a/+', 'a/'],
  ['+/+', '/b'],
  ['a/#', 'a'],
  ['a/#', 'a/b/c'],
  ['#', 'a/b'],
  ['$SYS/#', '$SYS/x'],
])('%s matches %s', (filter, topic) => {
  expect(topicMatches(filter, topic)).toBe(true);
});

test.each([
  ['a/b', 'a'],
  ['a/b', 'a/b/c'],
  ['a/b', 'A/b'],
  ['a/+', 'a/b/c'],
  ['a/+', 'a'],
  ['a/+/c', 'a/c'],
  ['a/#', 'ab'],
  ['#', '$SYS/x'],
  ['+/x', '$SYS/x'],
])('%s does not match %s', (filter, topic) => {
  expect(topicMatches(filter, topic)).toBe(false);
});
