/**
 * The format of etcd-raft's data files: blocks of a command with arguments, input lines, `----`, and the expected text up
 * to a blank line, or between doubled `----` where it holds blank lines itself.
 */

export interface Argument {
  readonly key: string;
  readonly values: readonly string[];
}

export interface Directive {
  readonly line: number;
  readonly command: string;
  readonly args: readonly Argument[];
  readonly input: string;
  /** Without the closing newline. */
  readonly expected: string;
}

const SEPARATOR = '----';

/** Splits the text of a data file into its directives. */
export function parseDataFile(text: string): readonly Directive[] {
  const lines = text.split('\n');
  const directives: Directive[] = [];
  let at = 0;
  while (at < lines.length) {
    if (isSkipped(lines[at]!)) {
      at++;
      continue;
    }
    const line = at + 1;
    let head = lines[at++]!.trim();
    while (head.endsWith('\\')) head = `${head.slice(0, -1)} ${lines[at++]!.trim()}`;
    const input: string[] = [];
    while (at < lines.length && lines[at] !== SEPARATOR) input.push(lines[at++]!);
    if (at >= lines.length) break;
    at++;
    const expected: string[] = [];
    if (lines[at] === SEPARATOR) {
      at++;
      while (!(lines[at] === SEPARATOR && lines[at + 1] === SEPARATOR)) expected.push(lines[at++]!);
      at += 2;
    } else {
      while (at < lines.length && lines[at]!.trim() !== '') expected.push(lines[at++]!);
    }
    directives.push({ line, ...parseCommand(head), input: input.join('\n'), expected: expected.join('\n') });
  }
  return directives;
}

/** Splits `command key key=value key=(value, value)`. */
export function parseCommand(text: string): Pick<Directive, 'command' | 'args'> {
  const parts = [...text.matchAll(/([^\s=]+)(?:=(\([^)]*\)|\S*))?/g)];
  const args = parts.slice(1).map(([, key, value]) => ({ key: key!, values: splitValues(value) }));
  return { command: parts[0]![1]!, args };
}

/** The values of `key`, none when it is not given. */
export function valuesOf(args: readonly Argument[], key: string): readonly string[] {
  return args.find((arg) => arg.key === key)?.values ?? [];
}

/** The arguments without values, as numbers. */
export function bareNumbers(args: readonly Argument[]): readonly number[] {
  return args.filter(({ values }) => values.length === 0).map(({ key }) => Number(key));
}

function splitValues(value: string | undefined): readonly string[] {
  if (value === undefined || value === '') return [];
  const inner = value.startsWith('(') ? value.slice(1, -1) : value;
  return inner.trim() === '' ? [] : inner.split(',').map((part) => part.trim());
}

function isSkipped(line: string): boolean {
  return line.trim() === '' || line.startsWith('#');
}
