/** The one log that all nodes have pieces of. */
import type { Findings } from './findings.js';
import type { LoggedEntry, Run } from './run.js';
import { canonicalText, isSame } from './seen.js';

export class AgreedLog implements Iterable<LoggedEntry> {
  constructor(
    readonly baseIndex: number,
    private readonly entries: readonly LoggedEntry[],
  ) {}

  get lastIndex(): number {
    return this.baseIndex + this.entries.length;
  }

  at(index: number): LoggedEntry | undefined {
    return this.entries[index - this.baseIndex - 1];
  }

  [Symbol.iterator](): Iterator<LoggedEntry> {
    return this.entries[Symbol.iterator]();
  }
}

/**
 * Puts the nodes' logs together; where they differ the first node's entry counts, and the difference is noted. Throws
 * an Error when a log is not in order, or when no node has an entry that others have later ones than: then there is
 * nothing to check by.
 */
export function agreedLog({ nodes, baseIndex }: Run, findings: Findings): AgreedLog {
  const entries: (LoggedEntry | undefined)[] = [];
  for (const { node, log } of nodes) {
    log.forEach((entry, i) => {
      const { index } = entry;
      if (index !== log[0]!.index + i || index <= baseIndex) {
        throw new Error(`run: entry ${index} stands out of order in the log of ${node}`);
      }
      const at = index - baseIndex - 1;
      const known = entries[at];
      if (known === undefined) entries[at] = entry;
      else if (!isSame(known, entry)) {
        findings.note(
          'logs-differ',
          `entry ${index} of ${node} is ${textOf(entry)}, elsewhere ${textOf(known)}`,
        );
      }
    });
  }
  const whole = Array.from(entries, (entry, at) => {
    if (entry === undefined) throw new Error(`run: no node has entry ${baseIndex + 1 + at}`);
    return entry;
  });
  return new AgreedLog(baseIndex, whole);
}

function textOf({ term, content }: LoggedEntry): string {
  return canonicalText([term, content]);
}
