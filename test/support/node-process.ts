/**
 * Real `malha node` processes on loopback, each with its own directory and free ports, started from the build.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.js';

const BIN = fileURLToPath(new URL('../../bin/malha.js', import.meta.url));

/** So many ports of loopback that were free a moment ago. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

export interface NodePorts {
  readonly rest: number;
  readonly grpc: number;
  readonly mqtt: number;
}

export class NodeProcess {
  child: ChildProcess | null = null;
  /** Every line that the node printed, all starts together. */
  readonly lines: string[] = [];

  constructor(
    readonly company: string,
    readonly ports: NodePorts,
    private readonly args: readonly string[],
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.ports.rest}`;
  }

  get mqttUrl(): string {
    return `mqtt://127.0.0.1:${this.ports.mqtt}`;
  }

  /** Starts the process; `ready` says when it is of use. */
  start(): void {
    const child = spawn(process.execPath, [BIN, 'node', ...this.args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH, NO_COLOR: '1' },
    });
    const keep = (chunk: Buffer): void => {
      this.lines.push(...chunk.toString().split('\n').filter(Boolean));
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    this.child = child;
  }

  async ready(timeoutMs = 20_000): Promise<void> {
    await eventually(
      async () => {
        if (this.child?.exitCode !== null) throw new Error(`it ended: ${this.lines.slice(-5).join('\n')}`);
        return (await fetch(`${this.url}/readyz`)).ok;
      },
      { timeoutMs, everyMs: 50 },
    );
  }

  /** Sends a signal and waits until the process is gone; resolves with its exit code, null after a kill. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const gone = once(child, 'exit');
    child.kill(signal);
    const [code] = await gone;
    return code as number | null;
  }

  async status(): Promise<Record<string, unknown>> {
    return (await (await fetch(`${this.url}/v1/cluster`)).json()) as Record<string, unknown>;
  }
}

export class ProcessMesh {
  private constructor(
    readonly nodes: readonly NodeProcess[],
    readonly directory: string,
  ) {}

  /** Starts a mesh of companies `empresa_a`, `empresa_b`, … and waits until all are ready. */
  static async start(size: number, extraArgs: readonly string[] = []): Promise<ProcessMesh> {
    const directory = await mkdtemp(join(tmpdir(), 'malha-mesh-'));
    const ports = await freePorts(3 * size);
    const companies = Array.from({ length: size }, (_, k) => `empresa_${'abcdefg'[k]}`);
    const grpcOf = (k: number): number => ports[3 * k + 1]!;
    const peers = companies.map((company, k) => `${company}=127.0.0.1:${grpcOf(k)}`).join(',');
    const nodes = companies.map((company, k) => {
      const own = { rest: ports[3 * k]!, grpc: grpcOf(k), mqtt: ports[3 * k + 2]! };
      return new NodeProcess(company, own, [
        ...['--company', company, '--data', join(directory, company), '--peers', peers],
        ...['--rest', `127.0.0.1:${own.rest}`, '--grpc', `127.0.0.1:${own.grpc}`],
        ...['--mqtt', `127.0.0.1:${own.mqtt}`],
        ...extraArgs,
      ]);
    });
    const mesh = new ProcessMesh(nodes, directory);
    for (const node of nodes) node.start();
    try {
      await Promise.all(nodes.map((node) => node.ready()));
    } catch (error) {
      await mesh.stop();
      throw error;
    }
    return mesh;
  }

  /** The node that leads, as a majority of the running ones see it. */
  async leader(): Promise<NodeProcess> {
    return eventually(async () => {
      const running = this.nodes.filter((node) => node.child?.exitCode === null && !node.child.killed);
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
    await Promise.all(this.nodes.map((node) => node.end('SIGKILL')));
    await rm(this.directory, { recursive: true, force: true });
  }
}
