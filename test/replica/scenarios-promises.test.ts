/** Promises of whole replicas, at every await between a question and its answer: C3, and the first failed write (D1). */
import { describe, expect, it } from 'vitest';
import type { VoteReply } from '../../src/raft/message.js';
import type { LogSave } from '../../src/replica/ports.js';
import { MemoryLogStore } from '../../src/storage/memory-log-store.js';
import { EPOCH_MS, type VirtualMesh, type VirtualNode } from '../support/virtual-mesh.js';
import { agree, meshWithPoints, reserve, submit, TIMEOUT } from './world.js';

const TERM = 50;

/** A replica whose peers are played by the test: it hears their vote requests, and they note its replies. */
async function voter(): Promise<{
  readonly mesh: VirtualMesh;
  readonly node: VirtualNode;
  readonly rivals: readonly [VirtualNode, VirtualNode];
  readonly granted: Set<string>;
  readonly refused: Set<string>;
  readonly ask: (rival: VirtualNode) => void;
}> {
  const mesh = await meshWithPoints();
  const [node, ...rivals] = mesh.nodes as [VirtualNode, VirtualNode, VirtualNode];
  await agree(mesh);
  for (const each of mesh.nodes) mesh.kill(each);
  // A disk on which a save is done when the test says so.
  const slow = new MemoryLogStore({ completion: 'manual' });
  const { log } = node;
  const copied = slow.save({
    hardState: log.hardState(),
    entries: log.entries(log.firstIndex(), log.lastIndex() + 1, Number.MAX_SAFE_INTEGER),
    snapshot: log.snapshot(),
    mustSync: true,
  });
  slow.complete();
  await copied;
  node.log = slow;
  const granted = new Set<string>();
  const refused = new Set<string>();
  const wires = new Map(rivals.map((rival) => [rival, mesh.network.transport(rival.id)]));
  for (const wire of wires.values()) {
    wire.receive(({ frames }) => {
      for (const frame of frames) {
        if (frame.kind !== 'raft' || frame.message.kind !== 'vote-reply') continue;
        const { to, term, granted: yes } = frame.message as VoteReply;
        if (term === TERM) (yes ? granted : refused).add(to);
      }
    });
  }
  const ask = (rival: VirtualNode): void => {
    const last = { lastIndex: 1_000, lastTerm: TERM - 1 };
    const envelope = { from: rival.id, to: node.id, term: TERM, transfer: true };
    wires.get(rival)!.send({
      ...{
        from: rival.id,
        to: node.id,
        wallMs: EPOCH_MS + mesh.nowMs,
        ledgerMs: 0,
        medianMs: 0,
        commitIndex: 0,
        understands: 2,
      },
      frames: [{ kind: 'raft', message: { kind: 'vote', ...envelope, ...last } }],
    });
  };
  return { mesh, node, rivals, granted, refused, ask };
}

/** Completes saves until there are none. */
async function settleDisk(mesh: VirtualMesh, node: VirtualNode): Promise<void> {
  for (let turns = 0; turns < 20; turns += 1) {
    if (node.log.saving) node.log.complete();
    await mesh.run(2);
  }
}

describe('C3: one vote a term', () => {
  it('is given though two candidates ask while the save of the first one’s vote is awaited', async () => {
    const { mesh, node, rivals, granted, refused, ask } = await voter();
    await mesh.restart(node);
    ask(rivals[0]);
    await mesh.until(() => node.log.saving);
    // The turn is over, the save is not: whatever comes now comes in the middle of an await.
    ask(rivals[1]);
    await mesh.run(20);
    expect([...granted, ...refused]).toEqual([]);
    await settleDisk(mesh, node);
    expect([...granted]).toEqual([rivals[0].id]);
    expect([...refused]).toEqual([rivals[1].id]);
    expect(node.log.hardState()).toMatchObject({ term: TERM, vote: rivals[0].id });
  });

  it('is left by a crash at every await between the request and the reply', async () => {
    const given: string[] = [];
    for (const power of [false, true]) {
      for (const moment of ['before the turn', 'while it is saved', 'once it is saved', 'once it is told']) {
        const { mesh, node, rivals, granted, ask } = await voter();
        await mesh.restart(node);
        ask(rivals[0]);
        if (moment !== 'before the turn') await mesh.until(() => node.log.saving);
        if (moment === 'once it is saved' || moment === 'once it is told') node.log.complete();
        if (moment === 'once it is told') await mesh.until(() => granted.size > 0);
        mesh.kill(node, { power });
        await mesh.restart(node);
        for (const rival of [rivals[1], rivals[0], rivals[1]]) {
          ask(rival);
          await mesh.run(5);
          await settleDisk(mesh, node);
        }
        expect(granted.size, moment).toBe(1);
        given.push(granted.has(rivals[0].id) ? 'first' : 'second');
      }
    }
    // A process that is killed leaves a write that was handed to the system; a power loss takes it.
    expect(given).toEqual(['second', 'first', 'first', 'first', 'second', 'second', 'first', 'first']);
  });
});

/** Fails its save number `fatal`, counted from the next one, and would go on as if nothing had been. */
class FillsUp extends MemoryLogStore {
  saves = 0;
  fatal = Number.POSITIVE_INFINITY;

  override save(save: LogSave): Promise<void> {
    this.saves += 1;
    if (this.saves === this.fatal) return Promise.reject(new Error('no space left on device'));
    return super.save(save);
  }
}

describe('D1: the first save that fails', () => {
  for (const leads of [true, false]) {
    it(`ends ${leads ? 'a leader' : 'a follower'} for good: it tries no other and acknowledges nothing more`, async () => {
      const mesh = await meshWithPoints();
      const node = leads ? mesh.leader : mesh.followers[0]!;
      await agree(mesh);
      mesh.kill(node);
      const disk = new FillsUp();
      const { log } = node;
      await disk.save({
        hardState: log.hardState(),
        entries: log.entries(log.firstIndex(), log.lastIndex() + 1, Number.MAX_SAFE_INTEGER),
        snapshot: log.snapshot(),
        mustSync: true,
      });
      node.log = disk;
      await mesh.restart(node);
      await agree(mesh);
      while (leads && mesh.leader !== node) {
        const { leader } = mesh;
        mesh.kill(leader);
        await mesh.until(() => mesh.leaderOrNull !== null);
        await mesh.restart(leader);
        await agree(mesh);
      }
      const first = await submit(mesh, node, reserve(['a'], 'before'));
      await agree(mesh);

      disk.fatal = disk.saves + 1;
      let acknowledged = 0;
      const answers = ['b', 'c'].map((point) => node.running.submit(reserve([point], point), TIMEOUT));
      for (const answer of answers) {
        answer.then(
          () => {
            acknowledged += 1;
          },
          () => {},
        );
      }
      await mesh.until(() => node.failure !== null);
      expect(node.failure?.message).toContain('no space left on device');
      const { saves } = disk;
      await mesh.run(3_000);
      expect([disk.saves, acknowledged, node.replica]).toEqual([saves, 0, null]);

      // All that was acknowledged is there when it starts again, with room on its disk.
      await mesh.restart(node);
      await agree(mesh);
      expect(await submit(mesh, node, reserve(['a'], 'before'))).toEqual(first);
    });
  }
});
