/**
 * A node under chaos: its output goes to a file, what it is started with may change from start to start, and it does not
 * outlive the process that started it.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type NodePorts, NodeProcess } from '../support/node-process.js';
import type { NodeDisk } from './disks.js';

/** So many of the newest lines are kept in memory; the file has all. */
const LINES_MAX = 5_000;
/** One line for every write: only the file wants them. */
const CHATTER = '"msg":"write accepted"';

export interface ChaosNodeOptions {
  readonly company: string;
  readonly ports: NodePorts;
  readonly args: readonly string[];
  readonly disk: NodeDisk;
  /** What Node runs: the entry, and what stands before `node` on its command line. */
  readonly entry: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Where its output goes. */
  readonly logDirectory: string;
}

export class ChaosNode extends NodeProcess {
  readonly disk: NodeDisk;
  /** Of the next start, beside its own. */
  extraArgs: readonly string[] = [];
  readonly #options: ChaosNodeOptions;
  readonly #log: WriteStream;

  constructor(options: ChaosNodeOptions) {
    super(options.company, options.ports, options.args, options.disk.directory);
    this.#options = options;
    this.disk = options.disk;
    this.#log = createWriteStream(join(options.logDirectory, `${options.company}.log`), { flags: 'a' });
  }

  override start(): void {
    const { entry, env } = this.#options;
    const [command, ...args] = [...DIES_WITH_PARENT, process.execPath, ...entry];
    const child = spawn(command!, [...args, 'node', ...this.args, ...this.extraArgs], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH, NO_COLOR: '1', ...env },
    });
    this.errorLines = [];
    const { errorLines } = this;
    this.say(`started as ${child.pid} ${this.extraArgs.join(' ')}`);
    child.once('exit', (code, signal) => this.say(`ended with ${signal ?? code}`));
    createInterface({ input: child.stdout }).on('line', (line) => this.#keep(line));
    createInterface({ input: child.stderr }).on('line', (line) => {
      this.#keep(line);
      if (errorLines.length < LINES_MAX) errorLines.push(line);
    });
    this.child = child;
    this.paused = false;
  }

  /** What Node runs to have `malha`. */
  get entry(): readonly string[] {
    return this.#options.entry;
  }

  /** Which step of a commit it dies at, once it is told to look (see failpoint-entry.mjs). */
  get failpointFile(): string {
    return this.#options.env.CHAOS_FAILPOINT!;
  }

  /** Where a trace of its system calls goes. */
  get traceFile(): string {
    return join(this.#options.logDirectory, `${this.company}.trace`);
  }

  tell(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  /** Writes a line of the harness into the node's log. */
  say(line: string): void {
    this.#log.write(`-- ${new Date().toISOString()} ${line}\n`);
  }

  get pid(): number {
    const pid = this.child?.pid;
    if (pid === undefined || !this.running) throw new Error(`${this.company} does not run`);
    return pid;
  }

  /** For good: ends the process, whatever state it is in, and gives back its disk and log. */
  async dispose(): Promise<void> {
    await this.end('SIGKILL');
    await this.disk.release();
    await new Promise<void>((resolve) => this.#log.end(resolve));
  }

  #keep(line: string): void {
    this.#log.write(`${line}\n`);
    if (line.includes(CHATTER)) return;
    this.lines.push(line);
    if (this.lines.length > LINES_MAX) this.lines.splice(0, LINES_MAX / 2);
  }
}

/** The kernel kills a node whose harness was killed, where the machine has the means to ask for that. */
const DIES_WITH_PARENT: readonly string[] =
  spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true']).status === 0
    ? ['setpriv', '--pdeathsig', 'KILL']
    : [];
