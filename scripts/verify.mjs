/**
 * What CI checks, all of it even when something fails: generated code is current, lint and format, wire formats,
 * types, tests. A failed check counts as failed in the closing line.
 */
import { generatedCodeIsCurrent } from './check-generated.mjs';
import { close, runTests, runTool } from './test-run.mjs';

const CHECKS = [
  ['generated code is current', generatedCodeIsCurrent],
  ['lint and format', () => runTool('biome', ['check', '--error-on-warnings', '.'])],
  ['wire formats', () => runTool('buf', ['lint']) && runTool('buf', ['format', '--diff', '--exit-code'])],
  [
    'nothing on the wire or in the log breaks',
    () => runTool('buf', ['breaking', '--against', 'proto/baseline.binpb']),
  ],
  ['types', () => runTool('tsc', ['-b'])],
];

const failedChecks = [];
for (const [name, check] of CHECKS) {
  console.log(`verify: ${name}`);
  if (!check()) failedChecks.push(name);
}
console.log('verify: tests');
const tally = runTests();
process.exitCode = close({ ...tally, failed: [...failedChecks, ...tally.failed] });
