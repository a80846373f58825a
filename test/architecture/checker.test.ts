/**
 * The rules of the architecture, proved on small planted violations: a rule that finds nothing holds nothing.
 */
import { describe, expect, it } from 'vitest';
import { barrels, forbiddenImports, importCycles } from './layers.js';
import { bigintUsers, environmentReaders, impurities, longFiles } from './purity.js';
import { parseSource, readSourceTree } from './source.js';

function impuritiesOf(text: string, path = 'ledger/apply.ts') {
  return impurities([parseSource(path, text)]);
}

describe('the import table', () => {
  it.each([
    [
      'raft/log.ts',
      "import { apply } from '../ledger/apply.js';",
      'raft/log.ts must not import ledger/apply.ts at run time',
    ],
    [
      'raft/log.ts',
      "import type { Point } from '../ledger/state.js';",
      'raft/log.ts must not import ledger/state.ts',
    ],
    [
      'raft/log.ts',
      "import { readFileSync } from 'node:fs';",
      'raft/log.ts must not import node:fs at run time',
    ],
    [
      'raft/log.ts',
      "import type { Logger } from '../observe/logger.js';",
      'raft/log.ts must not import observe/logger.ts',
    ],
    [
      'ledger/a.ts',
      "type A = import('../raft/entry.js').Entry;",
      'ledger/a.ts must not import raft/entry.ts',
    ],
    [
      'replica/a.ts',
      "export { open } from '../storage/log.js';",
      'replica/a.ts must not import storage/log.ts at run time',
    ],
    [
      'gateway/a.ts',
      "const { Replica } = await import('../replica/replica.js');",
      'gateway/a.ts must not import replica/replica.ts at run time',
    ],
    [
      'gateway/a.ts',
      "import { apply } from '../ledger/apply.js';",
      'gateway/a.ts must not import ledger/apply.ts at run time',
    ],
    ['gateway/a.ts', "import { connect } from 'mqtt';", 'gateway/a.ts must not import mqtt at run time'],
    [
      'vehicle/a.ts',
      "import type { Point } from '../ledger/state.js';",
      'vehicle/a.ts must not import ledger/state.ts',
    ],
    [
      'storage/a.ts',
      "import { f } from '../cli/world.js';",
      'storage/a.ts must not import cli/world.ts at run time',
    ],
    ['elsewhere/a.ts', '', 'elsewhere/a.ts: elsewhere/ is not in the import table'],
  ])('refuses in %s: %s', (path, text, complaint) => {
    expect(forbiddenImports([parseSource(path, text)])).toEqual([complaint]);
  });

  it.each([
    ['raft/log.ts', "import { append } from './append.js';"],
    ['gateway/a.ts', "import type { Point } from '../ledger/state.js';"],
    ['gateway/a.ts', "import { type Point } from '../ledger/state.js'; import fastify from 'fastify';"],
    ['replica/a.ts', "import { apply } from '../ledger/apply.js';"],
    ['cli/node/a.ts', "import { Replica } from '../../replica/replica.js'; import { pino } from 'pino';"],
    ['gen/malha/a.ts', "import { BinaryReader } from '@bufbuild/protobuf/wire';"],
  ])('allows in %s: %s', (path, text) => {
    expect(forbiddenImports([parseSource(path, text)])).toEqual([]);
  });

  it('finds a circle of imports, also one of types', () => {
    const sources = [
      parseSource('raft/a.ts', "import type { B } from './b.js';"),
      parseSource('raft/b.ts', "import { c } from './deep/c.js';"),
      parseSource('raft/deep/c.ts', "import { a } from '../a.js';"),
    ];
    expect(importCycles(sources)).toEqual(['raft/a.ts -> raft/b.ts -> raft/deep/c.ts -> raft/a.ts']);
    expect(importCycles(sources.slice(0, 2))).toEqual([]);
  });

  it.each([
    ['raft/all.ts', "export * from './a.js'; export const own = 1;"],
    ['raft/some.ts', "export { a } from './a.js'; export type { B } from './b.js';"],
    ['raft/imports.ts', "import './c.js'; export { a } from './a.js';"],
    ['raft/index.ts', 'export const a = 1;'],
  ])('finds the barrel %s', (path, text) => {
    expect(barrels([parseSource(path, text)])).toEqual([`${path} is a barrel`]);
  });

  it('lets a file with something of its own name types of its neighbours', () => {
    const text = "export type { B } from './b.js'; export class A {}";
    expect(barrels([parseSource('raft/a.ts', text), parseSource('raft/empty.ts', '')])).toEqual([]);
  });
});

