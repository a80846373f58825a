/**
 * The snapshot scenarios by number, over whole replicas on virtual time: leaders that go, logs that conflict, processes
 * that die at every step. What goes wrong on the way (C24) is in snapshot-faults.test.ts.
 */
import { describe, expect, it } from 'vitest';
import type { ConfigChange } from '../../src/raft/entry.js';
import type { RaftCore } from '../../src/raft/raft-core.js';
import { SnapshotCut } from '../../src/replica/snapshot-cut.js';
import { BEGINNING } from '../../src/replica/snapshot-place.js';
import { SteppedLog, SteppedState } from '../support/faulty-disk.js';
import type { VirtualNode } from '../support/virtual-mesh.js';
import {
  agree,
  COMPACT_ENTRIES,
  chunkNumber,
  compactingMesh,
  meshWithLaggard,
  registerPoints,
  reserve,
  submit,
  watchStreams,
} from './snapshot-world.js';

describe('C22: a snapshot for a follower', () => {
  it('whose log ends before it takes the place of the log', async () => {
    const { mesh, laggard } = await meshWithLaggard();
    const streams = watchStreams(mesh);
    await mesh.restart(laggard);
    await agree(mesh);
    expect(streams.count).toBe(1);
  });

  it('whose log conflicts with it discards the conflicting entries', async () => {
    const mesh = await compactingMesh();
    await registerPoints(mesh, mesh.leader, 3);
    const old = mesh.leader;
    mesh.isolate(old);
    // Appended, never committed: nobody else has them.
    const lost = Array.from({ length: 5 }, (_, i) =>
      old.running.submit(reserve('0', `lost-${i}`, `car-${i}`), { timeoutMs: 60_000 }).catch(() => null),
    );
    await mesh.until(() => mesh.leader !== old && mesh.leader.running.status().ready);
    const { leader } = mesh;
    await registerPoints(mesh, leader, 3 * COMPACT_ENTRIES, 1_000);
    await mesh.until(() => leader.log.snapshot().index > old.log.lastIndex());
    expect(old.log.lastIndex()).toBeGreaterThan(old.running.status().commitIndex);
    const streams = watchStreams(mesh);
    mesh.heal();
    await agree(mesh);
    expect(streams.count).toBe(1);
    await mesh.settle(Promise.all(lost), 120_000);
    await agree(mesh);
  });

  it('whose longer log matches it leaves that log as it is', async () => {
    const mesh = await compactingMesh();
    await registerPoints(mesh, mesh.leader, 3);
    const { leader } = mesh;
    const follower = mesh.followers[0]!;
    await agree(mesh);
    // From here on the follower gets entries, but never hears that they are committed.
    const { commitIndex } = follower.running.status();
    mesh.network.drop(
      ({ to, frames }) =>
        to === follower.id &&
        frames.some(
          (frame) =>
            frame.kind === 'raft' &&
            (frame.message.kind === 'append' || frame.message.kind === 'heartbeat') &&
            frame.message.commit > commitIndex,
        ),
    );
    const answer = await submit(mesh, leader, reserve('0', 'a'));
    await mesh.until(() => follower.log.lastIndex() >= answer.index);
    expect(follower.running.status().commitIndex).toBe(commitIndex);
    const before = { base: follower.log.snapshot(), last: follower.log.lastIndex() };
    const written = (await leader.state.snapshot())!;
    expect(written.meta.appliedIndex).toBeGreaterThan(commitIndex);
    const { term } = leader.running.status();
    const cut = new SnapshotCut(1, 0, written);
    const header = {
      ...{ from: leader.id, to: follower.id, term, meta: written.meta },
      cut: 1,
      after: BEGINNING,
    };
    const sent = mesh.network.snapshots.send(header, cut.chunks(BEGINNING), new AbortController().signal);
    expect(await mesh.settle(sent)).toBe(true);
    expect({ base: follower.log.snapshot(), last: follower.log.lastIndex() }).toEqual(before);
    await mesh.until(() => follower.running.status().appliedIndex >= answer.index);
    expect(follower.state.staged()).toBeNull();
    mesh.network.drop(() => false);
    await agree(mesh);
  });
});

