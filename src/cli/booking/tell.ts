/**
 * What a command says in the end: its answer on stdout, for people or as JSON; what went wrong in one line on stderr,
 * with a line for each stop that stands in the way.
 */
import { table } from '../terminal.js';
import { EXIT_FAILED, EXIT_OK, type Flags, say } from '../world.js';
import { CallProblem, type Problem } from './node-client.js';

/** What was done, in both languages. */
export interface Told {
  readonly json: object;
  readonly lines: readonly string[];
}

export interface Ending {
  /** How the k-th stop of the request was typed, or the stop of that number is called. */
  readonly stopName?: (stop: number) => string;
  /** How to ask for an outcome that is unknown. */
  readonly askAgain?: () => string;
}

/** Does the work and says what came of it; the exit code. */
export async function telling(flags: Flags, work: () => Promise<Told>, ending: Ending = {}): Promise<number> {
  try {
    const { json, lines } = await work();
    print(flags.json === undefined ? lines.join('\n') : JSON.stringify(json));
    return EXIT_OK;
  } catch (error) {
    if (!(error instanceof CallProblem)) throw error;
    const { message, problem } = error;
    if (flags.json !== undefined) print(JSON.stringify({ error: problem ?? { detail: message } }));
    say(`malha: ${oneLine(message)}${hintOf(error, ending)}`);
    for (const line of faultLines(problem, ending)) say(line);
    return EXIT_FAILED;
  }
}

/** A node that answers says by itself that it does not know. */
function hintOf(error: CallProblem, { askAgain }: Ending): string {
  if (askAgain === undefined || !isUnknown(error)) return '';
  return `; ${error.problem === null ? 'the outcome is unknown: ' : ''}${askAgain()}`;
}

/** Whether a write may have taken effect: a 503 promises that it did not, and so does a request that never left. */
function isUnknown({ problem, sent }: CallProblem): boolean {
  return problem === null ? sent : problem.status >= 500 && problem.status !== 503;
}

function faultLines(problem: Problem | null, { stopName = String }: Ending): readonly string[] {
  const conflicts = (problem?.conflicts ?? []).map(({ stop, pointId, reason, detail }) => [
    `  ${stopName(stop)}`,
    ...(pointId === null || stopName(stop).startsWith(`${pointId}@`) ? [''] : [`point ${pointId}`]),
    reason,
    detail,
  ]);
  if (conflicts.length > 0) return withoutHeader(conflicts);
  const errors = problem?.errors ?? [];
  // One alone is in the sentence already.
  return errors.length < 2
    ? []
    : withoutHeader(
        errors.map(({ pointer, parameter, detail }) => [`  ${pointer ?? parameter ?? ''}`, detail]),
      );
}

function withoutHeader(rows: readonly (readonly string[])[]): readonly string[] {
  const [first = [], ...others] = rows;
  return table(first, others);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replace(/\.$/, '');
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
