/** The ledger under replay, crashes and wrong clocks, over whole replicas: S2, S4 and S5. */
import { describe, expect, it } from 'vitest';
import type { RowChange } from '../../src/ledger/state.js';
import type { StateMeta } from '../../src/replica/ports.js';
import { MemoryStateStore } from '../../src/storage/memory-state-store.js';
import type { VirtualMesh, VirtualNode } from '../support/virtual-mesh.js';
import { agree, HOUR, meshWithPoints, reserve, STALE, submit, wish } from './world.js';

const HOLD_MS = 5_000;

function hold(pointId: string, requestKey: string) {
  const stops = [{ pointId, company: '', startMs: 'now' as const, durationMs: HOUR }];
  return wish({ kind: 'reserve', stops, holdMs: HOLD_MS }, requestKey);
}

/** Notes the digest of the node's ledger after every command that it applies from now on. */
function digestsOf({ running }: VirtualNode): ReadonlyMap<number, string> {
  const digests = new Map<number, string>();
  running.onApplied(() => {
    const { appliedIndex, digest } = running.status();
    digests.set(appliedIndex, digest);
  });
  return digests;
}

/** Holds that run out, bookings, refusals and repeats, through all nodes. */
async function live(mesh: VirtualMesh, name: string): Promise<void> {
  for (let round = 0; round < 6; round += 1) {
    const node = mesh.nodes[round % mesh.nodes.length]!;
    await submit(mesh, node, hold('abc'[round % 3]!, `${name}-hold-${round}`));
    await submit(mesh, node, reserve(['a', 'b'], `${name}-trip-${round}`, 'car-2'));
    await submit(mesh, node, hold('abc'[round % 3]!, `${name}-hold-${round}`));
    await mesh.run(HOLD_MS + 500);
  }
  await agree(mesh);
}

describe('S2: time ends things by entries of the log', () => {
  it('so that a replay with a clock that is hours or years off gives the same ledger at every index', async () => {
    const mesh = await meshWithPoints();
    const seen = digestsOf(mesh.leader);
    const { index } = await submit(mesh, mesh.leader, hold('c', 'ends'));
    await live(mesh, 'once');
    const query = { kind: 'reservation', reservationId: `r${index}` } as const;
    expect((await mesh.leader.running.query(query, STALE)).reply).toMatchObject({ state: 'EXPIRED' });
    const { lastIndex } = mesh.leader.running.status();
    for (const skewMs of [5 * HOUR, -5 * HOUR, 20_000 * HOUR]) {
      const node = mesh.followers[0]!;
      mesh.kill(node);
      await node.state.clear();
      node.skewMs = skewMs;
      await mesh.restart(node);
      const replayed = digestsOf(node);
      await mesh.until(() => node.running.status().appliedIndex >= lastIndex);
      const common = [...seen].filter(([index]) => index <= lastIndex);
      expect(common.length).toBeGreaterThan(20);
      for (const [index, digest] of common) expect(replayed.get(index), `at ${index}`).toBe(digest);
      node.skewMs = 0;
      await agree(mesh);
    }
  });
});

/** Lets a process die right before or right after its write number `deadly`, counted from the next one. */
class DeadlyState extends MemoryStateStore {
  step = 0;

  constructor(
    content: ConstructorParameters<typeof MemoryStateStore>[0],
    private readonly deadlyStep: number,
    private readonly die: () => void,
  ) {
    super(content);
  }

  override async write(changes: readonly RowChange[], meta: StateMeta): Promise<void> {
    await this.maybeDie();
    await super.write(changes, meta);
    await this.maybeDie();
  }

  private async maybeDie(): Promise<void> {
    if (this.step++ !== this.deadlyStep) return;
    this.die();
    await new Promise<never>(() => {});
  }
}

describe('S4: rows and applied index', () => {
  for (const power of [false, true]) {
    it(`belong together at every step of every write${power ? ', with the power gone' : ''}: nothing is skipped or done twice`, async () => {
      let deaths = 0;
      for (let deadlyStep = 0; ; deadlyStep += 1) {
        const mesh = await meshWithPoints();
        const node = mesh.followers[0]!;
        await agree(mesh);
        mesh.kill(node);
        let died = false;
        // It begins anew, and writes all that the others have: first what it replays, then what is going on.
        const die = (): void => {
          died = true;
          mesh.kill(node, { power });
        };
        const state = new DeadlyState({ rows: new Map(), meta: null }, deadlyStep, die);
        node.state = state;
        await mesh.restart(node);
        const [one, two] = [mesh.leader, mesh.nodes.find((each) => each !== node && each !== mesh.leader)!];
        const answers = [
          await submit(mesh, one, reserve(['a'], 'k1')),
          await submit(mesh, two, hold('b', 'k2')),
          await submit(mesh, one, reserve(['a', 'c'], 'k3', 'car-2')),
        ];
        await mesh.run(HOLD_MS + 1_000);
        if (!died) {
          expect(deadlyStep).toBe(state.step);
          break;
        }
        deaths += 1;
        await mesh.restart(node);
        await agree(mesh);
        expect(await submit(mesh, node, reserve(['a'], 'k1'))).toEqual(answers[0]);
        expect(await submit(mesh, node, hold('b', 'k2'))).toEqual(answers[1]);
        expect(await submit(mesh, node, reserve(['a', 'c'], 'k3', 'car-2'))).toEqual(answers[2]);
        await agree(mesh);
      }
      expect(deaths).toBeGreaterThanOrEqual(8);
    });
  }
});

describe('S5: the hash of the state', () => {
  it('is the same on all replicas after every entry, however they came there', async () => {
    const mesh = await meshWithPoints();
    const histories = mesh.nodes.map(digestsOf);
    await live(mesh, 'before');
    // One goes on from its rows, another from nothing.
    const [restored, replayed] = mesh.followers as [VirtualNode, VirtualNode];
    for (const node of [restored, replayed]) mesh.kill(node);
    await replayed.state.clear();
    for (const node of [restored, replayed]) {
      await mesh.restart(node);
      histories.push(digestsOf(node));
    }
    await live(mesh, 'after');
    const all = new Map<number, Set<string>>();
    for (const [index, digest] of histories.flatMap((digests) => [...digests])) {
      all.set(index, (all.get(index) ?? new Set()).add(digest));
    }
    expect(all.size).toBeGreaterThan(40);
    for (const [index, digests] of all) expect(digests.size, `at ${index}`).toBe(1);
    const [afterRestore, afterReplay] = histories.slice(-2);
    expect(afterReplay!.size).toBeGreaterThan(afterRestore!.size);
    expect(new Set([...all.values()].flatMap((digests) => [...digests])).size).toBeGreaterThan(20);
  });
});
