/**
 * What clients are told.
 *
 * 1. An answer means committed, and applied where it was given (R3); it is the one that the log decided.
 * 2. "Nothing was proposed" means that no copy of the request is, or will be, in any log.
 * 3. A linearizable read sees every write that was answered, anywhere, before it began.
 */
import type { Operation } from '../../../src/ledger/command.js';
import { fingerprint } from '../../../src/ledger/fingerprint.js';
import type { Answer } from '../../../src/ledger/result.js';
import type { SimNode } from '../node.js';
import type { Commits } from './commits.js';
import type { KnownEntry } from './entries.js';
import type { Ledgers } from './ledgers.js';
import { isSame } from './same.js';
import { demand } from './violation.js';

/** One try of a request at one node; its trace id is its own. */
export interface Attempt {
  readonly traceId: string;
  readonly holder: string;
  readonly requestKey: string;
  readonly operation: Operation;
  readonly node: SimNode;
}

export class Answers {
  /** The last index that any client was answered with. */
  lastIndex = 0;
  private readonly logged = new Set<string>();
  private readonly denied = new Set<string>();

  constructor(
    private readonly commits: Commits,
    private readonly ledgers: Ledgers,
  ) {}

  /** An entry came into a log. */
  logs({ entry, content }: KnownEntry): void {
    if (content === null || content.command.requestKey === '') return;
    const { traceId } = content.command;
    this.logged.add(traceId);
    demand(
      !this.denied.has(traceId),
      NOTHING,
      () => `entry ${entry.index} of term ${entry.term} has ${traceId}`,
    );
  }

  /** The client of `attempt` was told that nothing was proposed. */
  denies({ traceId, node }: Attempt): void {
    this.denied.add(traceId);
    demand(!this.logged.has(traceId), NOTHING, () => `${node.name} denies ${traceId}, which is in a log`);
  }

  /** The client of `attempt` got `answer`. */
  answers({ node, holder, requestKey, operation }: Attempt, answer: Answer): void {
    const { index } = answer;
    const appliedIndex = node.running?.probe.ledger.appliedIndex ?? 0;
    demand(
      index <= this.commits.lastIndex && index <= appliedIndex,
      'an answer means committed, and applied here',
      () =>
        `${node.name} answers with ${index}, applied ${appliedIndex}, committed ${this.commits.lastIndex}`,
    );
    const command = this.commits.at(index)?.content?.command;
    demand(
      command?.holder === holder &&
        command.requestKey === requestKey &&
        fingerprint(command.operation) === fingerprint(operation),
      'an acknowledged command is in the log',
      () => `entry ${index} is not ${requestKey} of ${holder}`,
    );
    const decided = this.ledgers.outcomeAt(index);
    demand(
      decided !== undefined && isSame(decided.answer, answer),
      'an answer is what the log decided',
      () => `${node.name} answers ${JSON.stringify(answer)}, decided was ${decided?.text}`,
    );
    this.lastIndex = Math.max(this.lastIndex, index);
  }

  /** A linearizable read that began when `floor` was the last index answered gave the state at `index`. */
  reads(node: SimNode, floor: number, index: number): void {
    demand(
      index >= floor,
      'a linearizable read sees what was answered',
      () => `${node.name} reads at ${index}, answered before was ${floor}`,
    );
  }
}

const NOTHING = '"nothing was proposed" is true';
