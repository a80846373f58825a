/** One point of a curve: so many clients for a while, and what the servers used meanwhile. */
import { tree } from './systems/processes.mjs';
import { machineCpuS, memoryMb, usageOf } from './systems/usage.mjs';

const WARM_MS = 2_000;

/** `job`: see load/generator.mjs. `children`: the servers. */
export async function measure(load, job, children) {
  const pids = children.flatMap(({ pid }) => tree(pid));
  let [servers, machine] = [usageOf(pids), machineCpuS()];
  let residentMb = 0;
  const wait = { warmMs: Math.min(WARM_MS, job.measureMs), measureMs: job.measureMs };
  const figures = await load.run(
    { kind: 'load', ...job, ...wait },
    wait.warmMs + wait.measureMs,
    (moment) => {
      // The connections are there by now, and some servers have a process for each.
      if (moment === 'begin') pids.splice(0, pids.length, ...children.flatMap(({ pid }) => tree(pid)));
      const now = [usageOf(pids), machineCpuS()];
      if (moment === 'begin') [servers, machine] = now;
      else {
        servers = {
          cpuS: now[0].cpuS - servers.cpuS,
          writtenBytes: now[0].writtenBytes - servers.writtenBytes,
        };
        machine = now[1] - machine;
        residentMb = memoryMb(pids);
      }
    },
  );
  const { seconds, committed, refused, failed, latencyMs, generatorCpuS } = figures;
  // A refusal is work, too, and an answer; a failure is neither.
  const answered = committed + refused;
  return {
    clients: job.clients,
    committedPerS: committed / seconds,
    refusedShare: refused / answered,
    failed,
    p50Ms: latencyMs.p50,
    p99Ms: latencyMs.p99,
    p999Ms: latencyMs.p999,
    cpuSPerThousand: (1_000 * servers.cpuS) / answered,
    writtenBytesPerOperation: servers.writtenBytes / answered,
    memoryMb: residentMb,
    serverCores: servers.cpuS / seconds,
    generatorCores: generatorCpuS / seconds,
    otherCores: Math.max(0, machine - servers.cpuS - generatorCpuS) / seconds,
  };
}
