/**
 * `bin/malha.js` as a process, for tests of the command line. `make test` builds it first.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const MALHA = fileURLToPath(new URL('../../bin/malha.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningMalha {
  readonly child: ChildProcess;
  /** The first JSON line of stdout with that message. */
  line(message: string): Promise<Readonly<Record<string, unknown>>>;
  readonly ended: Promise<Ended>;
}

/** No setting of whoever runs the tests reaches the process. */
export function environment(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env;
  return { PATH, HOME, ...extra };
}

export function startMalha(
  args: readonly string[],
  cwd: string,
  env: Record<string, string> = {},
): RunningMalha {
  const child = spawn(process.execPath, [MALHA, ...args], { cwd, env: environment(env), stdio: 'pipe' });
  let stdout = '';
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const lines: Record<string, unknown>[] = [];
  const waiting = new Map<string, (line: Record<string, unknown>) => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    stdout += `${line}\n`;
    if (!line.startsWith('{')) return;
    const entry = JSON.parse(line) as Record<string, unknown>;
    lines.push(entry);
    waiting.get(String(entry.msg))?.(entry);
  });
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
  return {
    child,
    ended,
    line(message) {
      const seen = lines.find((entry) => entry.msg === message);
      if (seen !== undefined) return Promise.resolve(seen);
      return Promise.race([
        new Promise<Record<string, unknown>>((resolve) => waiting.set(message, resolve)),
        ended.then(({ code }) => {
          throw new Error(`ended with ${code} before "${message}": ${stderr}${stdout}`);
        }),
      ]);
    },
  };
}

/** Runs a command to its end. */
export function malha(
  args: readonly string[],
  cwd: string,
  env: Record<string, string> = {},
): Promise<Ended> {
  return startMalha(args, cwd, env).ended;
}
