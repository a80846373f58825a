/** Runs a program of `programs/` under strace, which counts its system calls or makes them fail. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'vite';

const run = promisify(execFile);
const ROOT = process.cwd();

/** Why strace cannot be used here; null when it can. */
export async function whyNoTrace(): Promise<string | null> {
  try {
    await run('strace', ['-qq', '-o', '/dev/null', '-e', 'trace=fdatasync', 'true']);
    return null;
  } catch (error) {
    return `no strace here: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Translates a program to JavaScript, where packages are found; returns its path. Remove its folder after use. */
export async function translate(
  program: string,
): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(ROOT, 'node_modules', '.malha-program-'));
  await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      ssr: join(ROOT, 'test', 'storage', 'programs', program),
      outDir: folder,
      emptyOutDir: false,
      rolldownOptions: { output: { entryFileNames: 'program.mjs' } },
    },
  });
  return { path: join(folder, 'program.mjs'), remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Runs `node program ...args` under strace with `options`; gives its output and the lines of the trace. */
export async function traced(
  options: readonly string[],
  program: string,
  args: readonly string[],
): Promise<{ readonly output: readonly string[]; readonly trace: readonly string[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'malha-trace-'));
  try {
    const file = join(folder, 'trace');
    const command = ['-f', '-qq', '-y', '-o', file, ...options, process.execPath, program, ...args];
    const { stdout } = await run('strace', command, { timeout: 60_000 });
    return { output: linesOf(stdout), trace: linesOf(await readFile(file, 'utf8')) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
