/**
 * Who leads the mesh, asked over REST: until all nodes agree, and then for as long as the demo runs.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { askNodes } from '../status/ask.js';

const ASK_EVERY_MS = 50;
const WATCH_EVERY_MS = 1_000;

/** The company that leads, once every node is ready and names it; undefined when `signal` aborts before. */
export async function agreedLeader(
  urls: readonly string[],
  signal: AbortSignal,
): Promise<string | undefined> {
  while (!signal.aborted) {
    const reports = await askNodes(urls);
    const leaders = new Set(reports.map(({ status }) => (status?.ready ? status.leaderCompany : '')));
    const [leader] = leaders;
    if (leaders.size === 1 && leader !== undefined && leader !== '') return leader;
    await sleep(ASK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}

/** Tells of every change of leader from `leader` on, until `signal` aborts. */
export async function watchLeader(
  urls: readonly string[],
  leader: string,
  signal: AbortSignal,
  tell: (leader: string, term: number) => void,
): Promise<void> {
  let known = leader;
  let knownTerm = 0;
  while (!signal.aborted) {
    await sleep(WATCH_EVERY_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    for (const { status } of await askNodes(urls)) {
      if (status === null || status.leader === '' || status.term <= knownTerm) continue;
      knownTerm = status.term;
      if (status.leaderCompany === known) continue;
      known = status.leaderCompany;
      tell(known, knownTerm);
    }
  }
}
