/** The nodes of a run, each behind the network's links, and what is asked of all of them. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '../support/eventually.js';
import { freePorts } from '../support/free-ports.js';
import { ChaosNode } from './chaos-node.js';
import { type DiskKind, makeDisk } from './disks.js';
import { Network } from './proxy/network.js';

export interface ChaosMeshOptions {
  /** What the disks of the nodes are, which also says how many there are. */
  readonly disks: readonly DiskKind[];
  /** Where their data goes. */
  readonly directory: string;
  readonly logDirectory: string;
  /** See ChaosNode. */
  readonly entry: readonly string[];
}

/** The whole log is looked at in the end. */
const ARGS = [
  ...['--compact-entries', '10000000', '--request-timeout-ms', '2000', '--disk-reserve-mb', '8'],
  ...['--retry-cap-ms', '500'],
];
const READY_TIMEOUT_MS = 60_000;

export class ChaosMesh {
  private constructor(
    readonly nodes: readonly ChaosNode[],
    readonly network: Network,
    private readonly directory: string,
  ) {}

  /** Starts all, and waits until they are one mesh, with all points, of the newest ledger version. */
  static async start({ disks, directory, logDirectory, entry }: ChaosMeshOptions): Promise<ChaosMesh> {
    const ports = await freePorts(3 * disks.length);
    const companies = disks.map((_, k) => `empresa_${'abcdefg'[k]}`);
    const network = await Network.open(new Map(companies.map((each, k) => [each, ports[3 * k + 1]!])));
    const nodes: ChaosNode[] = [];
    const mesh = new ChaosMesh(nodes, network, directory);
    await mkdir(logDirectory, { recursive: true });
    try {
      for (const [k, company] of companies.entries()) {
        const [rest, grpc, mqtt] = ports.slice(3 * k, 3 * k + 3) as [number, number, number];
        const addressOf = (peer: string): string =>
          peer === company ? `127.0.0.1:${grpc}` : network.addressOf(company, peer);
        const peers = companies.map((peer) => `${peer}=${addressOf(peer)}`).join(',');
        const disk = await makeDisk(disks[k]!, join(directory, company));
        const args = [
          ...['--company', company, '--data', disk.directory, '--peers', peers],
          ...['--rest', `127.0.0.1:${rest}`, '--grpc', `127.0.0.1:${grpc}`, '--mqtt', `127.0.0.1:${mqtt}`],
          ...ARGS,
        ];
        const env = { CHAOS_FAILPOINT: join(logDirectory, `${company}.failpoint`) };
        nodes.push(
          new ChaosNode({ company, ports: { rest, grpc, mqtt }, args, disk, entry, env, logDirectory }),
        );
      }
      for (const node of nodes) node.start();
      await Promise.all(nodes.map((node) => node.ready(READY_TIMEOUT_MS)));
      await eventually(() => nodes.every((node) => node.logged('ready').length > 0), {
        timeoutMs: READY_TIMEOUT_MS,
      });
      await eventually(async () => (await nodes[0]!.status()).ledgerVersion === 2, { timeoutMs: 20_000 });
    } catch (error) {
      await mesh.dispose();
      throw error;
    }
    return mesh;
  }

  node(company: string): ChaosNode {
    const node = this.nodes.find((each) => each.company === company);
    if (node === undefined) throw new Error(`there is no ${company}`);
    return node;
  }

  others(node: ChaosNode): readonly ChaosNode[] {
    return this.nodes.filter((other) => other !== node);
  }

  /** The node that leads with the highest term, of those that can be asked. */
  async leader(timeoutMs = 20_000): Promise<ChaosNode> {
    return eventually(
      async () => {
        const running = this.nodes.filter((node) => node.running && !node.paused);
        const seen = await Promise.all(
          running.map(async (node) => ({ node, status: await node.status().catch(() => null) })),
        );
        const leading = seen
          .filter(({ node, status }) => status?.role === 'leader' && status.leaderCompany === node.company)
          .sort((one, other) => Number(other.status!.term) - Number(one.status!.term));
        return leading[0]?.node ?? false;
      },
      { timeoutMs },
    );
  }

  /** Nothing is in anybody's way any more, and everybody runs. */
  async heal(): Promise<void> {
    this.network.heal();
    for (const node of this.nodes) {
      await node.disk.makeRoom();
      if (node.running && node.paused) node.resume();
      if (node.running && node.extraArgs.length > 0) await node.end('SIGKILL');
      node.extraArgs = [];
      if (!node.running) node.start();
    }
  }

  /** See LeavingMesh. */
  async agree(): Promise<void> {
    await eventually(
      async () => {
        const all = await Promise.all(this.nodes.map((node) => node.status()));
        return (
          all.every((status) => status.ready === true && status.appliedIndex === status.lastIndex) &&
          new Set(all.map((status) => `${status.appliedIndex} ${status.digest}`)).size === 1
        );
      },
      { timeoutMs: READY_TIMEOUT_MS, everyMs: 50 },
    );
  }

  /** Ends every process, and removes all data. */
  async dispose(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.dispose()));
    await this.network.close();
    await rm(this.directory, { recursive: true, force: true });
  }
}
