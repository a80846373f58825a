/**
 * The search against histories that nobody in this project recorded, wherever MALHA_CONFORMANCE points to: registers of
 * a real etcd in Jepsen's text, `etcd_NNN.log`. What is right stands in the folder's README.md (`Linearizable: 002 005
 * …`, all others `of A to B` are not), and here for the 50 that are published.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { attemptsOf } from './history.js';
import { parseJepsenText } from './search/jepsen-text.js';
import { linearize } from './search/linearize.js';
import { REGISTER } from './search/register.js';

const TIMEOUT_MS = 60_000;

interface Expectations {
  readonly linearizable: readonly number[];
  /** All others from `first` to `last` are not linearizable. */
  readonly first: number;
  readonly last: number;
}

const PUBLISHED: Expectations = {
  linearizable: [2, 5, 7, 18, 25, 31, 38, 45, 48, 49],
  first: 0,
  last: 49,
};

const folder = process.env.MALHA_CONFORMANCE;

if (folder === undefined || folder === '') {
  test.skip('register histories: MALHA_CONFORMANCE names no folder that holds them', () => {});
} else {
  describe('register histories', () => {
    const expectations = expectationsIn(join(folder, 'README.md')) ?? PUBLISHED;
    const report: string[] = [];
    const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.log'))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();

    test('there are some', () => {
      expect(paths.length).toBeGreaterThan(0);
    });

    for (const path of paths) {
      const expected = expectationOf(path, expectations);
      test(
        `${relative(folder, path)} is ${expected ?? 'decided'}`,
        () => {
          const attempts = attemptsOf(parseJepsenText(readFileSync(path, 'utf8')));
          expect(attempts.length).toBeGreaterThan(0);
          const sinceMs = performance.now();
          const verdict = linearize(attempts, REGISTER);
          const tookMs = performance.now() - sinceMs;
          report.push(
            `${relative(folder, path)}: ${verdict.kind}, ${attempts.length} attempts, ` +
              `${verdict.configurations} configurations, ${tookMs.toFixed(1)} ms`,
          );
          expect(verdict.kind).not.toBe('undecided');
          if (expected !== null) expect(verdict.kind).toBe(expected);
        },
        TIMEOUT_MS,
      );
    }

    afterAll(() => {
      console.log(report.join('\n'));
    });
  });
}

/** What the search must say; null when nobody wrote it down. */
function expectationOf(
  path: string,
  { linearizable, first, last }: Expectations,
): 'linearizable' | 'not-linearizable' | null {
  const number = Number(/^etcd_(\d+)\.log$/.exec(basename(path))?.[1] ?? Number.NaN);
  if (linearizable.includes(number)) return 'linearizable';
  return first <= number && number <= last ? 'not-linearizable' : null;
}

function expectationsIn(readme: string): Expectations | null {
  if (!existsSync(readme)) return null;
  const text = readFileSync(readme, 'utf8');
  const numbers = /Linearizable:((?:\s+\d+)+)/.exec(text)?.[1];
  const range = /others of (\d+) to (\d+)/.exec(text);
  if (numbers === undefined || range === null) return null;
  const linearizable = numbers.trim().split(/\s+/).map(Number);
  return { linearizable, first: Number(range[1]), last: Number(range[2]) };
}
