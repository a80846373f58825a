/** The report of a run as one HTML file that needs nothing from elsewhere and runs no script. */
import type { FaultKind } from '../fault.js';
import type { ChaosReport } from '../run-chaos.js';
import { byKind } from './by-kind.js';
import { plain, timeline } from './timeline.js';

const STYLE = `
body{font:15px/1.5 system-ui,sans-serif;margin:2rem;color:#1c2733;background:#fff}
h1{font-size:1.4rem;margin:0 0 .2rem} h2{font-size:1.05rem;margin:1.8rem 0 .4rem}
.verdict{display:inline-block;padding:.15rem .7rem;border-radius:1rem;color:#fff;background:#1a7f4b}
.verdict.failed{background:#b3261e} .scroll{overflow-x:auto;border:1px solid #d9e0e6;border-radius:6px;padding:.4rem}
table{border-collapse:collapse} td,th{padding:.15rem .8rem .15rem 0;text-align:left;border-bottom:1px solid #e7ecf0}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums} code,pre{font-family:ui-monospace,monospace;font-size:.9em}
pre{white-space:pre-wrap} .line{fill:none;stroke:#2563a8;stroke-width:1.2} .shade{fill:#f3e3c3;opacity:.55}
.bar{fill:#c77d0a} .failed.bar,.failed.shade{fill:#b3261e} .label,.tick{font:11px system-ui,sans-serif;fill:#1c2733}
.title{font:bold 12px system-ui,sans-serif;fill:#1c2733}`;

export function page(report: ChaosReport, again: string, impossible: ReadonlyMap<FaultKind, string>): string {
  const { schedule, quiet, overall, counts, verdict, failures, durationMs } = report;
  const passed = failures.length === 0;
  const facts: readonly (readonly [string, string])[] = [
    ['schedule', `${schedule.name}, ${schedule.nodes} nodes`],
    ['again', again],
    ['length', `${(durationMs / 1_000).toFixed(1)} s`],
    ['attempts', `${counts.answer} answered, ${counts.unknown} unknown, ${counts.denied} denied`],
    [
      'by door',
      Object.entries(report.doors)
        .map(([door, n]) => `${door} ${n}`)
        .join(', '),
    ],
    [
      'without faults',
      `${quiet.perSecond.toFixed(0)} operations/s, p50 ${quiet.p50Ms} ms, p99 ${quiet.p99Ms} ms`,
    ],
    ['over all', `${overall.perSecond.toFixed(0)} operations/s, p99 ${overall.p99Ms} ms`],
  ];
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>malha chaos: ${plain(schedule.name)}</title><style>${STYLE}</style></head><body>
<h1>malha chaos <span class="verdict${passed ? '' : ' failed'}">${passed ? 'passed' : 'failed'}</span></h1>
${table(
  [],
  facts.map(([name, value]) => [name, value]),
)}
${passed ? '' : `<h2>Why it failed</h2><pre>${plain(failures.join('\n'))}</pre>`}
<h2>Timeline</h2><div class="scroll">${timeline(report)}</div>
<h2>Faults by kind</h2>
${table(
  ['kind', 'times', 'unavailable, median ms', 'most ms', 'back after, median ms'],
  byKind(report).map((each) => [
    each.kind,
    each.times,
    each.medianUnavailableMs,
    each.mostUnavailableMs,
    each.medianRecoveryMs,
  ]),
)}
<h2>Faults</h2>
${table(
  ['at, s', 'kind', 'ms', 'unavailable, ms', 'operations/s', 'p99, ms', 'what happened'],
  report.faults.map(({ fault, fromMs, toMs, evidence, failure, numbers }) => [
    Number((fromMs / 1_000).toFixed(1)),
    fault.step === undefined ? fault.kind : `${fault.kind} (${fault.step})`,
    toMs - fromMs,
    numbers.unavailableMs,
    Math.round(numbers.perSecond),
    numbers.p99Ms,
    evidence + failure,
  ]),
)}
${impossible.size === 0 ? '' : `<h2>Not possible here</h2>${table([], [...impossible])}`}
<h2>The checker</h2>
${
  verdict === null
    ? '<p>could not judge</p>'
    : table([], Object.entries(verdict.checked)) +
      (
        verdict.anomalies.length === 0
          ? '<p>No anomaly.</p>'
          : `<pre>${plain(verdict.anomalies.map(({ kind, detail }) => `${kind}: ${detail}`).join('\n'))}</pre>`
      )
}
</body></html>
`;
}

function table(heads: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const isNumber = (column: number): boolean => typeof rows[0]?.[column] === 'number';
  const cell = (tag: string, value: string | number, column: number): string =>
    `<${tag}${isNumber(column) ? ' class="n"' : ''}>${plain(String(value))}</${tag}>`;
  const head = heads.length === 0 ? '' : `<tr>${heads.map((each, k) => cell('th', each, k)).join('')}</tr>`;
  const body = rows.map((row) => `<tr>${row.map((value, k) => cell('td', value, k)).join('')}</tr>`);
  return `<table>${head}${body.join('')}</table>`;
}
