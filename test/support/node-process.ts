/**
 * Real `malha node` processes on loopback, each with its own directory and free ports, started from the build.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.js';
import { freePorts } from './free-ports.js';

const BIN = fileURLToPath(new URL('../../bin/malha.js', import.meta.url));

/** Beyond it a node counts as silent. */
const ASK_TIMEOUT_MS = 6_000;

export interface NodePorts {
  readonly rest: number;
  readonly grpc: number;
  readonly mqtt: number;
}

export class NodeProcess {
  child: ChildProcess | null = null;
  /** Whether the process stands still: alive, but it neither hears nor says anything. */
  paused = false;
  /** Every line that the node printed, all starts together. */
  readonly lines: string[] = [];
  /** Of these, what went to stderr in the newest start. */
  errorLines: string[] = [];

  constructor(
    readonly company: string,
    readonly ports: NodePorts,
    readonly args: readonly string[],
    readonly dataDirectory: string,
    /** What the process is run by; its pid must be the process's own. */
    private readonly launcher: readonly string[] = [],
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.ports.rest}`;
  }

  get mqttUrl(): string {
    return `mqtt://127.0.0.1:${this.ports.mqtt}`;
  }

  /** Starts the process; `ready` says when it is of use. */
  start(): void {
    const [command, ...args] = [...this.launcher, process.execPath, BIN, 'node', ...this.args];
    const child = spawn(command!, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH, NO_COLOR: '1' },
    });
    const errorLines: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => this.lines.push(line));
    createInterface({ input: child.stderr }).on('line', (line) => {
      this.lines.push(line);
      errorLines.push(line);
    });
    this.child = child;
    this.errorLines = errorLines;
    this.paused = false;
  }

  get running(): boolean {
    return this.child !== null && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** SIGSTOP: to the others it is as good as dead, and its sockets stay open. */
  pause(): void {
    this.signal('SIGSTOP');
    this.paused = true;
  }

  /** SIGCONT. */
  resume(): void {
    this.signal('SIGCONT');
    this.paused = false;
  }

  private signal(signal: NodeJS.Signals): void {
    if (!this.running) throw new Error(`${this.company} does not run`);
    this.child?.kill(signal);
  }

  /** Its log lines with that message, all starts together; what is no JSON is passed over. */
  logged(message: string): readonly Readonly<Record<string, unknown>>[] {
    return this.lines
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ msg }) => msg === message);
  }

  /** Resolves with the exit code once it ended by itself and all that it printed was read. */
  async ended(timeoutMs = 20_000): Promise<number | null> {
    const { child } = this;
    if (!child) throw new Error(`${this.company} was never started`);
    await eventually(() => !this.running && child.stdout?.closed === true && child.stderr?.closed === true, {
      timeoutMs,
    });
    return child.exitCode;
  }

  async ready(timeoutMs = 20_000): Promise<void> {
    await eventually(
      async () => {
        if (!this.running) throw new Error(`it ended: ${this.lines.slice(-5).join('\n')}`);
        return (await this.get('/readyz')).ok;
      },
      { timeoutMs, everyMs: 50 },
    );
  }

  /** Sends a signal and waits until the process is gone; resolves with its exit code, null after a kill. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    const { child } = this;
    if (!child || !this.running) return child?.exitCode ?? null;
    const gone = once(child, 'exit');
    child.kill(signal);
    const [code] = await gone;
    return code as number | null;
  }

  async status(): Promise<Record<string, unknown>> {
    return (await (await this.get('/v1/cluster')).json()) as Record<string, unknown>;
  }

  private get(path: string): Promise<Response> {
    return fetch(`${this.url}${path}`, { signal: AbortSignal.timeout(ASK_TIMEOUT_MS) });
  }
}

export class ProcessMesh {
  /** The nodes that the questions below are about: the founders, until a test takes some out or adds others. */
  readonly nodes: NodeProcess[];
  private readonly started: NodeProcess[];

  private constructor(
    nodes: readonly NodeProcess[],
    readonly directory: string,
    private readonly extraArgs: readonly string[],
  ) {
    this.nodes = [...nodes];
    this.started = [...nodes];
  }

  /** Starts a mesh of companies `empresa_a`, `empresa_b`, … and waits until all are ready. */
  static async start(size: number, extraArgs: readonly string[] = []): Promise<ProcessMesh> {
    const directory = await mkdtemp(join(tmpdir(), 'malha-mesh-'));
    const ports = await freePorts(3 * size);
    const companies = Array.from({ length: size }, (_, k) => `empresa_${'abcdefg'[k]}`);
    const grpcOf = (k: number): number => ports[3 * k + 1]!;
    const peers = companies.map((company, k) => `${company}=127.0.0.1:${grpcOf(k)}`).join(',');
    const nodes = companies.map((company, k) => {
      const own = { rest: ports[3 * k]!, grpc: grpcOf(k), mqtt: ports[3 * k + 2]! };
      return nodeOf(company, own, join(directory, company), peers, extraArgs);
    });
    const mesh = new ProcessMesh(nodes, directory, extraArgs);
    for (const node of nodes) node.start();
    try {
      await Promise.all(nodes.map((node) => node.ready()));
    } catch (error) {
      await mesh.stop();
      throw error;
    }
    return mesh;
  }

  /**
   * The node of a company that is not started yet, with an empty directory and ports of its own. It knows `nodes`; they
   * know nothing of it.
   */
  async newcomer(company: string, nodes: readonly NodeProcess[] = this.nodes): Promise<NodeProcess> {
    const [rest, grpc, mqtt] = await freePorts(3);
    const own = { rest: rest!, grpc: grpc!, mqtt: mqtt! };
    const known = nodes.filter((node) => node.company !== company);
    const peers = [...known.map(placeOf), `${company}=127.0.0.1:${own.grpc}`].join(',');
    const data = join(this.directory, `${company}-${own.grpc}`);
    const node = nodeOf(company, own, data, peers, this.extraArgs);
    this.started.push(node);
    return node;
  }

  /** Waits until every node said that it is ready: then all companies' points and routes are in the ledger. */
  async registered(): Promise<void> {
    await eventually(() => this.nodes.every((node) => node.logged('ready').length > 0), {
      timeoutMs: 20_000,
    });
  }

  /** All but `node`. */
  others(node: NodeProcess): readonly NodeProcess[] {
    return this.nodes.filter((other) => other !== node);
  }

  /** The node that leads, as all that run and are not paused see it. */
  async leader(): Promise<NodeProcess> {
    return eventually(async () => {
      const running = this.nodes.filter((node) => node.running && !node.paused);
      const seen = await Promise.all(running.map(async (node) => (await node.status()).leaderCompany));
      const leader = running.find((node) => seen.every((company) => company === node.company));
      return leader ?? false;
    });
  }

  /** Waits until all nodes run, are ready, and hold the same ledger at the same index. */
  async agree(): Promise<void> {
    await eventually(
      async () => {
        const all = await Promise.all(this.nodes.map((node) => node.status()));
        return (
          all.every((status) => status.ready === true && status.appliedIndex === status.lastIndex) &&
          new Set(all.map((status) => `${status.appliedIndex} ${status.digest}`)).size === 1
        );
      },
      { timeoutMs: 20_000, everyMs: 50 },
    );
  }

  async stop(): Promise<void> {
    await Promise.all(this.started.map((node) => node.end('SIGKILL')));
    await rm(this.directory, { recursive: true, force: true });
  }
}

function nodeOf(
  company: string,
  ports: NodePorts,
  data: string,
  peers: string,
  extraArgs: readonly string[],
): NodeProcess {
  const args = [
    ...['--company', company, '--data', data, '--peers', peers],
    ...['--rest', `127.0.0.1:${ports.rest}`, '--grpc', `127.0.0.1:${ports.grpc}`],
    ...['--mqtt', `127.0.0.1:${ports.mqtt}`],
    ...extraArgs,
  ];
  return new NodeProcess(company, ports, args, data);
}

/** As MALHA_PEERS and `malha member` write it. */
export function placeOf({ company, ports }: NodeProcess): string {
  return `${company}=127.0.0.1:${ports.grpc}`;
}
