/**
 * The deterministic simulation from the command line (docs/testing.md):
 *
 *   make sim                      some seeds
 *   make sim SEEDS=500 FIRST=1    so many, from that one on; over all cores
 *   make sim SEED=42 TRACE=1      one, with everything that happens in it
 *
 * MESSAGES: how many are delivered before a seed is healed. Ends with `seeds: N passed, N failed`; exit code 0 when
 * none failed and, over many seeds, every kind of fault happened.
 */
import { buildSimulator } from './sim-build.mjs';
import { runSeeds } from './sim-seeds.mjs';

const MESSAGES = 20_000;
const SEEDS = 50;
/** From so many seeds on a kind of fault that never happened is a failure. */
const COVERAGE_SEEDS_MIN = 50;
/** What takes more of them. */
const COVERAGE_SEEDS_SELDOM = new Map([
  // A minute of ledger time must pass, and no clock jump past it.
  ['told that a hold expires soon', 200],
]);

process.exitCode = await main(process.env);

async function main({ SEED = '', SEEDS: seeds = '', FIRST = '', MESSAGES: messages = '', TRACE = '' }) {
  const worker = buildSimulator();
  if (worker === null) return close(0, 1);
  const size = numberOr(messages, MESSAGES);
  if (SEED !== '') return await one(worker, numberOr(SEED, 1), size, TRACE !== '' && TRACE !== '0');
  return await many(worker, numberOr(FIRST, 1), numberOr(seeds, SEEDS), size);
}

async function one(worker, seed, messages, trace) {
  const { runSeed } = await import(new URL('run-seed.js', `file://${worker}`).href);
  const options = trace ? { seed, messages, print: (line) => console.log(line) } : { seed, messages };
  const startMs = performance.now();
  const report = await runSeed(options);
  const seconds = (performance.now() - startMs) / 1_000;
  if (report.violation !== null) printFailure(report, messages);
  console.log(
    `seed ${seed}: ${report.delivered} messages in ${report.virtualSeconds.toFixed(1)} virtual seconds, ` +
      `${seconds.toFixed(1)} real ones; hash ${report.hash}`,
  );
  return report.violation === null ? close(1, 0) : close(0, 1);
}

async function many(worker, first, count, messages) {
  const totals = new Map();
  let passed = 0;
  let failed = 0;
  let delivered = 0;
  const startMs = performance.now();
  await runSeeds({
    worker,
    first,
    count,
    messages,
    onReport: (report) => {
      delivered += report.delivered;
      for (const [what, times] of Object.entries(report.counts)) {
        totals.set(what, (totals.get(what) ?? 0) + times);
      }
      if (report.violation === null) {
        passed += 1;
        return;
      }
      failed += 1;
      printFailure(report, messages);
    },
  });
  const seconds = (performance.now() - startMs) / 1_000;
  for (const [what, times] of totals) console.log(`${String(times).padStart(12)}  ${what}`);
  const rate = Math.round(delivered / seconds);
  console.log(`${delivered} messages in ${seconds.toFixed(1)} s: ${rate} messages/s over all cores`);
  const missing = [...totals].filter(([, times]) => times === 0).map(([what]) => what);
  if (missing.length > 0) console.log(`never happened: ${missing.join(', ')}`);
  const isBlind = missing.some((what) => count >= (COVERAGE_SEEDS_SELDOM.get(what) ?? COVERAGE_SEEDS_MIN));
  return close(passed, failed) || (isBlind ? 1 : 0);
}

function printFailure({ seed, violation }, messages) {
  const size = messages === MESSAGES ? '' : ` MESSAGES=${messages}`;
  console.log(
    `seed ${seed}: ${violation.invariant}: ${violation.detail}  (make sim SEED=${seed}${size} TRACE=1)`,
  );
}

function close(passed, failed) {
  console.log(`seeds: ${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

function numberOr(text, otherwise) {
  if (text === '') return otherwise;
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`not a whole number: ${text}`);
  return number;
}
