/** The audit trail of whole replicas on virtual time: what it holds, what doors are told of it, and how gaps close. */
import { describe, expect, it } from 'vitest';
import type { AuditRecord } from '../../src/ledger/audit.js';
import type { TrailGaps, TrailRecord } from '../../src/replica/ports.js';
import { withSubjects } from '../../src/replica/trail-chain.js';
import { DamagedStore } from '../../src/storage/errors.js';
import type { MemoryStateStore } from '../../src/storage/memory-state-store.js';
import { MemoryTrailStore } from '../../src/storage/memory-trail-store.js';
import { EPOCH_MS, type VirtualMesh, type VirtualNode } from '../support/virtual-mesh.js';
import { grow } from './member-world.js';
import { compactingMesh, leaveBehind, registerPoints as registerMany } from './snapshot-world.js';
import { becomeWhole, expectWhole } from './trail-world.js';
import { agree, failureOf, HOUR, meshWithPoints, reserve, submit, wish } from './world.js';

const ALL = { kind: 'from', index: 0, limit: 1_000 } as const;

/** A mesh whose node `away` missed so much that it was sent the state; nobody answers it about the trail yet. */
async function meshWithGap(): Promise<{ readonly mesh: VirtualMesh; readonly away: VirtualNode }> {
  const mesh = await compactingMesh();
  await registerMany(mesh, mesh.leader, 3);
  await mesh.run(1_000);
  const away = mesh.followers[0]!;
  await leaveBehind(mesh, away);
  mesh.network.trails.tamper = () => [];
  await mesh.restart(away);
  await agree(mesh);
  return { mesh, away };
}

describe('the audit trail of a node', () => {
  it('has the records of all that was applied there before the question', async () => {
    const mesh = await meshWithPoints();
    const answer = await submit(mesh, mesh.nodes[1]!, reserve(['a'], 'trip', 'car-7'));
    const id = `r${answer.index}`;
    await agree(mesh);
    for (const node of mesh.nodes) {
      // No time passes: what is not appended yet is waited for.
      const { records } = await node.running.readTrail({
        ...{ kind: 'of', what: 'reservation', id, afterIndex: 0, limit: 10 },
      });
      expect(records.map(({ index }) => index)).toEqual([answer.index]);
      expect(JSON.parse(records[0]!.text)).toMatchObject({ holder: 'car-7', kind: 'reserve' });
      const byHolder = await node.running.readTrail({
        ...{ kind: 'of', what: 'holder', id: 'car-7', afterIndex: 0, limit: 10 },
      });
      expect(byHolder.records).toEqual(records);
      const all = await node.running.readTrail(ALL);
      expect(all.records.at(-1)).toEqual(records[0]);
      expect(all.completeFrom).toBe(all.records[0]!.index);
      expectWhole(node);
    }
  });

  it('keeps refusals, and no repeat of a key', async () => {
    const mesh = await meshWithPoints();
    const { index } = await submit(mesh, mesh.nodes[0]!, reserve(['nowhere'], 'trip'));
    await submit(mesh, mesh.nodes[1]!, reserve(['nowhere'], 'trip'));
    await agree(mesh);
    for (const { trail } of mesh.nodes) expect(trail.lastIndex).toBe(index);
    await becomeWhole(mesh);
  });

  it('begins with the entry that raises the mesh to version 2, and names the next index before', async () => {
    const mesh = await meshWithPoints(3, 1, { understands: 1 });
    await agree(mesh);
    const node = mesh.nodes[0]!;
    const { appliedIndex } = node.running.status();
    expect(await node.running.readTrail(ALL)).toEqual({ records: [], completeFrom: appliedIndex + 1 });
    expect(node.trail.gaps).toEqual([]);
  });

  it('says from every record itself what it is about', async () => {
    const mesh = await meshWithPoints();
    const stops = [{ pointId: 'a', company: '', startMs: EPOCH_MS + HOUR, durationMs: HOUR }];
    await submit(mesh, mesh.nodes[0]!, reserve(['a', 'b'], 'one', 'car-1'));
    const wanted = { kind: 'join-waitlist', stops, afterNoShow: 'keep' } as const;
    await submit(mesh, mesh.nodes[0]!, wish(wanted, 'wanted', 'car-2'));
    await submit(mesh, mesh.nodes[0]!, reserve(['a'], 'long', 'car-3'));
    await submit(mesh, mesh.nodes[0]!, { ...reserve(['c'], 'two'), holder: 'no holder\u0000' });
    await mesh.run(2_000);
    await becomeWhole(mesh);
    const { records } = mesh.nodes[0]!.trail;
    const kinds = new Set(records.flatMap(({ subjects }) => subjects.map((each) => each.split(':')[0])));
    expect([...kinds].sort()).toEqual(['holder', 'point', 'reservation', 'wait']);
    for (const record of records) expect(withSubjects(plain(record))).toEqual(record);
  });

  it('is written before the rows of the same entries, and synced before the log lets go of them', async () => {
    const mesh = await compactingMesh();
    const node = mesh.followers[0]!;
    mesh.kill(node);
    const order: string[] = [];
    node.trail = new NotingTrail(order, node.trail);
    node.state = notingState(node.state, order);
    const save = node.log.save.bind(node.log);
    node.log.save = (each) => {
      if (each.snapshot !== null) order.push(`cut ${each.snapshot.index}`);
      return save(each);
    };
    await mesh.restart(node);
    await registerMany(mesh, mesh.leader, 40);
    await agree(mesh);
    await mesh.run(1_000);
    let [recorded, synced] = [0, 0];
    for (const [what, index] of order.map((line) => line.split(' '))) {
      if (what === 'records') recorded = Number(index);
      else if (what === 'sync') synced = recorded;
      else if (what === 'rows') expect(recorded).toBeGreaterThanOrEqual(Number(index));
      else expect(synced).toBeGreaterThanOrEqual(Number(index));
    }
    expect(order.some((line) => line.startsWith('cut'))).toBe(true);
    await becomeWhole(mesh);
  });

  it('ends the process when it cannot be written (R4)', async () => {
    const mesh = await meshWithPoints();
    const node = mesh.followers[0]!;
    node.trail.append = () => Promise.reject(new Error('no space left'));
    await submit(mesh, mesh.leader, reserve(['a'], 'trip'));
    await mesh.until(() => node.failure !== null);
    expect(node.failure!.message).toBe('no space left');
  });

  it('is read no more once the node shuts down', async () => {
    const mesh = await meshWithPoints();
    const { running } = mesh.nodes[0]!;
    await mesh.settle(running.close());
    expect(await failureOf(running.readTrail(ALL))).toMatchObject({ code: 'UNAVAILABLE' });
  });
});

