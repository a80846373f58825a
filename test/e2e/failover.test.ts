/**
 * Three real nodes, eight clients that reserve and cancel at random nodes, and SIGKILL in the middle: nothing that was
 * acknowledged is lost, nothing is booked twice, and what clients believe is what every ledger says.
 */
import { randomInt, randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { type NodeProcess, ProcessMesh } from '../support/node-process.js';

const POINTS = Array.from({ length: 14 }, (_, k) => String(k + 1));

/** One client that never has more than one request under way, and always learns how each ended. */
class Client {
  readonly holds = new Set<string>();
  granted = 0;
  refused = 0;
  retries = 0;

  constructor(
    readonly id: string,
    private readonly nodes: readonly NodeProcess[],
  ) {}

  async step(): Promise<void> {
    if (this.holds.size > 0) await this.cancel();
    else await this.reserve();
  }

  private async reserve(): Promise<void> {
    const wanted = [...new Set(Array.from({ length: 3 }, () => POINTS[randomInt(POINTS.length)]!))];
    const response = await this.ask(`/reserve-points/${wanted.join(',')}`);
    if (response.status === 200) {
      expect(await response.json()).toEqual({ reservados: wanted, indisponiveis: [] });
      for (const id of wanted) this.holds.add(id);
      this.granted += 1;
    } else {
      expect(response.status).toBe(409);
      this.refused += 1;
    }
  }

  private async cancel(): Promise<void> {
    const ids = [...this.holds];
    const response = await this.ask(`/cancel-reservation/${ids.join(',')}`);
    expect(response.status).toBe(200);
    this.holds.clear();
  }

  /** Asks with one key, at one node after another, until a node knows the outcome. */
  private async ask(path: string): Promise<Response> {
    const key = randomUUID();
    return eventually(
      async () => {
        const node = this.nodes[randomInt(this.nodes.length)]!;
        const response = await fetch(`${node.url}${path}`, {
          method: 'POST',
          headers: { 'Malha-Vehicle': this.id, 'Idempotency-Key': key },
          signal: AbortSignal.timeout(6_000),
        });
        if (response.status < 500) return response;
        this.retries += 1;
        throw new Error(`${response.status} ${await response.text()}`);
      },
      { timeoutMs: 30_000, everyMs: 50 },
    );
  }
}

/** What every node's ledger says that a holder has. */
async function heldAt(node: NodeProcess, holder: string): Promise<string[]> {
  const response = await fetch(`${node.url}/v1/reservations?vehicle=${holder}`);
  expect(response.status).toBe(200);
  const { items } = (await response.json()) as {
    items: { stops: { pointId: string; state: string }[] }[];
  };
  return items
    .flatMap(({ stops }) => stops.filter(({ state }) => state === 'PLANNED').map(({ pointId }) => pointId))
    .sort();
}

async function expectAgreement(mesh: ProcessMesh, clients: readonly Client[]): Promise<void> {
  await mesh.agree();
  for (const node of mesh.nodes) {
    const taken: string[] = [];
    for (const client of clients) {
      const held = await heldAt(node, client.id);
      expect(held).toEqual([...client.holds].sort());
      taken.push(...held);
    }
    expect(new Set(taken).size).toBe(taken.length);
  }
}

describe('three real nodes', () => {
  let mesh: ProcessMesh | null = null;
  afterEach(async () => {
    await mesh?.stop();
    mesh = null;
  });

  it('survive SIGKILL of the leader in the middle of the flow, and of all three', {
    timeout: 90_000,
  }, async () => {
    mesh = await ProcessMesh.start(3);
    await mesh.registered();
    const clients = Array.from({ length: 8 }, (_, k) => new Client(`car-${k}`, mesh!.nodes));
    const decided = (): number => clients.reduce((sum, client) => sum + client.granted + client.refused, 0);

    let stop = false;
    const flows = clients.map(async (client) => {
      while (!stop) await client.step();
    });
    await eventually(() => decided() >= 50, { timeoutMs: 20_000 });

    const leader = await mesh.leader();
    await leader.end('SIGKILL');
    const before = decided();
    // The others go on without it.
    await eventually(() => decided() >= before + 100, { timeoutMs: 20_000 });
    leader.start();
    await leader.ready();
    const after = decided();
    await eventually(() => decided() >= after + 50, { timeoutMs: 20_000 });
    stop = true;
    await Promise.all(flows);
    await expectAgreement(mesh, clients);
    expect(clients.every((client) => client.granted > 0)).toBe(true);

    await Promise.all(mesh.nodes.map((node) => node.end('SIGKILL')));
    for (const node of mesh.nodes) node.start();
    await Promise.all(mesh.nodes.map((node) => node.ready()));
    await expectAgreement(mesh, clients);
  });

  it('hand leadership on at SIGTERM and end with 0, while requests go on elsewhere', {
    timeout: 60_000,
  }, async () => {
    mesh = await ProcessMesh.start(3);
    await mesh.registered();
    const leader = await mesh.leader();
    const client = new Client(
      'car-1',
      mesh.nodes.filter((node) => node !== leader),
    );
    const ended = leader.end('SIGTERM');
    while (client.granted < 20) await client.step();
    expect(await ended).toBe(0);
    expect(await (await mesh.leader()).company).not.toBe(leader.company);
  });
});
