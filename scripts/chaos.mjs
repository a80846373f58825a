/**
 * Chaos from the command line (docs/chaos.md):
 *
 *   make chaos                              a minute of faults from a seed that it tells
 *   make chaos SEED=7 SECONDS=300 NODES=5   those of a seed
 *   make chaos SCHEDULE=failpoints          a schedule with a name
 *
 * DIST names another build, OUT another folder for the report. Exit code 0 when the run passed.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = join(root, 'node_modules', '.cache', 'chaos');

const tsc = join(root, 'node_modules', '.bin', 'tsc');
const { status } = spawnSync(tsc, ['-p', join(root, 'test', 'chaos'), '--outDir', out], { stdio: 'inherit' });
if (status === 0) {
  // Below node_modules no package.json of ours says what kind of modules these are.
  writeFileSync(join(out, 'package.json'), '{ "type": "module" }\n');
  const { main } = await import(`file://${join(out, 'test', 'chaos', 'main.js')}`);
  process.exitCode = await main(process.env, root);
} else {
  process.exitCode = 1;
}
