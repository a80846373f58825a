/**
 * The processes of the benchmark. Each is known by its pid, is ended by it, and dies with this process even if that is
 * killed (`setpriv --pdeathsig`, where there is one).
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const DIES_WITH_PARENT = has('setpriv') ? ['setpriv', '--pdeathsig', 'KILL'] : [];
const running = new Set();
const directories = new Set();

process.on('exit', () => {
  for (const child of running) for (const pid of tree(child.pid)) kill(pid, 'SIGKILL');
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(130));

/** Starts `command`; what it prints goes to `log`. `launcher` runs it. */
export function start(command, { log, launcher = [], cwd, env = process.env, uid, gid }) {
  const output = openSync(log, 'a');
  const launched = launcher.length > 0 ? [...launcher, ...DIES_WITH_PARENT] : [];
  const [program, ...args] = [...DIES_WITH_PARENT, ...launched, ...command];
  const child = spawn(program, args, { stdio: ['ignore', output, output], cwd, env, uid, gid });
  closeSync(output);
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** Ends a process and all that it started, in order if it can. */
export async function stop(child, signal = 'SIGTERM', patienceMs = 10_000) {
  if (!running.has(child)) return;
  const gone = once(child, 'exit');
  const pids = tree(child.pid);
  for (const pid of pids) {
    kill(pid, signal);
    kill(pid, 'SIGCONT');
  }
  const impatient = setTimeout(() => {
    for (const pid of pids) kill(pid, 'SIGKILL');
  }, patienceMs);
  await gone;
  clearTimeout(impatient);
  await until(() => pids.every((pid) => !isAlive(pid)), `the end of ${pids}`);
}

export function isRunning(child) {
  return running.has(child);
}

/** A process and all that come from it. */
export function tree(pid) {
  const found = [pid];
  for (const parent of found) found.push(...childrenOf(parent));
  return found;
}

function childrenOf(pid) {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    return threads.flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1').split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

function isAlive(pid) {
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

function kill(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone.
  }
}

/** A directory that goes with this process, or with `dropDirectory`. */
export function freshDirectory(name) {
  const directory = mkdtempSync(join(tmpdir(), `malha-bench-${name}-`));
  directories.add(directory);
  return directory;
}

export function dropDirectory(directory) {
  directories.delete(directory);
  rmSync(directory, { recursive: true, force: true });
}

/** Ports that were free a moment ago. */
export async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

/** Waits until `condition` gives something; what it throws counts as "not yet". */
export async function until(condition, what, timeoutMs = 60_000) {
  const endMs = Date.now() + timeoutMs;
  let why = '';
  while (Date.now() < endMs) {
    try {
      const found = await condition();
      if (found) return found;
    } catch (error) {
      why = `: ${error.message}`;
    }
    await delay(20);
  }
  throw new Error(`not within ${timeoutMs} ms: ${what}${why}`);
}

export function has(program) {
  try {
    execFileSync('which', [program], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
