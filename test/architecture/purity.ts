/**
 * What must not be reached. By the replica: clock and chance, which are handed in, or no simulation would be one. By the cores
 * also disk, network and other threads of control; by what is replicated also everything that differs between machines or
 * Node versions (locale, transcendental functions, fractions).
 */
import { folderOf } from './layers.js';
import { isNode, nameOf, propertyName, type Source, type SyntaxNode, visit } from './source.js';

const REPLICATED = ['raft', 'ledger'];
const PURE = [...REPLICATED, 'planner'];
const HANDED_THE_WORLD = [...PURE, 'replica'];

const WORLD = words(
  `Date performance process globalThis global require fetch crypto
   randomBytes randomInt randomUUID randomFillSync getRandomValues Math.random`,
);
const IMPURE = words(
  `setTimeout setInterval setImmediate queueMicrotask Worker WebAssembly SharedArrayBuffer Atomics WeakRef
   FinalizationRegistry console Buffer Promise`,
);

const UNSTABLE_GLOBALS = words('Intl parseFloat');
const UNSTABLE_METHODS = words(
  `localeCompare toLocaleString toLocaleUpperCase toLocaleLowerCase normalize toFixed toPrecision toExponential
   parseFloat`,
);
/** Exact on whole numbers; every other function of `Math` is a fraction or left to the implementation. */
const STABLE_MATH = words('abs ceil clz32 floor imul max min sign trunc');
const ROUNDING = words('Math.floor Math.ceil Math.trunc');

/** One line for each thing that a core or the replica must not reach. */
export function impurities(sources: readonly Source[]): readonly string[] {
  return sources.flatMap((source) => {
    const folder = folderOf(source.path);
    const rules = [
      ...(HANDED_THE_WORLD.includes(folder) ? [worldOf] : []),
      ...(PURE.includes(folder) ? [impurityOf] : []),
      ...(REPLICATED.includes(folder) ? [instabilityOf] : []),
    ];
    const uses = new Set<string>();
    visit(source.tree, (node, ancestors) => {
      for (const rule of rules) {
        const what = rule(node, ancestors);
        if (what !== undefined) uses.add(`${source.path} uses ${what}`);
      }
    });
    return [...uses];
  });
}

function worldOf(node: SyntaxNode, ancestors: readonly SyntaxNode[]): string | undefined {
  const name = isGlobal(node, ancestors) || node.type === 'MemberExpression' ? nameOf(node) : undefined;
  return name !== undefined && WORLD.has(name) ? name : undefined;
}

function impurityOf(node: SyntaxNode, ancestors: readonly SyntaxNode[]): string | undefined {
  if (node.async === true || node.type === 'AwaitExpression' || node.await === true) return 'async code';
  if (node.type === 'ImportExpression') return 'import()';
  return isGlobal(node, ancestors) && IMPURE.has(String(node.name)) ? String(node.name) : undefined;
}

function instabilityOf(node: SyntaxNode, ancestors: readonly SyntaxNode[]): string | undefined {
  if (isGlobal(node, ancestors) && UNSTABLE_GLOBALS.has(String(node.name))) return String(node.name);
  if (node.type === 'MemberExpression') {
    const property = propertyName(node);
    if (property !== undefined && UNSTABLE_METHODS.has(property)) return property;
    if (nameOf(node.object) === 'Math' && !STABLE_MATH.has(property ?? '')) return `Math.${property}`;
  }
  if (node.type === 'Literal') return literalInstability(node);
  const { operator } = node;
  if (operator === '**=' || operator === '/=') return operator;
  if (operator === '**' && !isPowerOfTwo(node)) return operator;
  if (node.type === 'BinaryExpression' && operator === '/' && !isRounded(ancestors[0])) {
    return 'a division that is not rounded at once';
  }
  return undefined;
}

/** A written power of two is exact everywhere; other powers once differed between V8's compilers. */
function isPowerOfTwo({ left, right }: SyntaxNode): boolean {
  return isNode(left) && left.value === 2 && isNode(right) && Number.isInteger(right.value);
}

function literalInstability(node: SyntaxNode): string | undefined {
  const { value, regex } = node;
  if (typeof value === 'number' && !Number.isInteger(value)) return `the fraction ${value}`;
  const pattern =
    typeof regex === 'object' && regex !== null && 'pattern' in regex ? String(regex.pattern) : '';
  return /\\p\{/i.test(pattern) ? 'a Unicode property in a pattern' : undefined;
}

/** A name that stands for itself: no property, no key, no type, no declaration of that name. */
function isGlobal(node: SyntaxNode, [parent]: readonly SyntaxNode[]): boolean {
  if (node.type !== 'Identifier' || parent === undefined) return false;
  if (parent.type === 'MemberExpression') return parent.object === node || parent.computed === true;
  if (parent.type.startsWith('TS') && !EXPRESSION_WRAPPERS.includes(parent.type)) return false;
  const isKey =
    'key' in parent && parent.key === node && parent.computed !== true && parent.shorthand !== true;
  return !isKey;
}

const EXPRESSION_WRAPPERS = [
  'TSAsExpression',
  'TSNonNullExpression',
  'TSSatisfiesExpression',
  'TSTypeAssertion',
];

function isRounded(parent: SyntaxNode | undefined): boolean {
  return (
    parent?.type === 'CallExpression' && isNode(parent.callee) && ROUNDING.has(nameOf(parent.callee) ?? '')
  );
}

/** Files other than those of `cli/` that read the environment. */
export function environmentReaders(sources: readonly Source[]): readonly string[] {
  return found(sources, ['cli'], (node) => {
    if (node.type === 'MemberExpression' && nameOf(node) === 'process.env') return 'reads process.env';
    // `const { env } = process`, and `env` of `node:process`.
    const pattern =
      node.type === 'VariableDeclarator' && nameOf(node.init) === 'process' ? node.id : undefined;
    if (isNode(pattern) && pattern.type === 'ObjectPattern') return 'takes process apart';
    const source = node.type === 'ImportDeclaration' && isNode(node.source) ? node.source.value : undefined;
    return source === 'node:process' || source === 'process' ? 'imports node:process' : undefined;
  });
}

/** Files outside `codec/` and `gen/` with 64-bit numbers, which convert there and nowhere else. */
export function bigintUsers(sources: readonly Source[]): readonly string[] {
  return found(sources, ['codec', 'gen'], (node) => {
    if (node.type === 'TSBigIntKeyword') return 'has a bigint';
    if (node.type === 'Literal' && typeof node.bigint === 'string') return 'has a bigint';
    return node.type === 'Identifier' && node.name === 'BigInt' ? 'has a bigint' : undefined;
  });
}

/** Files longer than `linesMax`, generated ones aside. */
export function longFiles(sources: readonly Source[], linesMax: number): readonly string[] {
  return sources
    .filter(({ path, lines }) => folderOf(path) !== 'gen' && lines > linesMax)
    .map(({ path, lines }) => `${path} has ${lines} lines`);
}

function found(
  sources: readonly Source[],
  exempt: readonly string[],
  judge: (node: SyntaxNode) => string | undefined,
): readonly string[] {
  const lines = sources
    .filter(({ path }) => !exempt.includes(folderOf(path)))
    .flatMap((source) => {
      const verdicts: string[] = [];
      visit(source.tree, (node) => {
        const verdict = judge(node);
        if (verdict !== undefined) verdicts.push(`${source.path} ${verdict}`);
      });
      return verdicts;
    });
  return [...new Set(lines)];
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/));
}
