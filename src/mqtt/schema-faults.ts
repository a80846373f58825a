/** What is wrong with a payload, by the first fault that its schema found, in Portuguese. */
import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

const NAME_SHOWN_MAX = 64;

/** One sentence that begins with the field: `paradas[0].fim: …`. */
export function faultIn(error: z.ZodError<unknown>): string {
  const issue = innermost(error.issues[0]!);
  const field = fieldName(issue.path);
  const words = wordsOf(issue);
  return field === '' ? words : `${field}: ${words}`;
}

/** Of alternatives the one with the least that is wrong: what its sender most likely meant. */
function innermost(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue;
  const [nearest] = issue.errors.toSorted((a, b) => a.length - b.length || tells(b[0]) - tells(a[0]));
  const first = nearest?.[0];
  if (first === undefined) return issue;
  return innermost({ ...first, path: [...issue.path, ...first.path] });
}

/** That a word is not the one says less than how a value is wrong. */
function tells(issue: Issue | undefined): number {
  return issue?.code === 'invalid_value' ? 0 : 1;
}

function fieldName(path: readonly PropertyKey[]): string {
  return path
    .map((part, at) => (typeof part === 'number' ? `[${part}]` : `${at === 0 ? '' : '.'}${String(part)}`))
    .join('');
}

function wordsOf(issue: Issue): string {
  switch (issue.code) {
    case 'unrecognized_keys':
      return `campo desconhecido: ${issue.keys[0]!.slice(0, NAME_SHOWN_MAX)}`;
    case 'invalid_type':
      return 'falta, ou é de outro tipo';
    case 'invalid_value':
      return `use ${issue.values.join(', ')}`;
    case 'invalid_format':
      return 'use um horário com fuso, como 2026-01-05T12:00:00Z';
    case 'too_small':
      return `no mínimo ${issue.minimum}`;
    case 'too_big':
      return `no máximo ${issue.maximum}`;
    case 'custom':
      return issue.message;
    default:
      return 'não é válido';
  }
}
