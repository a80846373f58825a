/**
 * Compiles the simulator, and with it what it simulates, from any tree that has both.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's own tree. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Compiles the simulator of `tree`, which must see the project's node_modules, to `out`. Returns the worker's path, or
 * null when it does not compile: the compiler has said why.
 */
export function buildSimulator(
  tree = root,
  { out = join(root, 'node_modules', '.cache', 'sim'), check = true } = {},
) {
  const tsc = join(root, 'node_modules', '.bin', 'tsc');
  const args = ['-p', join(tree, 'test', 'sim'), '--outDir', out, ...(check ? [] : ['--noCheck'])];
  const { status } = spawnSync(tsc, args, { stdio: 'inherit' });
  if (status !== 0) return null;
  // Below node_modules no package.json of ours says what kind of modules these are.
  writeFileSync(join(out, 'package.json'), '{ "type": "module" }\n');
  return join(out, 'test', 'sim', 'worker.js');
}
