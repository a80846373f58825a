/** A report in a few lines for a terminal. */
import type { ChaosReport } from '../run-chaos.js';
import { byKind } from './by-kind.js';

export function linesOf(report: ChaosReport): readonly string[] {
  const { quiet, counts, verdict, failures, durationMs, doors } = report;
  const checked = verdict?.checked;
  return [
    `${(durationMs / 1_000).toFixed(0)} s; ${counts.answer} answers, ${counts.unknown} unknown, ${counts.denied} denied; ` +
      Object.entries(doors)
        .map(([door, attempts]) => `${door} ${attempts}`)
        .join(', '),
    `without faults: ${quiet.perSecond.toFixed(0)} operations/s, p50 ${quiet.p50Ms} ms, p99 ${quiet.p99Ms} ms, ` +
      `longest without an answer ${quiet.unavailableMs} ms`,
    ...byKind(report).map(
      ({ kind, times, medianUnavailableMs, mostUnavailableMs }) =>
        `${String(times).padStart(4)} ${kind}: unavailable ${medianUnavailableMs} ms (median), ${mostUnavailableMs} ms (most)`,
    ),
    checked === undefined
      ? 'the checker could not judge'
      : `checked ${checked.entries} entries, ${checked.answers} answers, ${checked.unknown} unknown of which ` +
        `${checked.unknownInLog} in the log, ${checked.linearizableReads} linearizable and ${checked.staleReads} stale reads`,
    ...(verdict?.anomalies ?? []).map(({ kind, detail }) => `ANOMALY ${kind}: ${detail}`),
    ...failures.map((failure) => `FAILED: ${failure}`),
  ];
}
