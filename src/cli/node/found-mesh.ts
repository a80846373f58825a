/**
 * How an empty replica becomes a member: it asks its peers who they are, over and over, until the bootstrap rule
 * says that they found a mesh together, or that it belongs to theirs.
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../observe/logger.js';
import { EMPTY_HARD_STATE } from '../../raft/entry.js';
import { decideBootstrap, foundingVoters } from '../../replica/bootstrap.js';
import type { Identity, Introduction, Member } from '../../replica/frame.js';
import type { LogStore } from '../../replica/ports.js';

const ASK_AGAIN_MS = 200;
const ANSWER_TIMEOUT_MS = 1_000;

export interface Founding {
  readonly identity: Identity;
  readonly identify: (company: string, timeoutMs: number) => Promise<Introduction>;
  readonly log: LogStore;
  /** Writes down, durably, to which mesh this replica belongs. */
  readonly establish: (cluster: string, founders: readonly Member[]) => Promise<void>;
  /** Told why it waits, whenever the reason changes. */
  readonly waitsBecause: (why: string) => void;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Resolves once this replica belongs to a mesh; rejects when `signal` aborts before. */
export async function foundMesh(founding: Founding): Promise<void> {
  const { identity, logger, signal } = founding;
  let lastWhy = '';
  for (;;) {
    const decision = decideBootstrap(identity, await askAll(founding), sha256);
    signal.throwIfAborted();
    if (decision.kind === 'establish') {
      await begin(founding, decision.founders);
      await founding.establish(decision.cluster, decision.founders);
      logger.info({ cluster: decision.cluster, founders: decision.founders }, 'belongs to a mesh');
      return;
    }
    if (decision.why !== lastWhy) {
      lastWhy = decision.why;
      founding.waitsBecause(decision.why);
      logger.info({ why: decision.why }, 'waiting for a mesh');
    }
    await sleep(ASK_AGAIN_MS, undefined, { signal });
  }
}

/**
 * The log of every founder begins alike: at index 1 of term 1, committed, with the founders as voters. It is
 * written before the mesh is: a crash in between leaves a replica that still counts as empty and begins again.
 * Who was taken in later begins with nothing.
 */
async function begin({ identity, log }: Founding, founders: readonly Member[]): Promise<void> {
  if (founders.every(({ id }) => id !== identity.replica)) {
    // As a founder of what was never founded it might vote among those who were to be the others.
    if (log.snapshot().index > 0)
      throw new Error('the log was begun for another mesh: give this node a new directory');
    return;
  }
  const config = {
    voters: foundingVoters(founders),
    learners: [],
    votersOutgoing: [],
    learnersNext: [],
    autoLeave: false,
  };
  await log.save({
    hardState: { ...EMPTY_HARD_STATE, term: 1, commit: 1 },
    entries: [],
    snapshot: { index: 1, term: 1, config },
    mustSync: true,
  });
}

async function askAll({ identity, identify }: Founding): Promise<Map<string, Introduction | null>> {
  const others = identity.peerCompanies.filter((company) => company !== identity.company);
  const answers = await Promise.all(
    others.map(async (company): Promise<[string, Introduction | null]> => {
      try {
        return [company, await identify(company, ANSWER_TIMEOUT_MS)];
      } catch {
        return [company, null];
      }
    }),
  );
  return new Map(answers);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
