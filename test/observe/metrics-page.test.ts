/** What `docs/metrics.md` promises is what a node tells, and nothing else. */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { SERIES } from '../../src/observe/history/series.js';
import { NodeMetrics } from '../../src/observe/metrics/node-metrics.js';

const PAGE = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');

/** The rows of all tables with that header, cells without their marks. */
function rowsUnder(header: string): readonly (readonly string[])[] {
  return PAGE.split(`${header}\n`)
    .slice(1)
    .flatMap((rest) => {
      const lines = rest.split('\n').slice(1);
      const end = lines.findIndex((line) => !line.startsWith('|'));
      return lines.slice(0, end < 0 ? lines.length : end);
    })
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.replaceAll('`', '').trim()),
    );
}

const metrics = new NodeMetrics({ version: '0.0.0', company: 'empresa_a' });
metrics.measureProcess();
afterAll(() => metrics.stop());

/** As prom-client keeps them; its types leave the labels out. */
const FAMILIES = metrics.registry.getMetricsAsArray() as unknown as readonly {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly labelNames: readonly string[];
}[];

describe('docs/metrics.md', () => {
  it('has every metric of a node, and no other, with its type and labels', () => {
    const told = FAMILIES.map(({ name, type, labelNames }) => `${name} ${type} ${labelNames.join(', ')}`);
    const written = rowsUnder('| name | type | unit | labels | meaning |').map(
      ([name, type, , labels]) => `${name} ${type} ${labels}`,
    );
    expect(written.length).toBeGreaterThan(70);
    expect([...written].sort()).toEqual([...told].sort());
  });

  it('gives each a unit that its name agrees with, and a meaning', () => {
    for (const [name, type, unit, , meaning] of rowsUnder('| name | type | unit | labels | meaning |')) {
      const said = /_(seconds|bytes|entries)(?:_total)?$/.exec(name!)?.[1];
      if (said !== undefined) expect(unit, name).toBe(said);
      expect(unit, name).not.toBe('');
      expect(meaning, name).not.toBe('');
      expect(name!.endsWith('_total'), name).toBe(type === 'counter');
    }
  });

  it('has every series of the built-in history in its order, with unit and meaning', () => {
    const written = rowsUnder('| series | unit | meaning |');
    const plain = (text: string) => text.toLowerCase().replace(/\.$/, '');
    expect(written.map(([name, unit, meaning]) => `${name} ${unit} ${meaning!.toLowerCase()}`)).toEqual(
      SERIES.map(({ name, unit, meaning }) => `${name} ${unit} ${plain(meaning)}`),
    );
  });
});

describe('the series of the history', () => {
  it('are each of a metric that there is, by labels that it has', () => {
    for (const { name, reading } of SERIES) {
      const family = FAMILIES.find((each) => each.name === reading.metric);
      expect(family, name).toBeDefined();
      for (const label of Object.keys(reading.where ?? {})) expect(family!.labelNames, name).toContain(label);
      const type = { value: ['gauge'], rate: ['counter', 'gauge', 'histogram'], quantile: ['histogram'] };
      expect(type[reading.kind], name).toContain(family!.type);
    }
  });

  it('have names of their own', () => {
    expect(new Set(SERIES.map(({ name }) => name)).size).toBe(SERIES.length);
  });
});
