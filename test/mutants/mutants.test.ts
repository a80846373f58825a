/**
 * What `make mutants` needs, held by every run of the tests: a scenario without a mutant or without a test that carries its
 * number would be proved by nothing, and so would a mutant that does not fit the tree any more.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

interface Edit {
  readonly file: string;
  readonly search: string;
  readonly replace: string;
}

interface Mutant {
  readonly scenario: string;
  readonly takesOut: string;
  readonly edits: readonly Edit[];
  readonly tests: readonly string[];
}

const root = fileURLToPath(new URL('../..', import.meta.url));

// Plain modules without types: `make mutants` runs them as they are.
const load = (path: string): Promise<unknown> => import(join(root, path));
const { mutants } = (await load('test/mutants/mutants.mjs')) as { readonly mutants: readonly Mutant[] };
const { SCENARIOS, carries } = (await load('test/mutants/scenarios.mjs')) as {
  readonly SCENARIOS: readonly string[];
  carries(name: string, scenario: string): boolean;
};
const { misfitsOf } = (await load('scripts/mutant-tree.mjs')) as {
  misfitsOf(tree: string, edits: readonly Edit[]): readonly string[];
};

/** The names that stand in a test file, or in the contract suites that it runs, one for each test or group of tests. */
function titlesIn(file: string): readonly string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const suites = [...text.matchAll(/Contract\b.* from '\.\.\/contracts\/([\w-]+)\.js'/g)].map(
    ([, name]) => `test/contracts/${name}.ts`,
  );
  const own = [...text.matchAll(/\b(?:describe|it|test)(?:\.\w+)*(?:<[^>]*>)?\(\s*(['"`])(.*?)\1/gs)];
  // A table of cases gives its rows to the title.
  const rows = [...text.matchAll(/^\s*\[\s*'(.*?)',/gm)];
  return [
    ...own.map(([, , title]) => title!),
    ...rows.map(([, title]) => title!),
    ...(file.startsWith('test/contracts/') ? [] : suites.flatMap(titlesIn)),
  ];
}

const page = readFileSync(join(root, 'docs/testing.md'), 'utf8');

const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.test.ts') && !path.startsWith('mutants'))
  .map((path) => `test/${path}`)
  .sort();
const titles = files.flatMap(titlesIn);

describe('the scenarios', () => {
  it('are 28 of consensus, 6 of clients and the state machine, 7 of disks', () => {
    expect(SCENARIOS).toHaveLength(41);
    expect([SCENARIOS[0], SCENARIOS[27], SCENARIOS[28], SCENARIOS[33], SCENARIOS[34], SCENARIOS[40]]).toEqual(
      ['C1', 'C28', 'S1', 'S6', 'D1', 'D7'],
    );
  });

  it.each(SCENARIOS)('%s has a test with its number in its name, and a mutant', (scenario) => {
    expect(titles.filter((title) => carries(title, scenario))).not.toEqual([]);
    expect(mutants.filter((mutant) => mutant.scenario === scenario)).not.toEqual([]);
  });

  it('stand in docs/testing.md, each with files that hold tests of it', () => {
    for (const scenario of SCENARIOS) {
      const [row = ''] = page.split('\n').filter((line) => line.startsWith(`| ${scenario} | `));
      const told = [...row.matchAll(/`([\w/-]+)`/g)].map(([, file]) => `test/${file}.test.ts`);
      const numbered = files.filter((file) => titlesIn(file).some((title) => carries(title, scenario)));
      expect(told, scenario).not.toEqual([]);
      expect(numbered).toEqual(expect.arrayContaining(told));
    }
  });
});

describe('the mutants', () => {
  it('belong to scenarios, and no two of one scenario say the same', () => {
    for (const { scenario } of mutants) expect(SCENARIOS).toContain(scenario);
    const names = mutants.map(({ scenario, takesOut }) => `${scenario}: ${takesOut}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it('fit the tree: each text to be replaced stands exactly once in its file', () => {
    const misfits = mutants.flatMap(({ scenario, takesOut, edits }) =>
      misfitsOf(root, edits).map((why) => `${scenario}, ${takesOut}: ${why}`),
    );
    expect(misfits).toEqual([]);
    expect(mutants.filter(({ edits }) => edits.length === 0)).toEqual([]);
  });

  it('name test files in which a test carries their number', () => {
    for (const { scenario, takesOut, tests } of mutants) {
      expect(tests, takesOut).not.toEqual([]);
      for (const file of tests) {
        const numbered = titlesIn(file).filter((title) => carries(title, scenario));
        expect(numbered, `${scenario}, ${takesOut}: ${file}`).not.toEqual([]);
      }
    }
  });

  it('stand in docs/testing.md, with what a run of them showed', () => {
    const missing = mutants
      .map(({ scenario, takesOut }) => `| ${scenario} | ${takesOut} | `)
      .filter((row) => !page.includes(row));
    expect(missing).toEqual([]);
    expect(page).not.toContain('SURVIVED');
  });

  it('that would not fit is told apart from one that does', () => {
    const edit = { file: 'raft/quorum.ts', search: 'export function majorityVote(', replace: '' };
    expect(misfitsOf(root, [edit])).toEqual([]);
    expect(misfitsOf(root, [{ ...edit, search: 'no such text' }])).toEqual([
      '"no such text" stands 0 times in raft/quorum.ts',
    ]);
    expect(misfitsOf(root, [{ ...edit, search: 'majorityVote(' }])[0]).toMatch(/stands [2-9] times/);
    expect(misfitsOf(root, [{ ...edit, replace: edit.search }])).toEqual([
      'raft/quorum.ts: nothing is changed',
    ]);
    expect(misfitsOf(root, [{ ...edit, file: 'raft/none.ts' }])).toEqual(['raft/none.ts does not exist']);
  });
});
