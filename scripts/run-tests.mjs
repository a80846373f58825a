/**
 * Builds, runs the tests, and ends with the closing line that CI reads:
 * `tests: N passed, N failed`, and `, N skipped` where some were, each with its reason above.
 *
 * What went wrong outside of a counted test (the build, a file that does not load, a stray error) counts as failed.
 * Arguments go to Vitest.
 */
import { close, runTests } from './test-run.mjs';

process.exitCode = close(runTests(process.argv.slice(2)));
