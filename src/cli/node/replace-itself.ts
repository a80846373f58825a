/**
 * How a replica whose disk is damaged is repaired from its peers: a fresh one with an id of its own asks them, over and
 * over, to let it take the damaged one's place, as `malha member replace` does for a wiped disk.
 *
 * 1. It waits until a peer tells of the fresh replica among the members of the very mesh that the damaged one belonged to;
 *    it never founds another. Then the two change places on the disk, and it runs as a learner like any other.
 * 2. It goes on asking until it has the place. What the damaged one forgot, votes and entries, is never counted on (R5): its id
 *    is out, and no protocol of its own stands behind that, only the change of members.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../observe/logger.js';
import type { ReplicaId } from '../../raft/entry.js';
import type { Introduction } from '../../replica/frame.js';
import type { MeshStatus } from '../../replica/mesh.js';
import type { StoredIdentity } from '../../storage/identity-file.js';
import { damagedDirectory } from '../../storage/layout.js';
import { forgetDamaged } from '../../storage/replacement.js';
import type { ReplicaDirectory } from '../../storage/replica-directory.js';
import type { DamagedDisk } from './open-disk.js';

const LOOK_AGAIN_MS = 200;
const ANSWER_TIMEOUT_MS = 1_000;

/**
 * Asks the node of `company` to let this node's replica take the place of `lost`. Resolves once `lost` votes no more;
 * rejects with what is in the way.
 */
export type AskReplacement = (company: string, lost: ReplicaId, signal: AbortSignal) => Promise<void>;

export interface AskingWorld {
  /** The other companies. */
  readonly companies: readonly string[];
  readonly askReplacement: AskReplacement;
  /** A new back-off, which says how many milliseconds to wait before each next try. */
  readonly backoff: () => { nextMs(): number };
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

export interface WaitingWorld extends AskingWorld {
  readonly identify: (company: string, timeoutMs: number) => Promise<Introduction>;
  /** Told why it waits, whenever the reason changes. */
  readonly waitsBecause: (why: string) => void;
}

/** Resolves once the fresh replica of `disk` lies in the damaged one's place; rejects when `signal` aborts before. */
export async function replaceDamaged(disk: DamagedDisk, world: WaitingWorld): Promise<void> {
  const { lost, damage, replacement } = disk;
  const { replica } = replacement.identity;
  const { logger, signal } = world;
  logger.warn(
    { damage, lost: lost.replica, replica },
    'this replica is damaged: a fresh one is to take its place',
  );
  const asking = keepAsking(lost.replica, world, () => false);
  try {
    await takenIn(disk, world, asking);
  } finally {
    asking.stop();
  }
  signal.throwIfAborted();
  await replacement.takenIn(lost);
  await replacement.changePlaces();
  logger.warn({ lost: lost.replica, replica }, 'a fresh replica lies in the place of the damaged one');
}

/** Resolves once the replica of `directory`, which runs, has the damaged one's place in the mesh; rejects when `signal` aborts. */
export async function finishReplacement(
  directory: ReplicaDirectory,
  status: () => MeshStatus,
  world: AskingWorld,
): Promise<void> {
  const { replica, replaces } = directory.identity;
  if (replaces === undefined) return;
  const { logger, signal } = world;
  const done = (): boolean => isInPlaceOf(replaces, status());
  const asking = keepAsking(replaces, world, done);
  try {
    while (!done()) await sleep(LOOK_AGAIN_MS, undefined, { signal });
  } finally {
    asking.stop();
  }
  const kept = damagedDirectory(directory.path, replaces);
  await forgetDamaged(directory.path, replaces).catch((error: unknown) => {
    // They take room and do no harm: an operator may delete them.
    logger.warn({ err: error, kept }, 'older damaged replicas could not be deleted');
  });
  await directory.tookItsPlace();
  logger.warn(
    { lost: replaces, replica, kept },
    'this replica has taken the place of the damaged one, which is kept',
  );
}

/** One change puts a replica in the place of another, so a member without the other one beside it has that place. */
function isInPlaceOf(lost: ReplicaId, { peers }: MeshStatus): boolean {
  return peers.some((peer) => peer.self) && !peers.some(({ replica }) => replica === lost);
}

interface Asking {
  /** What each company said last, in words; those that were not asked yet are missing. */
  readonly answers: ReadonlyMap<string, string>;
  stop(): void;
}

/** Asks one company after the other, until one says that it is done, `done` says so, or it is stopped. */
function keepAsking(lost: ReplicaId, world: AskingWorld, done: () => boolean): Asking {
  const { companies, askReplacement, logger } = world;
  const backoff = world.backoff();
  const answers = new Map<string, string>();
  const stopped = new AbortController();
  const signal = AbortSignal.any([world.signal, stopped.signal]);
  const run = async (): Promise<void> => {
    for (let k = 0; companies.length > 0 && !signal.aborted && !done(); k += 1) {
      const company = companies[k % companies.length]!;
      if (!answers.has(company)) answers.set(company, 'no answer yet');
      try {
        await askReplacement(company, lost, signal);
        answers.set(company, 'agreed');
      } catch (error) {
        const answer = error instanceof Error ? error.message : String(error);
        if (!signal.aborted && answers.get(company) !== answer) {
          logger.info({ company, lost, answer }, 'the place of the damaged replica is not given yet');
        }
        answers.set(company, answer);
      }
      // Also after a yes: what this replica knows of the members may be a moment behind.
      await sleep(backoff.nextMs(), undefined, { signal }).catch(() => {});
    }
  };
  void run();
  return { answers, stop: () => stopped.abort() };
}

/** Resolves once a peer tells of the fresh replica among the members of the damaged one's mesh. */
async function takenIn(
  { lost, damage, replacement }: DamagedDisk,
  { companies, identify, waitsBecause, signal }: WaitingWorld,
  { answers }: Asking,
): Promise<void> {
  const { replica } = replacement.identity;
  for (let lastWhy = ''; ; ) {
    const told = await Promise.all(
      companies.map((company) => identify(company, ANSWER_TIMEOUT_MS).catch(() => null)),
    );
    signal.throwIfAborted();
    const known = told.filter((each) => each !== null);
    if (known.some((peer) => peer.cluster === lost.cluster && peer.members.some(({ id }) => id === replica)))
      return;
    const why = `${damage} ${lost.replica} is out, ${replica} is to take its place and waits: ${waitsFor(lost, known, answers)}`;
    if (why !== lastWhy) waitsBecause(why);
    lastWhy = why;
    await sleep(LOOK_AGAIN_MS, undefined, { signal });
  }
}

function waitsFor(
  { cluster }: StoredIdentity,
  known: readonly Introduction[],
  answers: ReadonlyMap<string, string>,
): string {
  const elsewhere = known.filter((peer) => peer.cluster !== '' && peer.cluster !== cluster);
  if (elsewhere.length > 0) {
    const names = elsewhere.map((peer) => `${peer.company} belongs to mesh ${peer.cluster}`).join(', ');
    return `${names}, not to ${cluster}. If that mesh was made by \`malha recover\`, move this directory away and take the node in with \`malha member add\``;
  }
  const said = [...answers].sort().map(([company, answer]) => `${company}: ${answer}`);
  return said.length === 0 ? 'its peers are being asked' : said.join('; ');
}
