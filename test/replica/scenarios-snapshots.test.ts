/** States and logs that begin later, over whole replicas: C21 and C24. */
import { describe, expect, it } from 'vitest';
import type { RaftCore } from '../../src/raft/raft-core.js';
import { SteppedLog, SteppedState } from '../support/faulty-disk.js';
import { agree, COMPACT_ENTRIES, compactingMesh, leaveBehind, registerPoints } from './snapshot-world.js';

describe('C21: the base of a log that was compacted', () => {
  it('names who votes as of its own index, the first time it passes a change and ever after', async () => {
    const mesh = await compactingMesh(4, { absentLearners: 1 });
    const learner = mesh.nodes[3]!;
    await mesh.restart(learner);
    await agree(mesh);
    // Consensus is asked itself: it is about what the log says, whichever door the change came through.
    const core = Reflect.get(mesh.leader.running, 'core') as RaftCore;
    core.proposeConfigChange({
      changes: [{ kind: 'add-voter', id: learner.id }],
      transition: 'auto',
      context: new Uint8Array(0),
    });
    const isVoter = () => core.status().config.voters.includes(learner.id);
    await mesh.until(isVoter);
    const changeIndex = core.status().appliedIndex;
    const bases = new Map<number, readonly string[]>();
    for (let id = 0; bases.size < 3 && id < 20 * COMPACT_ENTRIES; id += 1) {
      await registerPoints(mesh, mesh.leader, 1, 1_000 + id);
      for (const { log } of mesh.nodes) {
        const { index, config } = log.snapshot();
        if (index >= changeIndex) bases.set(index, config.voters);
      }
    }
    expect(bases.size).toBeGreaterThanOrEqual(3);
    for (const voters of bases.values()) expect(voters).toEqual(mesh.nodes.map(({ id }) => id));
    for (const node of mesh.nodes) {
      mesh.kill(node);
      await mesh.restart(node);
    }
    await agree(mesh);
  });
});

describe('C24: a state whose sender leads no more', () => {
  it('is credited with nothing: its receiver takes the state of who leads now, once', async () => {
    const mesh = await compactingMesh();
    await registerPoints(mesh, mesh.leader, 3);
    const laggard = mesh.followers[0]!;
    await leaveBehind(mesh, laggard);
    const old = mesh.leader;
    const { term } = old.running.status();
    const steps: string[] = [];
    const installedIn: number[] = [];
    let goOn: () => void = () => {};
    const released = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const atStep = async (step: string): Promise<void> => {
      steps.push(step);
      if (step === 'before rows are staged') await released;
      if (step === 'before the log is saved') installedIn.push(laggard.running.status().term);
    };
    await mesh.found(laggard, { log: new SteppedLog(atStep), state: new SteppedState(atStep) });
    await mesh.restart(laggard);
    await mesh.until(() => steps.includes('before rows are staged'));
    // Mid-way the old leader hands over: it lives on, and so does its stream.
    old.running.drain();
    await mesh.until(() => ![null, old].includes(mesh.leaderOrNull) && laggard.running.status().term > term);
    const { leader } = mesh;
    expect(installedIn).toEqual([]);
    goOn();
    await mesh.until(() => laggard.running.status().appliedIndex >= leader.log.snapshot().index);
    expect(installedIn).toHaveLength(1);
    expect(installedIn[0]).toBeGreaterThan(term);
    // Who was asked to hand over does not lead again: it starts anew.
    mesh.kill(old);
    await mesh.restart(old);
    await agree(mesh);
    expect(laggard.state.staged()).toBeNull();
    expect(mesh.network.snapshots.open).toBe(0);
  });
});
