/**
 * A source file as the architecture rules see it: its imports, its syntax tree, its length.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAst } from 'vite';

/** A node of the syntax tree; fields are looked at by name. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly [field: string]: unknown;
}

export interface Import {
  /** A path below `src/` such as `raft/entry.ts`, or a package's specifier such as `node:fs`. */
  readonly target: string;
  readonly internal: boolean;
  /** True when nothing of it is left at run time. */
  readonly typeOnly: boolean;
}

export interface Source {
  /** Below `src/`, such as `raft/entry.ts`. */
  readonly path: string;
  readonly lines: number;
  readonly tree: SyntaxNode;
  readonly imports: readonly Import[];
  /** The kinds of its top-level statements, imports aside; `export { … } from` is `re-export`. */
  readonly statements: readonly string[];
}

export function readSourceTree(): readonly Source[] {
  const root = fileURLToPath(new URL('../../src/', import.meta.url));
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => path.replaceAll('\\', '/'))
    .sort()
    .map((path) => parseSource(path, readFileSync(root + path, 'utf8')));
}

export function parseSource(path: string, text: string): Source {
  const tree = parseAst(text, { lang: 'ts' }) as unknown as SyntaxNode;
  const imports: Import[] = [];
  visit(tree, (node) => {
    const specifier = specifierOf(node);
    if (specifier !== undefined) imports.push(importOf(path, specifier, node));
  });
  return { path, lines: text.split('\n').length - 1, tree, imports, statements: statementsOf(tree) };
}

function statementsOf(tree: SyntaxNode): readonly string[] {
  const body = Array.isArray(tree.body) ? tree.body.filter(isNode) : [];
  return body
    .filter(({ type }) => type !== 'ImportDeclaration')
    .map((node) => (node.type === 'ExportNamedDeclaration' && isNode(node.source) ? 're-export' : node.type));
}

/** Calls `look` for every node, parents first; `ancestors` begins with the parent. */
export function visit(
  node: SyntaxNode,
  look: (node: SyntaxNode, ancestors: readonly SyntaxNode[]) => void,
  ancestors: readonly SyntaxNode[] = [],
): void {
  look(node, ancestors);
  const below = [node, ...ancestors];
  for (const field of Object.values(node)) {
    for (const child of Array.isArray(field) ? field : [field]) if (isNode(child)) visit(child, look, below);
  }
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** `Math.random` for such a member expression, `Date` for an identifier; undefined for anything deeper. */
export function nameOf(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  if (node.type === 'Identifier') return String(node.name);
  if (node.type !== 'MemberExpression') return undefined;
  const object = nameOf(node.object);
  const property = propertyName(node);
  return object === undefined || property === undefined ? undefined : `${object}.${property}`;
}

/** The `b` of `a.b` and `a['b']`. */
export function propertyName(member: SyntaxNode): string | undefined {
  const { property, computed } = member;
  if (!isNode(property)) return undefined;
  if (computed !== true) return String(property.name);
  return property.type === 'Literal' ? String(property.value) : undefined;
}

const FROM = [
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
  'ImportExpression',
  'TSImportType',
];

function specifierOf(node: SyntaxNode): string | undefined {
  if (!FROM.includes(node.type)) return undefined;
  const source = node.source ?? node.argument;
  return isNode(source) && typeof source.value === 'string' ? source.value : undefined;
}

function importOf(from: string, specifier: string, node: SyntaxNode): Import {
  const internal = specifier.startsWith('.');
  const target = internal
    ? posix.normalize(posix.join(posix.dirname(from), specifier)).replace(/\.js$/, '.ts')
    : specifier;
  return {
    target,
    internal,
    typeOnly: isTypeOnly(node),
  };
}

function isTypeOnly(node: SyntaxNode): boolean {
  if (node.type === 'TSImportType' || node.importKind === 'type' || node.exportKind === 'type') return true;
  const specifiers = Array.isArray(node.specifiers) ? node.specifiers.filter(isNode) : [];
  return specifiers.length > 0 && specifiers.every((each) => (each.importKind ?? each.exportKind) === 'type');
}
