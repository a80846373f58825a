/**
 * What a replica does that hears no leader, or has no state yet: it asks the nodes that its settings name who is a member.
 * Who was taken in finds the others this way, whose addresses may stand in no setting of its own; who was taken out while
 * it was cut off finds that out, for nobody sends it anything any more.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Introduction } from '../../replica/frame.js';
import type { MeshStatus } from '../../replica/mesh.js';

const WITHOUT_STATE_MS = 200;
const WITHOUT_LEADER_MS = 2_000;
const ANSWER_TIMEOUT_MS = 1_000;

export interface Touch {
  /** The other companies of the settings. */
  readonly companies: readonly string[];
  readonly identify: (company: string, timeoutMs: number) => Promise<Introduction>;
  readonly status: () => MeshStatus;
  /** Told what each peer says of itself and the members, who knows most last. */
  readonly heard: (peer: Introduction) => void;
  readonly signal: AbortSignal;
}

/** Resolves when `signal` aborts. */
export async function stayInTouch({ companies, identify, status, heard, signal }: Touch): Promise<void> {
  const rest = (delayMs: number) => sleep(delayMs, undefined, { signal, ref: false }).catch(() => {});
  for (; !signal.aborted; await rest(status().peers.length > 0 ? WITHOUT_LEADER_MS : WITHOUT_STATE_MS)) {
    const { leader, peers } = status();
    if (leader !== '' && peers.length > 0) continue;
    const answers = await Promise.all(
      companies.map((company) => identify(company, ANSWER_TIMEOUT_MS).catch(() => null)),
    );
    const told = answers.filter((answer) => answer !== null);
    for (const peer of told.sort((a, b) => a.membersIndex - b.membersIndex)) heard(peer);
  }
}
