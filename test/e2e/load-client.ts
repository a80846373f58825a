/**
 * A client that reserves and cancels at random nodes, whatever happens to them, and knows at any moment what it must hold.
 */
import { randomInt, randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { eventually } from '../support/eventually.js';
import type { NodeProcess, ProcessMesh } from '../support/node-process.js';

const POINTS = Array.from({ length: 14 }, (_, k) => String(k + 1));

/** One client that never has more than one request under way, and always learns how each ended. */
export class Client {
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

/** What each client believes to hold is what every node's ledger says, and no two hold one point. */
export async function expectAgreement(mesh: ProcessMesh, clients: readonly Client[]): Promise<void> {
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
