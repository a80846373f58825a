/**
 * The import table: what each folder of `src/` may import. A prefix that ends with a slash is a folder, any other a file.
 */
import { posix } from 'node:path';
import type { Source } from './source.js';

export interface Layer {
  /** What may be imported for use at run time. */
  readonly uses: readonly string[];
  /** What may be imported as types only. */
  readonly types: readonly string[];
  /** Packages by the beginning of their specifier; `node:` stands for all of Node. */
  readonly packages: readonly string[];
}

const CONTRACT = ['replica/ports.ts', 'replica/frame.ts'];
const MESH = ['replica/mesh.ts', 'replica/failure.ts'];
/** Bounds that doors check and tell before the ledger does. */
const LIMITS = ['ledger/limits.ts'];
const LOGGER = ['observe/logger.ts'];
/** The lines of a node's log, and how they are followed. */
const LINES = [
  'observe/log-level.ts',
  'observe/log-ring.ts',
  'observe/log-follower.ts',
  'observe/mesh-logs.ts',
];

export const LAYERS: Readonly<Record<string, Layer>> = {
  raft: { uses: [], types: [], packages: [] },
  ledger: { uses: [], types: [], packages: [] },
  planner: { uses: [], types: ['ledger/'], packages: [] },
  // Of Node only its hashes: time and chance are handed in (see purity.ts).
  replica: { uses: ['raft/', 'ledger/'], types: LOGGER, packages: ['node:crypto'] },
  codec: { uses: ['gen/', 'raft/', 'ledger/', ...LINES], types: CONTRACT, packages: ['@bufbuild/protobuf'] },
  gen: { uses: [], types: [], packages: ['@bufbuild/protobuf', '@grpc/grpc-js'] },
  storage: {
    uses: ['codec/', 'gen/', 'raft/'],
    types: [...CONTRACT, ...LOGGER, 'ledger/'],
    packages: ['node:', 'level'],
  },
  transport: {
    uses: ['codec/', 'gen/', 'replica/failure.ts'],
    types: [...CONTRACT, ...LOGGER, ...LINES, 'raft/'],
    packages: ['node:', '@grpc/grpc-js'],
  },
  doors: {
    uses: [...MESH, ...LIMITS, 'planner/'],
    types: [...LOGGER, 'ledger/'],
    packages: ['node:', 'zod'],
  },
  gateway: {
    uses: ['doors/', ...MESH, ...LIMITS, ...LINES],
    types: [...LOGGER, 'ledger/'],
    packages: ['node:', 'fastify', 'zod'],
  },
  mqtt: {
    uses: ['doors/', ...MESH, ...LIMITS],
    types: [...LOGGER, 'ledger/'],
    packages: ['node:', 'aedes', 'mqtt', 'zod'],
  },
  rpc: {
    uses: ['doors/', 'codec/', 'gen/', ...MESH, ...LIMITS, ...LINES],
    types: [...LOGGER, 'ledger/', 'raft/', 'replica/frame.ts', 'replica/member-requests.ts'],
    packages: ['node:', '@grpc/grpc-js', 'grpc-health-check'],
  },
  // Metrics and the history: they look at the mesh as doors do, and stand between a replica and its ports.
  observe: {
    uses: [...MESH, 'ledger/result.ts', 'ledger/audit.ts', 'doors/trail-record.ts'],
    types: [...CONTRACT, 'replica/figures.ts', 'ledger/', 'raft/', 'mqtt/tap.ts'],
    packages: ['node:', 'pino', 'prom-client', 'zod'],
  },
  seed: { uses: MESH, types: [...LOGGER, 'ledger/'], packages: ['node:', 'zod'] },
  vehicle: { uses: [], types: [], packages: ['node:', 'mqtt', 'zod'] },
};

/** The composition root: imports everything, is imported by nothing. */
const ROOT = 'cli';

/** One line for each import that the table does not allow. */
export function forbiddenImports(sources: readonly Source[]): readonly string[] {
  return sources.flatMap((source) => {
    const folder = folderOf(source.path);
    if (folder === ROOT) return [];
    const layer = LAYERS[folder];
    if (layer === undefined) return [`${source.path}: ${folder}/ is not in the import table`];
    return source.imports
      .filter((each) => !(each.internal ? mayImport(folder, layer, each) : mayUsePackage(layer, each.target)))
      .map((each) => `${source.path} must not import ${each.target}${each.typeOnly ? '' : ' at run time'}`);
  });
}

function mayImport(folder: string, layer: Layer, each: { target: string; typeOnly: boolean }): boolean {
  const allowed = [`${folder}/`, ...layer.uses, ...(each.typeOnly ? layer.types : [])];
  return allowed.some((place) =>
    place.endsWith('/') ? each.target.startsWith(place) : each.target === place,
  );
}

function mayUsePackage(layer: Layer, specifier: string): boolean {
  return layer.packages.some((name) =>
    name.endsWith(':') ? specifier.startsWith(name) : specifier === name || specifier.startsWith(`${name}/`),
  );
}

/** Circles of imports, type imports included, each as `a -> b -> a`; one for each place where a circle closes. */
export function importCycles(sources: readonly Source[]): readonly string[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const done = new Set<string>();
  const cycles: string[] = [];
  const walk = (path: string, trail: readonly string[]) => {
    const seenAt = trail.indexOf(path);
    if (seenAt >= 0) {
      cycles.push([...trail.slice(seenAt), path].join(' -> '));
      return;
    }
    if (done.has(path)) return;
    for (const each of byPath.get(path)?.imports ?? [])
      if (each.internal) walk(each.target, [...trail, path]);
    done.add(path);
  };
  for (const source of sources) walk(source.path, []);
  return cycles;
}

/** Files that do nothing but hand on what others export, that hand on all of another, or that are named for it. */
export function barrels(sources: readonly Source[]): readonly string[] {
  return sources
    .filter(({ path }) => folderOf(path) !== 'gen')
    .filter(({ path, statements }) => {
      const all = statements.includes('ExportAllDeclaration');
      const nothingElse = statements.length > 0 && statements.every((each) => each === 're-export');
      return all || nothingElse || posix.basename(path) === 'index.ts';
    })
    .map(({ path }) => `${path} is a barrel`);
}

export function folderOf(path: string): string {
  return path.split('/')[0]!;
}
