/**
 * `malha status`: asks nodes, judges, says it in one sentence and a table. Exit 1 unless healthy.
 */

import { parseSeconds } from '../arguments.js';
import { nodeUrls } from '../node-urls.js';
import { askNodes } from '../status/ask.js';
import { judge, type NodeReport, type Verdict } from '../status/verdict.js';
import { type Paint, paintWith, table } from '../terminal.js';
import { EXIT_FAILED, EXIT_OK, type Flags, sayFaults, wantsColour } from '../world.js';

const ASK_AGAIN_MS = 250;

export async function statusCommand(flags: Flags): Promise<number> {
  const faults: string[] = [];
  const timeoutMs = parseSeconds('timeout', flags.timeout ?? '60', faults) * 1_000;
  const urls = nodeUrls(flags, faults);
  if (faults.length > 0) return sayFaults(faults);

  const giveUpAtMs = performance.now() + timeoutMs;
  for (;;) {
    const reports = await askNodes(urls);
    const verdict = judge(reports);
    const healthy = verdict.state === 'healthy';
    if (healthy || flags.wait === undefined || performance.now() >= giveUpAtMs) {
      print(reports, verdict, flags.json !== undefined);
      return healthy ? EXIT_OK : EXIT_FAILED;
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  }
}

function print(reports: readonly NodeReport[], verdict: Verdict, json: boolean): void {
  if (json) {
    process.stdout.write(
      `${JSON.stringify({ ...verdict, healthy: verdict.state === 'healthy', nodes: reports })}\n`,
    );
    return;
  }
  const paint = paintWith(wantsColour(process.stdout));
  const colour = verdict.state === 'healthy' ? 'green' : verdict.state === 'degraded' ? 'yellow' : 'red';
  process.stdout.write(`${paint(colour, verdict.sentence)}\n\n${nodeTable(reports, paint).join('\n')}\n`);
}

/** One row a node that was asked. */
export function nodeTable(reports: readonly NodeReport[], paint: Paint): readonly string[] {
  const rows = reports.map(({ url, status, fault }) =>
    status === null
      ? [url, '', paint('red', fault)]
      : [
          url,
          status.company,
          status.ready ? status.role : paint('yellow', `${status.role}, not ready`),
          String(status.term),
          String(status.commitIndex),
          String(status.appliedIndex),
          String(status.totals?.openReservations ?? '?'),
        ],
  );
  return table(['node', 'company', 'role', 'term', 'commit', 'applied', 'open'], rows, [3, 4, 5, 6]);
}
