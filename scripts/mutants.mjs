/**
 * The proof of the scenario tests: takes one defence after the other out of a copy of the tree, and demands that the
 * scenario's own tests notice.
 *
 *   make mutants                  all of test/mutants
 *   make mutants ONLY="C3 D1"     those of some scenarios
 *
 * A mutant is killed when, in each test file that it names, a test that carries its number in its name fails. A file that
 * does not load, a test without the number, a run that does not end: none of them counts. Ends with
 * `mutants: N killed, N survived`, and `, N not tried` where a means is missing here; exit code 0 when none survived.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mutants } from '../test/mutants/mutants.mjs';
import { carries, SCENARIOS } from '../test/mutants/scenarios.mjs';
import { copyTree, misfitsOf, plant } from './mutant-tree.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const PARTS = ['src', 'test', 'proto', 'data', 'bin', 'package.json', 'vitest.config.ts'];
/** A mutant may also run in circles. */
const RUN_MS_MAX = 120_000;
/** All tests without any mutant. */
const SOUND_RUN_MS_MAX = 600_000;

/** Groups of processes that must not outlive this one. */
const running = new Set();

process.exitCode = await main((process.env.ONLY ?? '').split(/[\s,]+/).filter((word) => word !== ''));

async function main(only) {
  const unknown = only.filter((number) => !SCENARIOS.includes(number));
  if (unknown.length > 0) return fail(`no such scenario: ${unknown.join(', ')}`);
  const misfits = mutants.flatMap((mutant) =>
    misfitsOf(root, mutant.edits).map((why) => `${mutant.scenario}, ${mutant.takesOut}: ${why}`),
  );
  if (misfits.length > 0) return fail(`mutants that do not fit the tree:\n${misfits.join('\n')}`);

  const chosen = mutants.filter(({ scenario }) => only.length === 0 || only.includes(scenario));
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'malha-mutants-')));
  endWith(directory);
  const lanes = Math.min(availableParallelism(), chosen.length);
  try {
    const trees = Array.from({ length: lanes }, (_, k) => {
      const tree = join(directory, `tree-${k}`);
      mkdirSync(tree);
      copyTree(root, tree, PARTS);
      return tree;
    });
    const files = [...new Set(chosen.flatMap(({ tests }) => tests))];
    const sound = await runTests(trees[0], files, SCENARIOS, { workers: lanes, msMax: SOUND_RUN_MS_MAX });
    const broken = sound.problems.concat(
      sound.tests.filter(isRed).map(({ file, name }) => `${file}: ${name}`),
    );
    if (broken.length > 0) return fail(`red without any mutant:\n${broken.join('\n')}`);
    return close(await tryAll(chosen, trees, sound));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Interrupted, it leaves neither processes nor files behind. */
function endWith(directory) {
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      for (const group of running) process.kill(-group, 'SIGKILL');
      // What was killed may take a moment to be gone.
      rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
      process.exit(1);
    });
  }
}

/** Tries `chosen`, one at a time in each tree, and prints a line for each in their order. Returns the verdicts. */
async function tryAll(chosen, trees, sound) {
  console.log('| | planted bug | what turns red |\n|---|---|---|');
  const verdicts = [];
  let next = 0;
  let printed = 0;
  const lane = async (tree) => {
    while (next < chosen.length) {
      const at = next++;
      verdicts[at] = await tryOne(chosen[at], tree, sound);
      for (; verdicts[printed] !== undefined; printed += 1) {
        const { scenario, takesOut } = chosen[printed];
        console.log(`| ${scenario} | ${takesOut} | ${verdicts[printed].text} |`);
      }
    }
  };
  await Promise.all(trees.map(lane));
  return verdicts;
}

async function tryOne({ scenario, edits, tests }, tree, sound) {
  const skipped = tests.filter(
    (file) =>
      !sound.tests.some(
        (test) => test.file === file && test.status === 'passed' && carries(test.name, scenario),
      ),
  );
  if (skipped.length > 0)
    return { kind: 'not tried', text: `not tried: ${skipped.join(', ')} is skipped here` };
  const restore = plant(tree, edits);
  const { tests: results, problems } = await runTests(tree, tests, [scenario]).finally(restore);
  if (problems.length > 0) return { kind: 'survived', text: `SURVIVED: ${problems.join('; ')}` };
  const red = tests.map((file) => results.filter((test) => test.file === file && isRed(test)));
  const green = tests.filter((_, k) => red[k].length === 0);
  if (green.length > 0) return { kind: 'survived', text: `SURVIVED: ${green.join(', ')} stays green` };
  const names = red.map(([first, ...rest]) => {
    const more = rest.length > 0 ? ` (and ${rest.length} more)` : '';
    return `\`${shortOf(first.file)}\`: ${first.name}${more}`;
  });
  return { kind: 'killed', text: names.join('<br>') };
}

/** Runs the tests of `files` that carry one of `scenarios`: what became of each, and what went wrong outside of them. */
async function runTests(tree, files, scenarios, { workers = 1, msMax = RUN_MS_MAX } = {}) {
  const report = join(tree, '.report.json');
  rmSync(report, { force: true });
  const args = ['run', '--reporter=json', `--outputFile=${report}`, `--maxWorkers=${workers}`];
  const child = spawn(
    join(root, 'node_modules', '.bin', 'vitest'),
    [...args, '--testNamePattern', `\\b(${scenarios.join('|')})\\b`, ...files],
    { cwd: tree, stdio: 'ignore', detached: true },
  );
  running.add(child.pid);
  let endless = false;
  const timer = setTimeout(() => {
    endless = true;
    // With all that it started.
    process.kill(-child.pid, 'SIGKILL');
  }, msMax);
  await new Promise((resolve) => child.once('exit', resolve));
  clearTimeout(timer);
  running.delete(child.pid);
  if (endless) return { tests: [], problems: [`they do not end within ${msMax} ms`] };
  return readReport(tree, report, scenarios);
}

function readReport(tree, report, scenarios) {
  let modules;
  try {
    modules = JSON.parse(readFileSync(report, 'utf8')).testResults;
  } catch {
    return { tests: [], problems: ['the tests do not run'] };
  }
  const tests = modules.flatMap(({ name: path, assertionResults }) =>
    assertionResults
      .filter(({ fullName }) => scenarios.some((scenario) => carries(fullName, scenario)))
      .map(({ fullName, status }) => ({ file: relative(tree, path), name: fullName, status })),
  );
  const problems = modules
    .filter(({ assertionResults }) => assertionResults.length === 0)
    .map(({ name: path, message }) => `${relative(tree, path)} does not load: ${message.split('\n')[0]}`);
  return { tests, problems };
}

/** A test file as the table names it. */
function shortOf(file) {
  return file.replace(/^test\/|\.test\.ts$/g, '');
}

function isRed({ status }) {
  return status === 'failed';
}

function close(verdicts) {
  const count = (kind) => verdicts.filter((verdict) => verdict.kind === kind).length;
  const notTried = count('not tried');
  console.log(
    `mutants: ${count('killed')} killed, ${count('survived')} survived${notTried > 0 ? `, ${notTried} not tried` : ''}`,
  );
  return count('survived') === 0 && count('killed') > 0 ? 0 : 1;
}

function fail(why) {
  console.error(why);
  console.log('mutants: 0 killed, 0 survived');
  return 1;
}
