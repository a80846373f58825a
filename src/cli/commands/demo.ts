/**
 * `malha demo`: checks what can be checked before anything is touched, runs a mesh, and says how it went.
 */
import { prepareDataDirectory } from '../demo/data-directory.js';
import { layOut } from '../demo/layout.js';
import { openLedgerTime } from '../demo/ledger-time.js';
import { demoOptions } from '../demo/options.js';
import { Demo, demoDataSet } from '../demo/run-demo.js';
import { type DemoSummary, summaryLines } from '../demo/summary.js';
import { takenAmong } from '../ports.js';
import { listenForStop } from '../stop-signals.js';
import { paintWith } from '../terminal.js';
import { EXIT_FAILED, EXIT_OK, type Flags, say, sayFaults, wantsColour } from '../world.js';

/** Returns 0 when all went well, or when it was asked to end. */
export async function demoCommand(flags: Flags): Promise<number> {
  const options = demoOptions(flags);
  if ('faults' in options) return sayFaults(options.faults);
  for (const warning of options.warnings) say(`malha: ${warning}`);
  const dataSet = await demoDataSet(options.settings.seed);
  const known = dataSet?.companies.map(({ id }) => id) ?? [];
  const nodes = layOut(options.companies, known, options.directory);

  const listeners = nodes.flatMap(({ company, rest, grpc, mqtt }) => [
    { ...rest, use: `REST of ${company}` },
    { ...grpc, use: `gRPC of ${company}` },
    { ...mqtt, use: `MQTT of ${company}` },
  ]);
  const taken = await takenAmong(listeners);
  for (const { port, use } of taken) say(`malha: port ${port} is taken (${use}): end what listens there`);
  if (taken.length > 0) return EXIT_FAILED;
  const companies = nodes.map(({ company }) => company);
  const refusal = prepareDataDirectory(options.directory, companies, options.fresh);
  if (refusal !== undefined) {
    say(`malha: ${refusal}`);
    return EXIT_FAILED;
  }

  const time = openLedgerTime(options.directory, options.speed, Date.now);
  const demo = new Demo(options, nodes, time, dataSet);
  const stop = listenForStop(() => demo.kill());
  try {
    const summary = await demo.run(stop.signal);
    if (summary === undefined) return EXIT_OK;
    print(summary, options.json);
    return summary.ok || stop.signal.aborted ? EXIT_OK : EXIT_FAILED;
  } finally {
    time.close();
    stop.release();
  }
}

function print(summary: DemoSummary, json: boolean): void {
  const text = json
    ? JSON.stringify(summary)
    : summaryLines(summary, paintWith(wantsColour(process.stdout))).join('\n');
  process.stdout.write(`${text}\n`);
}