describe('a gap', () => {
  it('of a replica that was sent the state is told, and filled from the others, newest first', async () => {
    const { mesh, away } = await meshWithGap();
    const [gap] = away.trail.gaps;
    const { records, completeFrom } = await away.running.readTrail(ALL);
    expect(completeFrom).toBe(gap);
    // What it had before it was away is kept.
    expect(records.length).toBeGreaterThan(3);
    expect(records.every(({ index }) => index < gap!)).toBe(true);
    mesh.network.trails.tamper = (page) => page;
    await becomeWhole(mesh);
    const whole = await away.running.readTrail(ALL);
    expect(whole.completeFrom).toBe(whole.records[0]!.index);
    await mesh.run(1_000);
    expect(away.logged.map(({ message }) => message)).toContain('the audit trail is whole again');
  });

  it('does not keep the trail from growing, nor the mesh from work', async () => {
    const { mesh, away } = await meshWithGap();
    const [gap] = away.trail.gaps;
    const { index } = await submit(mesh, away, reserve(['0'], 'trip'));
    await agree(mesh);
    expect([away.trail.lastIndex, away.trail.gaps]).toEqual([index, [gap]]);
    mesh.network.trails.tamper = (page) => page;
    await becomeWhole(mesh);
  });

  it('is remembered by who restarts with it', async () => {
    const { mesh, away } = await meshWithGap();
    await submit(mesh, away, reserve(['0'], 'trip'));
    await agree(mesh);
    const { gaps } = away.trail;
    mesh.kill(away);
    await mesh.restart(away);
    await agree(mesh);
    expect(away.trail.gaps).toEqual(gaps);
    mesh.network.trails.tamper = (page) => page;
    await becomeWhole(mesh);
  });

  it('of a newcomer is the whole past', async () => {
    const mesh = await compactingMesh();
    await registerMany(mesh, mesh.leader, 60);
    const node = await grow(mesh);
    await becomeWhole(mesh);
    expect(node.trail.records.length).toBeGreaterThan(60);
  });

  it('of a trail that was lost or lags behind its state is found at the start', async () => {
    const mesh = await meshWithPoints();
    await submit(mesh, mesh.nodes[0]!, reserve(['a', 'b'], 'trip'));
    await agree(mesh);
    const [lost, lagging] = mesh.followers;
    for (const node of [lost!, lagging!]) mesh.kill(node);
    lost!.trail = new MemoryTrailStore();
    lagging!.trail = new MemoryTrailStore({ records: lagging!.trail.records.slice(0, -2), gaps: [] });
    for (const node of [lost!, lagging!]) await mesh.restart(node);
    await becomeWhole(mesh);
  });

  it('in the middle, where LevelDB dropped a damage without a word, is found at the start', async () => {
    const mesh = await meshWithPoints();
    await submit(mesh, mesh.nodes[0]!, reserve(['a', 'b'], 'trip'));
    await agree(mesh);
    const node = mesh.followers[0]!;
    mesh.kill(node);
    const { records } = node.trail;
    const holes = records.filter((_, k) => k !== 0 && k !== 2 && k !== 3 && k !== 5);
    node.trail = new MemoryTrailStore({ records: holes, gaps: [] });
    mesh.network.trails.tamper = () => [];
    await mesh.restart(node);
    expect(await mesh.settle(node.running.readTrail(ALL))).toMatchObject({ completeFrom: records[6]!.index });
    expect(node.trail.gaps).toEqual([records[1]!.index, records[4]!.index, records[6]!.index]);
    mesh.network.trails.tamper = (page) => page;
    await becomeWhole(mesh);
  });

  it('is not filled with a page that was changed, cut short at its end, or is of another place', async () => {
    const { mesh, away } = await meshWithGap();
    const before = { gaps: away.trail.gaps, records: away.trail.records };
    const changes: readonly ((page: readonly TrailRecord[]) => readonly TrailRecord[])[] = [
      (page) => page.map((each, k) => (k === 2 ? { ...each, text: each.text.replace('"', "'") } : each)),
      (page) => page.map((each, k) => (k === 2 ? { ...each, before: 'f'.repeat(64) } : each)),
      (page) => page.map((each) => ({ ...each, index: each.index + 1 })),
      (page) => page.slice(0, -1),
      (page) => page.filter((_, k) => k !== 2),
      (page) => [...page].reverse(),
    ];
    for (const change of changes) {
      let pages = 0;
      mesh.network.trails.tamper = (page) => {
        pages += 1;
        return change(page);
      };
      await mesh.until(() => pages >= 2, 200_000);
      expect({ gaps: away.trail.gaps, records: away.trail.records }).toEqual(before);
    }
    mesh.network.trails.tamper = (page) => page;
    await mesh.until(() => away.trail.gaps.length === 0, 200_000);
    await becomeWhole(mesh);
  });

  it('is filled in pages, each of which counts for itself', async () => {
    const { mesh, away } = await meshWithGap();
    mesh.network.trails.tamper = (page) => page.slice(-7);
    const seen: number[] = [];
    await mesh.until(() => {
      const gap = away.trail.gaps.at(-1);
      if (gap !== undefined && gap !== seen.at(-1)) seen.push(gap);
      return gap === undefined;
    }, 200_000);
    expect(seen.length).toBeGreaterThan(3);
    expect([...seen].sort((a, b) => b - a)).toEqual(seen);
    await becomeWhole(mesh);
  });

  it('is what cannot be read, too: the reader is told to ask elsewhere, and it is fetched anew', async () => {
    const mesh = await meshWithPoints();
    const node = mesh.nodes[0]!;
    await agree(mesh);
    const damaged = node.trail.records[2]!.index;
    mesh.kill(node);
    const trail = new DamagedTrail(node.trail);
    node.trail = trail;
    await mesh.restart(node);
    await agree(mesh);
    trail.damaged = damaged;
    expect(await failureOf(node.running.readTrail(ALL))).toMatchObject({ code: 'UNAVAILABLE' });
    expect(node.trail.gaps).toEqual([damaged + 1]);
    await becomeWhole(mesh);
    expect((await node.running.readTrail(ALL)).records).toHaveLength(node.trail.records.length);
  });
});

