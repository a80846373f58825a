#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const entry = new URL('../dist/cli/main.js', import.meta.url);

if (existsSync(fileURLToPath(entry))) {
  // Whoever reads the output may stop reading (`malha status | head -1`): no reason to fail.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const { main } = await import(entry.href);
  const exitCode = await main(process.argv.slice(2));
  // What was written to a pipe must be out before the process ends, whatever handles are still open.
  process.stdout.write('', () => process.exit(exitCode));
} else {
  process.stderr.write('malha: not built yet: run "make build" first\n');
  process.exitCode = 1;
}
