/** Runs the benchmark of scale, unless `make bench` was asked for something else. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { options } from './options.mjs';

const PROGRAM = fileURLToPath(new URL('scale.mjs', import.meta.url));

if (options().sections.has('scale')) {
  execFileSync(process.execPath, [PROGRAM, ...process.argv.slice(2)], { stdio: 'inherit' });
}
