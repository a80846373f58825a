/**
 * A company's node as a process of its own, started again when it dies.
 *
 * It leads a process group of its own, so that Ctrl-C at the terminal reaches the demo alone, which ends vehicles before nodes;
 * the IPC channel ends it when the demo itself is killed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const RESTART_BASE_MS = 250;
const RESTART_CAP_MS = 5_000;
/** A process that lived so long is not dying in a loop. */
const STEADY_MS = 10_000;

export interface NodeProcessOptions {
  readonly company: string;
  /** Of `malha node`. */
  readonly args: readonly string[];
  readonly executable: string;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Where its output goes; overwritten. */
  readonly logFile: string;
  readonly onEvent: (event: NodeEvent) => void;
}

export type NodeEvent = { readonly company: string } & (
  | { readonly kind: 'died'; readonly how: string; readonly reason: string }
  | { readonly kind: 'back'; readonly pid: number }
  | { readonly kind: 'error'; readonly message: string }
);

export class NodeProcess {
  readonly company: string;
  /** How often it was started again. */
  restarts = 0;
  private child: ChildProcess | undefined;
  private readonly log: WriteStream;
  private readonly stopping = new AbortController();
  private lastWords = '';
  /** Resolves with how the newest process ended, once all that it wrote was read. */
  private ended: Promise<string> = Promise.resolve('');
  private supervised: Promise<void> = Promise.resolve();

  constructor(private readonly options: NodeProcessOptions) {
    this.company = options.company;
    this.log = createWriteStream(options.logFile);
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Resolves when the node says that it is ready; rejects when its process ends before. */
  async start(): Promise<void> {
    const ready = this.spawn();
    await Promise.race([
      ready,
      this.ended.then((how) => {
        throw new Error(
          `${this.company} ended at its start (${how})${this.lastWords && `: ${this.lastWords}`}`,
        );
      }),
    ]);
    this.supervised = this.supervise();
  }

  /** SIGTERM, and after `graceMs` SIGKILL. Resolves when the process is gone; false when it had to be killed. */
  async stop(graceMs: number): Promise<boolean> {
    this.stopping.abort();
    const { child } = this;
    let killed = false;
    const timer = setTimeout(() => {
      killed = true;
      child?.kill('SIGKILL');
    }, graceMs);
    child?.kill('SIGTERM');
    await this.ended;
    clearTimeout(timer);
    await this.supervised;
    await new Promise<void>((resolve) => this.log.end(resolve));
    return !killed;
  }

  kill(): void {
    this.stopping.abort();
    this.child?.kill('SIGKILL');
  }

  /** Starts a process; resolves with its id once it says that it is ready. */
  private spawn(): Promise<number> {
    const { executable, args, cwd, env } = this.options;
    const child = spawn(process.execPath, [executable, 'node', ...args], {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.child = child;
    this.lastWords = '';
    const ready = new Promise<number>((resolve) => {
      createInterface({ input: child.stdout! }).on('line', (line) => {
        this.log.write(`${line}\n`);
        if (this.heard(line) === 'ready') resolve(child.pid ?? 0);
      });
    });
    createInterface({ input: child.stderr! }).on('line', (line) => {
      this.log.write(`${line}\n`);
      this.lastWords = line;
    });
    this.ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      // After `close`, not `exit`, all that it wrote has been read.
      child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
    return ready;
  }

  /** The message of a log line; errors are passed on. */
  private heard(line: string): string {
    let entry: unknown;
    try {
      entry = JSON.parse(line);
    } catch {
      return '';
    }
    if (typeof entry !== 'object' || entry === null || !('msg' in entry)) return '';
    const message = String(entry.msg);
    if ('level' in entry && entry.level === 'error') {
      this.options.onEvent({ kind: 'error', company: this.company, message });
    }
    return message;
  }

  private async supervise(): Promise<void> {
    const { signal } = this.stopping;
    let startedAtMs = performance.now();
    let delayMs = RESTART_BASE_MS;
    for (;;) {
      const how = await this.ended;
      if (signal.aborted) return;
      this.options.onEvent({ kind: 'died', company: this.company, how, reason: this.lastWords });
      if (performance.now() - startedAtMs > STEADY_MS) delayMs = RESTART_BASE_MS;
      await sleep(delayMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      delayMs = Math.min(2 * delayMs, RESTART_CAP_MS);
      startedAtMs = performance.now();
      this.restarts += 1;
      void this.spawn().then((pid) => this.options.onEvent({ kind: 'back', company: this.company, pid }));
    }
  }
}