function plain({ index, before, text }: AuditRecord): TrailRecord {
  return { index, before, text };
}

/** Notes what is written, and when it is synced. */
class NotingTrail extends MemoryTrailStore {
  constructor(
    private readonly order: string[],
    { records, gaps }: MemoryTrailStore,
  ) {
    super({ records, gaps });
  }

  override async append(records: readonly AuditRecord[], gaps?: TrailGaps): Promise<void> {
    if (records.length > 0) this.order.push(`records ${records.at(-1)!.index}`);
    return super.append(records, gaps);
  }

  override async sync(): Promise<void> {
    this.order.push('sync');
    return super.sync();
  }
}

function notingState(state: MemoryStateStore, order: string[]): MemoryStateStore {
  const write = state.write.bind(state);
  state.write = (changes, meta) => {
    // Entries of consensus itself leave no record.
    const head = changes.find(({ key }) => key === 'a:head');
    if (head?.row != null) order.push(`rows ${(JSON.parse(head.row) as { index: number }).index}`);
    return write(changes, meta);
  };
  return state;
}

/** A row of it is damaged until it is written again. */
class DamagedTrail extends MemoryTrailStore {
  damaged: number | null = null;

  constructor({ records, gaps }: MemoryTrailStore) {
    super({ records, gaps });
  }

  override async append(records: readonly AuditRecord[], gaps?: TrailGaps): Promise<void> {
    if (records.some(({ index }) => index === this.damaged)) this.damaged = null;
    return super.append(records, gaps);
  }

  override async read(fromIndex: number, limit: number): Promise<readonly TrailRecord[]> {
    return this.sound(await super.read(fromIndex, limit));
  }

  override async readBefore(index: number, limit: number): Promise<readonly TrailRecord[]> {
    return this.sound(await super.readBefore(index, limit));
  }

  private sound(records: readonly TrailRecord[]): readonly TrailRecord[] {
    if (this.damaged === null || records.every(({ index }) => index !== this.damaged)) return records;
    throw new DamagedStore('trail', this.damaged, 'a sound record', 'none');
  }
}
