/** The report of a run as files: `report.json` for programs, `report.html` for people. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FaultKind } from '../fault.js';
import type { ChaosReport } from '../run-chaos.js';
import { byKind } from './by-kind.js';
import { page } from './page.js';

export interface ReportTerms {
  /** The folder. */
  readonly out: string;
  /** The command that repeats the run. */
  readonly again: string;
  readonly impossible: ReadonlyMap<FaultKind, string>;
}

export async function writeReport(
  report: ChaosReport,
  { out, again, impossible }: ReportTerms,
): Promise<void> {
  const verdict = report.verdict === null ? null : { ...report.verdict, counts: [...report.verdict.counts] };
  const json = {
    passed: report.failures.length === 0,
    again,
    ...report,
    verdict,
    byKind: byKind(report),
    impossible: Object.fromEntries(impossible),
  };
  await writeFile(join(out, 'report.json'), `${JSON.stringify(json, null, 1)}\n`);
  await writeFile(join(out, 'report.html'), page(report, again, impossible));
}