describe('C23: compaction and a state under way', () => {
  it('the log that the receiver will need stays, however much is written meanwhile', async () => {
    const { mesh, laggard } = await meshWithLaggard();
    const streams = watchStreams(mesh);
    // Each of its steps waits until the others have written more than a compaction's worth.
    const written: number[] = [];
    const grow = async (): Promise<void> => {
      const { leader } = mesh;
      const goal = leader.log.lastIndex() + COMPACT_ENTRIES;
      while (leader.log.lastIndex() < goal) {
        await new Promise<void>((resolve) => resumers.push(resolve));
      }
      written.push(goal);
    };
    const resumers: (() => void)[] = [];
    const steps = async (): Promise<void> => grow();
    await mesh.found(laggard, { log: new SteppedLog(steps), state: new SteppedState(steps) });
    await mesh.restart(laggard);
    await mesh.until(() => mesh.network.snapshots.open === 1);
    const needed = mesh.leader.log.snapshot().index;
    for (let id = 0; mesh.network.snapshots.open === 1 && id < 60 * COMPACT_ENTRIES; id += 1) {
      await submit(mesh, mesh.leader, reserve(`${id % 3}`, `grow-${id}`, `car-${id % 7}`));
      for (const resume of resumers.splice(0)) resume();
      if (mesh.network.snapshots.open === 1) {
        const base = mesh.leader.log.snapshot().index;
        const { appliedIndex } = laggard.running.status();
        expect(base).toBeLessThanOrEqual(Math.max(appliedIndex, needed + COMPACT_ENTRIES * 4));
      }
    }
    expect(written.length).toBeGreaterThanOrEqual(6);
    await agree(mesh);
    expect(streams.count).toBe(1);
    // Once it has arrived, the log is cut again.
    await registerPoints(mesh, mesh.leader, 2 * COMPACT_ENTRIES, 5_000);
    await mesh.run(1_000);
    const { log } = mesh.leader;
    expect(log.lastIndex() - log.snapshot().index).toBeLessThanOrEqual(2 * COMPACT_ENTRIES);
  });

  it('a leader that dies half-way is superseded: the next one sends its own state', async () => {
    const { mesh, laggard } = await meshWithLaggard();
    const { leader } = mesh;
    let died = false;
    const streams = watchStreams(mesh, (frame) => {
      if (chunkNumber(frame) === 2 && !died) {
        died = true;
        mesh.kill(leader);
      }
      return [frame];
    });
    await mesh.restart(laggard);
    await mesh.until(() => died);
    await mesh.restart(leader);
    await agree(mesh);
    expect(streams.count).toBeGreaterThanOrEqual(2);
    expect(laggard.state.staged()).toBeNull();
  });

  it('a leader that is cut off half-way is superseded, and its late chunks do no harm', async () => {
    const { mesh, laggard } = await meshWithLaggard();
    const { leader } = mesh;
    let cut = false;
    const streams = watchStreams(mesh, (frame) => {
      if (chunkNumber(frame) === 3 && !cut) {
        cut = true;
        mesh.isolate(leader);
      }
      return [frame];
    });
    await mesh.restart(laggard);
    await mesh.until(
      () => cut && mesh.nodes.some((node) => node !== leader && node.running.status().role === 'leader'),
    );
    await mesh.until(() => laggard.running.status().ready);
    mesh.heal();
    await agree(mesh);
    expect(streams.count).toBeGreaterThanOrEqual(2);
  });
});

describe('C28: a leader that has compacted its whole log', () => {
  it('takes in a learner that has nothing', async () => {
    const mesh = await compactingMesh(4, { compactEntries: 1, absentLearners: 1 });
    const learner = mesh.nodes[3]!;
    await registerPoints(mesh, mesh.leader, 10);
    await mesh.run(500);
    const { log } = mesh.leader;
    await mesh.until(() => log.lastIndex() - log.snapshot().index <= 1);
    const streams = watchStreams(mesh);
    await mesh.restart(learner);
    await agree(mesh);
    expect(streams.count).toBe(1);
    expect(learner.log.snapshot().config).toMatchObject({ learners: [learner.id] });
    // With the others idle, and with new entries behind a log that is empty again.
    await mesh.run(2_000);
    await submit(mesh, learner, reserve('0', 'after'));
    await agree(mesh);
  });
});

