/**
 * Runs many seeds over several processes, in the order of their numbers.
 */
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** One process a core: it collects its own garbage, rarely, for what survives is a whole mesh. */
const NODE_FLAGS = [
  '--stack-trace-limit=0',
  '--single-threaded-gc',
  '--min-semi-space-size=64',
  '--max-semi-space-size=64',
];

/**
 * Runs `count` seeds from `first` on, each through `messages`. Calls `onReport` for each, in the order in which they end;
 * what it returns as true ends the run. Rejects when the simulation itself has a defect; a seed that takes longer than
 * `seedMsMax` is reported as one that does not end.
 */
export async function runSeeds({ worker, first, count, messages, seedMsMax = 600_000, onReport }) {
  let next = first;
  let over = false;
  const lane = () =>
    new Promise((resolve, reject) => {
      const child = fork(worker, { execArgv: NODE_FLAGS });
      let timer;
      const giveOne = () => {
        if (over || next >= first + count) {
          child.kill();
          return;
        }
        const seed = next++;
        child.send({ seed, messages });
        timer = setTimeout(() => {
          over = onReport(endless(seed, seedMsMax)) === true || over;
          // The process is busy for ever: this lane ends with it.
          child.kill('SIGKILL');
        }, seedMsMax);
      };
      child.on('message', (reply) => {
        clearTimeout(timer);
        if ('error' in reply) {
          reject(new Error(`seed ${reply.seed} broke the simulator: ${reply.error}`));
          child.kill();
          return;
        }
        over = onReport(reply.report) === true || over;
        giveOne();
      });
      child.on('error', reject);
      child.on('exit', (code) => {
        if (code) reject(new Error(`a worker ended with code ${code}`));
        else resolve();
      });
      giveOne();
    });
  const lanes = Math.min(availableParallelism(), count);
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** The report of a seed whose process had to be killed. */
function endless(seed, ms) {
  const violation = { invariant: 'a seed ends', detail: `not within ${ms} ms` };
  return { seed, violation, hash: '', delivered: 0, virtualSeconds: 0, counts: {} };
}
