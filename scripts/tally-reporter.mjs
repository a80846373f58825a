/**
 * A Vitest reporter that writes what was counted to the file of `TALLY_FILE`, for scripts/test-run.mjs: the JSON
 * reporter leaves out why a test was skipped.
 */
import { writeFileSync } from 'node:fs';

export default class TallyReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const tally = { passed: 0, failed: [], skipped: [] };
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state, note } = test.result();
        if (state === 'passed') tally.passed += 1;
        else if (state === 'skipped') tally.skipped.push({ name: test.fullName, file: fileOf(module), note });
        else
          tally.failed.push(
            `${fileOf(module)}: ${test.fullName}${state === 'pending' ? ' (did not end)' : ''}`,
          );
      }
      for (const suite of [module, ...module.children.allSuites()]) {
        // A file that does not load, or a hook that throws, fails without a failed test of its own.
        for (const error of suite.errors()) tally.failed.push(`${fileOf(module)}: ${firstLine(error)}`);
      }
    }
    for (const error of unhandledErrors) tally.failed.push(`outside of any test: ${firstLine(error)}`);
    writeFileSync(process.env.TALLY_FILE, JSON.stringify(tally));
  }
}

function fileOf(module) {
  return module.relativeModuleId;
}

function firstLine(error) {
  return String(error?.message ?? error).split('\n')[0];
}