describe('S3: the key table travels with the state', () => {
  it('a replica that was sent the state answers an old key with the stored reply, also as leader', async () => {
    const mesh = await compactingMesh();
    await registerPoints(mesh, mesh.leader, 3);
    const first = await submit(mesh, mesh.leader, reserve('1', 'old-key'));
    const laggard = mesh.followers[0]!;
    mesh.kill(laggard);
    await mesh.found(laggard);
    await registerPoints(mesh, mesh.leader, 3 * COMPACT_ENTRIES, 1_000);
    const streams = watchStreams(mesh);
    await mesh.restart(laggard);
    await agree(mesh);
    expect(streams.count).toBe(1);
    expect(await submit(mesh, laggard, reserve('1', 'old-key'))).toEqual(first);
    const other = mesh.followers.find((node) => node !== laggard)!;
    mesh.kill(mesh.leader);
    // Its clock keeps the other one from campaigning.
    other.skewMs = 60_000;
    await mesh.until(() => laggard.running.status().ready && laggard.running.status().role === 'leader');
    expect(await submit(mesh, laggard, reserve('1', 'old-key'))).toEqual(first);
    const read = await laggard.running.query(
      { kind: 'holder-now', pointId: '1' },
      { consistency: 'stale', timeoutMs: 1_000 },
    );
    expect(read.reply?.id).toBe(`r${first.index}`);
  });

  it('a request whose entry is among those that a snapshot stands for is answered from the key table', async () => {
    const mesh = await compactingMesh();
    await registerPoints(mesh, mesh.leader, 3);
    const cutOff = mesh.followers[0]!;
    const resets: number[] = [];
    cutOff.running.onApplied(
      () => {},
      (index) => resets.push(index),
    );
    mesh.isolate(cutOff);
    const waiting = cutOff.running.submit(reserve('1', 'trip'), { timeoutMs: 300_000 });
    const other = cutOff.running.submit(reserve('2', 'taken', 'car-3'), { timeoutMs: 300_000 });
    const first = await submit(mesh, mesh.leader, reserve('1', 'trip'));
    // The same key for another wish: its answer is none for the one who waits.
    await submit(mesh, mesh.leader, reserve('0', 'taken', 'car-3'));
    await registerPoints(mesh, mesh.leader, 3 * COMPACT_ENTRIES, 1_000);
    await mesh.until(() => mesh.leader.log.snapshot().index > cutOff.log.lastIndex());
    const streams = watchStreams(mesh);
    // Asking again would give the answer as well: it does not get through.
    mesh.network.drop(({ frames }) => frames.some(({ kind }) => kind === 'proposal'));
    mesh.heal();
    expect(await mesh.settle(waiting)).toEqual(first);
    mesh.network.drop(() => false);
    expect(await mesh.settle(other)).toMatchObject({ result: { kind: 'refused', reason: 'KEY_REUSED' } });
    expect(streams.count).toBe(1);
    expect(resets).toEqual([cutOff.log.snapshot().index]);
    await agree(mesh);
  });
});

describe('a process that dies while a snapshot is installed', () => {
  for (const power of [false, true]) {
    it(`goes on from the old state or the new one, at every step${power ? ', with the power gone' : ''}`, async () => {
      const died = new Set<string>();
      for (let deadlyStep = 0; ; deadlyStep += 1) {
        const mesh = await compactingMesh(4, { absentLearners: 1 });
        const learner = mesh.nodes[3]!;
        await registerPoints(mesh, mesh.leader, 3 * COMPACT_ENTRIES);
        let step = 0;
        let last = '';
        const atStep = async (name: string): Promise<void> => {
          if (step++ !== deadlyStep) return;
          last = name;
          mesh.kill(learner, { power });
          await new Promise<never>(() => {});
        };
        await mesh.found(learner, { log: new SteppedLog(atStep), state: new SteppedState(atStep) });
        await mesh.restart(learner);
        await mesh.until(() => last !== '' || learner.running.status().appliedIndex > 1);
        if (last === '') break;
        died.add(last);
        await mesh.run(200);
        await mesh.restart(learner);
        expect([1, learner.log.snapshot().index]).toContain(learner.running.status().appliedIndex);
        await agree(mesh);
      }
      expect([...died]).toEqual([
        'before the stage begins',
        'before rows are staged',
        'before the stage is sealed',
        'after the stage was sealed',
        'before the log is saved',
        'after the log was saved',
        'before the state is replaced',
        'after the state was replaced',
      ]);
    });
  }
});

