/**
 * The core against data that nobody in this project wrote: etcd-raft's data files, wherever MALHA_CONFORMANCE points to.
 * Any folder will do: what a file is for shows in its directives.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { CONFCHANGE_COMMANDS, ConfchangeRunner } from './confchange-runner.js';
import { type Directive, parseDataFile } from './data-file.js';
import { isLoggerLine, type NotCompared, REASONS } from './interaction/deviations.js';
import { InteractionRunner } from './interaction/interaction-runner.js';
import { QUORUM_COMMANDS, runQuorum } from './quorum-runner.js';

const folder = process.env.MALHA_CONFORMANCE;

if (folder === undefined || folder === '') {
  test.skip('etcd-raft data files: MALHA_CONFORMANCE names no folder that holds them', () => {});
} else {
  describe('etcd-raft data files', () => {
    const report: string[] = [];
    const files = dataFiles(folder);

    test('there are some', () => {
      expect(files.length).toBeGreaterThan(0);
    });

    for (const { name, directives } of files) {
      test(`${name}: ${directives.length} directives`, () => {
        const tally = new Map<NotCompared, number>();
        const compared = compareFile(name, directives, tally);
        const rest = [...tally].map(([reason, count]) => `${count} ${reason}`).join(', ');
        report.push(`${name}: ${compared} lines compared${rest === '' ? '' : `, not compared: ${rest}`}`);
      });
    }

    afterAll(() => {
      const reasons = Object.entries(REASONS).map(([name, reason]) => `  ${name}: ${reason}`);
      console.log([...report, 'Not compared, and why:', ...reasons].join('\n'));
    });
  });
}

/** Plays one file. Returns how many expected lines were compared; `tally` counts the others. */
function compareFile(
  name: string,
  directives: readonly Directive[],
  tally: Map<NotCompared, number>,
): number {
  const command = directives[0]!.command;
  if (QUORUM_COMMANDS.includes(command)) return compareVerbatim(name, directives, runQuorum);
  if (CONFCHANGE_COMMANDS.includes(command)) {
    const runner = new ConfchangeRunner();
    return compareVerbatim(name, directives, (directive) => runner.run(directive));
  }
  const runner = new InteractionRunner();
  let compared = 0;
  for (const directive of directives) {
    const count = (reason: NotCompared, lines: number) => tally.set(reason, (tally.get(reason) ?? 0) + lines);
    const lines = directive.expected.split('\n');
    const output = runner.stopped === null ? runner.run(directive) : '';
    if (runner.stopped !== null) {
      count(runner.stopped, lines.length);
      continue;
    }
    const expected = lines.filter((line) => !isLoggerLine(line));
    if (expected.length < lines.length) count('logger lines', lines.length - expected.length);
    // Where only log lines were expected, nothing else may happen.
    expect(output, `${name}:${directive.line}`).toBe(expected.length === 0 ? 'ok' : expected.join('\n'));
    compared += expected.length;
  }
  return compared;
}

function compareVerbatim(
  name: string,
  directives: readonly Directive[],
  run: (directive: Directive) => string,
): number {
  let compared = 0;
  for (const directive of directives) {
    expect(run(directive), `${name}:${directive.line}`).toBe(directive.expected);
    compared += directive.expected.split('\n').length;
  }
  return compared;
}

function dataFiles(root: string): readonly { name: string; directives: readonly Directive[] }[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.txt'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => ({ name: relative(root, path), directives: parseDataFile(readFileSync(path, 'utf8')) }))
    .filter(({ directives }) => directives.length > 0);
}