describe('the purity of the cores', () => {
  it.each([
    ['Date', 'const at = Date.now();'],
    ['Date', 'const make = () => new Date();'],
    ['Math.random', 'const coin = Math.random() < 1;'],
    ['performance', 'performance.now();'],
    ['setTimeout', 'setTimeout(() => {}, 5);'],
    ['process', 'process.exit(1);'],
    ['globalThis', "globalThis['Date'].now();"],
    ['fetch', 'fetch(url);'],
    ['Promise', 'export const later = Promise.resolve(1);'],
    ['async code', 'async function f() {}'],
    ['async code', 'const f = async () => {};'],
    ['import()', "import('./x.js');"],
    ['Intl', 'new Intl.NumberFormat();'],
    ['localeCompare', 'a.localeCompare(b);'],
    ['normalize', 'text.normalize();'],
    ['toFixed', 'n.toFixed(2);'],
    ['parseFloat', 'parseFloat(text);'],
    ['parseFloat', 'Number.parseFloat(text);'],
    ['Math.sin', 'Math.sin(1);'],
    ['Math.pow', 'Math.pow(2, 3);'],
    ['Math.round', "Math['round'](x);"],
    ['**', 'const n = 10 ** 3;'],
    ['the fraction 0.5', 'const half = 0.5;'],
    ['a division that is not rounded at once', 'const half = n / 2;'],
    ['a Unicode property in a pattern', 'const letter = /\\p{L}/u;'],
  ])('finds %s in: %s', (what, text) => {
    expect(impuritiesOf(text)).toEqual([`ledger/apply.ts uses ${what}`]);
  });

  it.each([
    'const middle = Math.floor((low + high) / 2); const n = Math.max(1, 2 ** 31);',
    'interface Row { readonly process: string; readonly Date: number } const row = { process: 1, Date: 2 }; row.Date;',
    'type Later = Promise<void>;',
    "const id = /[a-z]/u; const big = 1_000; const text = 'Date.now() is not called here';",
    '// Date.now() in a comment',
  ])('is silent about: %s', (text) => {
    expect(impuritiesOf(text)).toEqual([]);
  });

  it('lets the planner compute with fractions but not read the clock', () => {
    expect(impuritiesOf('const x = Math.sin(0.5) / 2;', 'planner/energy.ts')).toEqual([]);
    expect(impuritiesOf('Date.now();', 'planner/energy.ts')).toEqual(['planner/energy.ts uses Date']);
  });

  it('lets the replica wait for its ports, but have time and chance handed in', () => {
    const text = 'async function f() { await port.save(0.5); } Promise.all([]); createHash("sha256");';
    expect(impuritiesOf(text, 'replica/turn.ts')).toEqual([]);
    for (const world of ['Date', 'performance', 'Math.random', 'randomBytes', 'process']) {
      expect(impuritiesOf(`${world}();`, 'replica/turn.ts')).toEqual([`replica/turn.ts uses ${world}`]);
    }
  });

  it('leaves the other layers the world', () => {
    expect(impuritiesOf('setTimeout(() => Date.now(), Math.random());', 'transport/link.ts')).toEqual([]);
  });
});

describe('the rules for single files', () => {
  it.each([
    ['process.env.HOME;', 'reads process.env'],
    ["process['env'];", 'reads process.env'],
    ['const { env } = process;', 'takes process apart'],
    ["import { env } from 'node:process';", 'imports node:process'],
  ])('finds who reads the environment: %s', (text, complaint) => {
    expect(environmentReaders([parseSource('gateway/a.ts', text)])).toEqual([`gateway/a.ts ${complaint}`]);
    expect(environmentReaders([parseSource('cli/world.ts', text)])).toEqual([]);
  });

  it.each(['interface A { n: bigint }', 'const n = 1n;', 'const n = BigInt(1);'])(
    'finds 64-bit numbers: %s',
    (text) => {
      expect(bigintUsers([parseSource('raft/a.ts', text)])).toEqual(['raft/a.ts has a bigint']);
      expect(bigintUsers([parseSource('codec/a.ts', text)])).toEqual([]);
    },
  );

  it('counts lines, generated files aside', () => {
    const text = 'const a = 1;\n'.repeat(3);
    expect(longFiles([parseSource('raft/a.ts', text)], 2)).toEqual(['raft/a.ts has 3 lines']);
    expect(longFiles([parseSource('raft/a.ts', text), parseSource('gen/a.ts', text)], 3)).toEqual([]);
  });

  it('sees the real tree', () => {
    const paths = readSourceTree().map((source) => source.path);
    expect(paths).toContain('raft/entry.ts');
    expect(paths).toContain('cli/main.ts');
  });
});