describe('C21: who votes', () => {
  /** Who votes and who learns, as a node sees it. */
  function members(node: VirtualNode): string {
    return node.running
      .status()
      .peers.map(({ company, voter }) => `${company.at(-1)}${voter ? '' : ' learns'}`)
      .join(', ');
  }

  it('is told by the base after two compactions, by a snapshot, and after restarts from either', async () => {
    const mesh = await compactingMesh(4, { absentLearners: 1 });
    const learner = mesh.nodes[3]!;
    await registerPoints(mesh, mesh.leader, 3 * COMPACT_ENTRIES);
    await mesh.restart(learner);
    await agree(mesh);
    expect(mesh.nodes.map(members)).toEqual(Array(4).fill('a, b, c, d learns'));
    // There is no door for changes of members yet.
    const core = Reflect.get(mesh.leader.running, 'core') as RaftCore;
    const promotion: ConfigChange = {
      changes: [{ kind: 'add-voter', id: learner.id }],
      transition: 'auto',
      context: new Uint8Array(0),
    };
    expect(core.proposeConfigChange(promotion).kind).toBe('appended');
    await mesh.until(() => mesh.nodes.every((node) => members(node) === 'a, b, c, d'));
    const { lastIndex } = mesh.leader.running.status();

    // The base of each log passes the change, once and again.
    for (const round of [1, 2]) {
      await registerPoints(mesh, mesh.leader, 3 * COMPACT_ENTRIES, 1_000 * round);
      await mesh.run(500);
    }
    for (const { log } of mesh.nodes) {
      expect(log.snapshot().index).toBeGreaterThan(lastIndex);
      expect(log.snapshot().config).toMatchObject({ voters: mesh.nodes.map(({ id }) => id), learners: [] });
    }
    const laggard = mesh.followers[0]!;
    mesh.kill(laggard);
    await registerPoints(mesh, mesh.leader, 1, 9_000);
    // Its founding disk says that the learner learns.
    await mesh.found(laggard);
    const streams = watchStreams(mesh);
    await mesh.restart(laggard);
    await agree(mesh);
    expect(streams.count).toBe(1);
    expect(mesh.nodes.map(members)).toEqual(Array(4).fill('a, b, c, d'));
    for (const node of mesh.nodes) {
      mesh.kill(node, { power: true });
      await mesh.restart(node);
    }
    await agree(mesh);
    expect(mesh.nodes.map(members)).toEqual(Array(4).fill('a, b, c, d'));
  });
});

describe('C23: a log is not compacted beyond what consensus has walked', () => {
  it('after a start without a leader, though the state is far ahead of the commit index that was saved', async () => {
    const mesh = await compactingMesh();
    const { leader } = mesh;
    const follower = mesh.followers[0]!;
    // More than enough entries for a compaction, within one beat: none is due before everybody dies.
    const writes = Array.from({ length: 2 * COMPACT_ENTRIES }, (_, k) =>
      leader.running.submit(reserve('nowhere', `key-${k}`), { timeoutMs: 5_000 }),
    );
    await Promise.all(writes.map((write) => mesh.settle(write)));
    await mesh.until(() => follower.running.status().appliedIndex >= leader.running.status().commitIndex);
    const applied = follower.running.status().appliedIndex;
    for (const node of mesh.nodes) mesh.kill(node);
    expect(applied - follower.log.snapshot().index).toBeGreaterThan(COMPACT_ENTRIES);

    await mesh.restart(follower);
    await mesh.run(500);
    for (const node of mesh.nodes) if (node !== follower) await mesh.restart(node);
    await agree(mesh);
    await mesh.until(() => follower.log.snapshot().index > 1);
  });
});
