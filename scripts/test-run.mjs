/**
 * Running the project's tools and tests, and the closing line that CI reads.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Runs a tool of node_modules with its output shown; true when it ended well. */
export function runTool(name, args, env = {}) {
  const { status } = spawnSync(join(root, 'node_modules', '.bin', name), args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  });
  return status === 0;
}

/** Builds and runs the tests: how many passed, what failed by name, what was skipped and why. */
export function runTests(args = []) {
  if (!runTool('tsc', ['-b', 'tsconfig.src.json'])) return { passed: 0, failed: ['the build'], skipped: [] };
  const directory = mkdtempSync(join(tmpdir(), 'malha-tally-'));
  const tallyFile = join(directory, 'tally.json');
  try {
    const reporters = ['--reporter=default', `--reporter=${join(root, 'scripts', 'tally-reporter.mjs')}`];
    const ok = runTool('vitest', ['run', ...reporters, ...args], { TALLY_FILE: tallyFile });
    const tally = readTally(tallyFile);
    if (!ok && tally.failed.length === 0) tally.failed.push('Vitest ended with an error');
    return tally;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Prints the closing line, the names above it, and returns the exit code. */
export function close({ passed, failed, skipped }) {
  for (const { name, file, note } of skipped)
    console.log(`skipped: ${file}: ${name}${note ? `: ${note}` : ''}`);
  for (const name of failed) console.log(`failed: ${name}`);
  const counts = [`${passed} passed`, `${failed.length} failed`];
  if (skipped.length > 0) counts.push(`${skipped.length} skipped`);
  console.log(`tests: ${counts.join(', ')}`);
  return failed.length === 0 && passed > 0 ? 0 : 1;
}

function readTally(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { passed: 0, failed: ['Vitest ended before it had counted'], skipped: [] };
  }
}
