/** A run as a drawing: faults as bars, answers each second above them, how late they came below. Plain SVG. */
import type { ChaosReport } from '../run-chaos.js';

const LEFT = 60;
const RIGHT = 20;
const PLOT_HEIGHT = 150;
const GAP = 34;
const BAR_HEIGHT = 16;
const PIXELS_PER_SECOND = 14;
const WIDTH_LEAST = 900;

export function timeline(report: ChaosReport): string {
  const { durationMs, series, faults } = report;
  const plotWidth = Math.max(WIDTH_LEAST, (durationMs / 1_000) * PIXELS_PER_SECOND);
  const x = (ms: number): number => round(LEFT + (ms / durationMs) * plotWidth);
  const rows = rowsOf(faults);
  const barsTop = 2 * (PLOT_HEIGHT + GAP);
  const height = barsTop + rows.count * (BAR_HEIGHT + 4) + 40;
  const shades = faults
    .map(
      ({ fromMs, toMs, failure }) =>
        `<rect x="${x(fromMs)}" y="20" width="${Math.max(1, round(x(toMs) - x(fromMs)))}" height="${barsTop - 30}" class="${failure === '' ? 'shade' : 'shade failed'}"/>`,
    )
    .join('');
  const bars = faults
    .map(({ fault, fromMs, toMs, evidence, failure, numbers }, k) => {
      const y = barsTop + rows.of[k]! * (BAR_HEIGHT + 4);
      const width = Math.max(3, round(x(toMs) - x(fromMs)));
      const told = plain(
        `${fault.kind}: ${evidence}${failure} (${toMs - fromMs} ms, unavailable ${numbers.unavailableMs} ms)`,
      );
      return (
        `<g><title>${told}</title><rect x="${x(fromMs)}" y="${y}" width="${width}" height="${BAR_HEIGHT}" rx="3" class="${failure === '' ? 'bar' : 'bar failed'}"/>` +
        `<text x="${x(fromMs) + 4}" y="${y + 12}" class="label">${fault.kind}</text></g>`
      );
    })
    .join('');
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${round(LEFT + plotWidth + RIGHT)}" height="${height}" role="img" aria-label="timeline">` +
    shades +
    plot(
      'answers/s',
      20,
      x,
      series.map(({ atMs, perSecond }) => [atMs, perSecond] as const),
    ) +
    plot(
      'p99, ms',
      20 + PLOT_HEIGHT + GAP,
      x,
      series.map(({ atMs, p99Ms }) => [atMs, p99Ms] as const),
    ) +
    bars +
    seconds(durationMs, x, height - 14) +
    '</svg>'
  );
}

function plot(
  title: string,
  top: number,
  x: (ms: number) => number,
  points: readonly (readonly [ms: number, value: number])[],
): string {
  const most = Math.max(1, ...points.map(([, value]) => value));
  const y = (value: number): number => round(top + PLOT_HEIGHT - (value / most) * PLOT_HEIGHT);
  const line = points.map(([ms, value]) => `${x(ms)},${y(value)}`).join(' ');
  const marks = [0, 0.5, 1].map((part) => {
    const at = y(most * part);
    return `<text x="${LEFT - 6}" y="${at + 4}" class="tick" text-anchor="end">${Math.round(most * part)}</text>`;
  });
  return `<text x="${LEFT}" y="${top - 6}" class="title">${title}</text>${marks.join('')}<polyline points="${line}" class="line"/>`;
}

function seconds(durationMs: number, x: (ms: number) => number, y: number): string {
  const every = durationMs > 300_000 ? 60 : durationMs > 90_000 ? 10 : 5;
  const marks: string[] = [];
  for (let s = 0; s * 1_000 <= durationMs; s += every) {
    marks.push(`<text x="${x(s * 1_000)}" y="${y}" class="tick" text-anchor="middle">${s} s</text>`);
  }
  return marks.join('');
}

/** Which row each bar stands in, so that none covers another one or its name. */
function rowsOf(faults: ChaosReport['faults']): { readonly of: readonly number[]; readonly count: number } {
  const NAME_MS = 9_000;
  const busyUntilMs: number[] = [];
  const of = faults.map(({ fromMs, toMs }) => {
    const free = busyUntilMs.findIndex((untilMs) => untilMs <= fromMs);
    const row = free < 0 ? busyUntilMs.length : free;
    busyUntilMs[row] = Math.max(toMs, fromMs + NAME_MS);
    return row;
  });
  return { of, count: busyUntilMs.length };
}

/** Text as it may stand in HTML and in attributes. */
export function plain(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
