/**
 * Generates the code of `proto/` into a directory beside the tree and compares it with `src/gen`, byte by byte.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runTool } from './test-run.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** True when `src/gen` is what `make gen` would write; says what differs otherwise. */
export function generatedCodeIsCurrent() {
  const directory = mkdtempSync(join(tmpdir(), 'malha-gen-'));
  try {
    if (!runTool('buf', ['generate', '--output', directory])) return false;
    const wanted = filesIn(join(directory, 'src', 'gen'));
    const present = filesIn(join(root, 'src', 'gen'));
    const paths = new Set([...wanted.keys(), ...present.keys()]);
    const stale = [...paths].filter((path) => wanted.get(path) !== present.get(path)).sort();
    for (const path of stale) console.log(`src/gen/${path} is not what proto/ says: run "make gen"`);
    return stale.length === 0;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function filesIn(directory) {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return new Map(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(directory.length + 1), readFileSync(path, 'utf8')]),
  );
}
