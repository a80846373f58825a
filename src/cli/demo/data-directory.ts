/**
 * Where a demo keeps its data. The marker file says that malha made the directory: nothing without it is ever cleared.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const MARKER = 'malha-demo.json';
const FORMAT = 'malha-demo/1';

/** Prepares `directory` (absolute) for `companies`; `fresh` clears it first. Returns why it cannot be used, or undefined. */
export function prepareDataDirectory(
  directory: string,
  companies: readonly string[],
  fresh: boolean,
): string | undefined {
  if (existsSync(directory)) {
    if (!statSync(directory).isDirectory()) return `${directory} is not a directory`;
    const entries = readdirSync(directory);
    const marked = readMarker(directory);
    if (entries.length > 0 && marked === undefined) {
      return `${directory} does not carry malha's marker (${MARKER}): it is left alone; choose another with --data`;
    }
    if (fresh) for (const entry of entries) rmSync(join(directory, entry), { recursive: true, force: true });
    else if (marked !== undefined && marked.join() !== companies.join()) {
      return `${directory} holds a mesh of ${marked.join(', ')}: give --companies ${marked.length}, or --fresh to clear it`;
    }
  }
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, MARKER), `${JSON.stringify({ format: FORMAT, companies })}\n`);
  return undefined;
}

/** The companies that the marker names; undefined without a marker. */
function readMarker(directory: string): readonly string[] | undefined {
  try {
    const marker: unknown = JSON.parse(readFileSync(join(directory, MARKER), 'utf8'));
    if (typeof marker !== 'object' || marker === null) return undefined;
    if (!('format' in marker) || marker.format !== FORMAT) return undefined;
    return 'companies' in marker && Array.isArray(marker.companies)
      ? marker.companies.map(String)
      : undefined;
  } catch {
    return undefined;
  }
}
