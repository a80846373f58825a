/** How long nobody can write after the leader was killed, stopped, or cut off: the same probes for malha and for etcd. */
import { setTimeout as delay } from 'node:timers/promises';
import { LoadProcess } from './load-process.mjs';
import { median } from './median.mjs';
import { Namespaces } from './namespaces.mjs';
import { until } from './systems/processes.mjs';

const PROBES = { clients: 9, attemptMs: 200, pauseMs: 5, limitMs: 30_000 };
/** A mesh that has just healed is left alone for a while. */
const CALM_MS = 1_500;

const FAULTS = {
  killed: {
    fault: ({ pid }) => ({ signal: 'SIGKILL', pid }),
    mend: (running, k) => running.restart(k),
  },
  stopped: {
    fault: ({ pid }) => ({ signal: 'SIGSTOP', pid }),
    mend: (running, k) => running.children()[k].kill('SIGCONT'),
  },
  'cut off': {
    fault: (_, k, spaces) => ({ command: spaces.cut(k) }),
    mend: (_, k, spaces) => spaces.heal(k),
    spaces: true,
  },
};

/** For each fault the median of `times`, all of them, and how many never ended. */
export async function outages(system, times, skipped) {
  const found = {};
  for (const [name, { fault, mend, spaces: needed }] of Object.entries(FAULTS)) {
    const why = needed ? Namespaces.missing() : null;
    if (why) {
      skipped(`${system.name} ${name} is left out: ${why}`);
      continue;
    }
    const spaces = needed ? new Namespaces() : null;
    const running = system.make(spaces ? { hosts: spaces.hosts, launchers: spaces.launchers } : {});
    const load = new LoadProcess();
    const allMs = [];
    try {
      await running.start();
      while (allMs.length < times) {
        await delay(CALM_MS);
        const { k } = await until(async () => ({ k: await running.leader() }), 'a leader');
        const targets = running.targets(system.driver);
        const job = { kind: 'outage', driver: system.driver, targets, ...PROBES };
        const struck = { ...job, fault: fault(running.children()[k], k, spaces) };
        const { outageMs } = await load.run(struck, 3 * PROBES.limitMs);
        allMs.push(outageMs ?? Number.POSITIVE_INFINITY);
        await mend(running, k, spaces);
        await running.ready();
      }
    } finally {
      load.stop();
      await running.stop();
      spaces?.close();
    }
    const endless = allMs.filter((ms) => ms === Number.POSITIVE_INFINITY).length;
    found[name] = { medianMs: median(allMs), allMs, endless };
  }
  return found;
}
