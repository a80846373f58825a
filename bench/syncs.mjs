/**
 * How often a system syncs its files for an operation: a short run of its own, its processes under strace, which stops
 * them only at the calls that are counted (seccomp). The rest of the figures of that run are not used.
 */
import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LoadProcess } from './load-process.mjs';
import { dropDirectory, freshDirectory, has } from './systems/processes.mjs';

const CLIENTS = 64;
const WARM_MS = 1_000;
const CALLS = 'fdatasync,fsync,msync,sync_file_range';

export function missing() {
  return has('strace') ? null : 'strace is not installed';
}

export async function syncsPerOperation(system, { measureMs, connectionsPerNode }) {
  const traces = freshDirectory('syncs');
  chmodSync(traces, 0o777);
  const launchers = [0, 1, 2].map((k) => [
    ...['strace', '--follow-forks', '--seccomp-bpf', '--quiet=all', '-ttt', '--trace', CALLS],
    ...['--output', join(traces, `${k}`)],
  ]);
  const running = system.make({ launchers });
  const load = new LoadProcess();
  const moments = {};
  try {
    await running.start();
    const { committed, refused } = await load.run(
      {
        ...{
          kind: 'load',
          driver: system.driver,
          targets: running.targets(system.driver),
          operation: 'write',
        },
        ...{
          connectionsPerNode,
          statements: running.statements?.(),
          clients: CLIENTS,
          warmMs: WARM_MS,
          measureMs,
        },
      },
      WARM_MS + measureMs,
      (moment) => {
        moments[moment] = Date.now() / 1_000;
      },
    );
    await running.stop();
    return callsBetween(traces, moments.begin, moments.end) / (committed + refused);
  } finally {
    load.stop();
    await running.stop();
    dropDirectory(traces);
  }
}

/** A line is `PID SECONDS CALL(…`; one that goes on in a later line was counted in its first. */
function callsBetween(directory, beginS, endS) {
  let count = 0;
  for (const file of readdirSync(directory)) {
    for (const line of readFileSync(join(directory, file), 'latin1').split('\n')) {
      const [, atS] = /^\d+ +([\d.]+) \w+\(/.exec(line) ?? [];
      if (Number(atS) >= beginS && Number(atS) < endS) count += 1;
    }
  }
  return count;
}
