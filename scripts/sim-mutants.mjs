/**
 * The mutation proof of the simulator: plants each bug of test/sim/mutants.mjs into a copy of the tree and looks for the
 * first seed that finds it.
 *
 *   node scripts/sim-mutants.mjs [words of a mutant's name]
 *
 * SEEDS: how many are tried (200). MESSAGES: how many are delivered in each (20,000). Ends with
 * `mutants: N found, N survived`; exit code 0 when none survived.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mutants } from '../test/sim/mutants.mjs';
import { copyTree, misfitsOf, plant } from './mutant-tree.mjs';
import { buildSimulator, root } from './sim-build.mjs';
import { runSeeds } from './sim-seeds.mjs';

const MESSAGES = Number(process.env.MESSAGES ?? 20_000);
/** A bug may also let a mesh run in circles. */
const SEED_MS_MAX = 120_000;

process.exitCode = await main(process.argv.slice(2).join(' '), Number(process.env.SEEDS ?? 200));

async function main(wanted, seeds) {
  // A patch that no longer fits is found before the first one is tried.
  const misfits = mutants.flatMap(({ name, edits }) =>
    misfitsOf(root, edits).map((why) => `${name}: ${why}`),
  );
  if (misfits.length > 0) throw new Error(misfits.join('\n'));
  let found = 0;
  let survived = 0;
  for (const mutant of mutants.filter(({ name }) => name.includes(wanted))) {
    const finding = await tryMutant(mutant, seeds);
    if (finding === null) survived += 1;
    else found += 1;
    const verdict =
      finding === null ? `SURVIVED ${seeds} seeds` : `seed ${finding.seed}: ${finding.invariant}`;
    console.log(`| ${mutant.name} | ${verdict} |`);
  }
  console.log(`mutants: ${found} found, ${survived} survived`);
  return survived === 0 && found > 0 ? 0 : 1;
}

/** The first seed that finds `mutant`, with the invariant that broke; null when none does. */
async function tryMutant(mutant, seeds) {
  const tree = mkdtempSync(join(tmpdir(), 'malha-mutant-'));
  try {
    copyTree(root, tree, ['src', 'test/sim', 'test/checker', 'tsconfig.base.json', 'package.json']);
    plant(tree, mutant.edits);
    const worker = buildSimulator(tree, { out: join(tree, 'out'), check: false });
    if (worker === null) throw new Error(`${mutant.name}: does not compile`);
    let finding = null;
    await runSeeds({
      worker,
      first: 1,
      count: seeds,
      messages: MESSAGES,
      seedMsMax: SEED_MS_MAX,
      onReport: ({ seed, violation }) => {
        if (violation === null) return false;
        if (finding === null || seed < finding.seed) finding = { seed, invariant: violation.invariant };
        return true;
      },
    });
    return finding;
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}
