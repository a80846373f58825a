/**
 * What the snapshot scenarios share: a mesh that compacts after few entries, and a history that is long enough.
 */
import { expect } from 'vitest';
import type { InstallSnapshotRequest } from '../../src/gen/malha/mesh/v1/peer.js';
import type { Operation } from '../../src/ledger/command.js';
import type { Answer } from '../../src/ledger/result.js';
import type { Submission } from '../../src/replica/mesh.js';
import type { Tamper } from '../../src/transport/memory-snapshots.js';
import { VirtualMesh, type VirtualMeshOptions, type VirtualNode } from '../support/virtual-mesh.js';

export const COMPACT_ENTRIES = 20;
const HOUR_MS = 3_600_000;
const TIMEOUT = { timeoutMs: 5_000 };

/** A mesh whose logs are compacted after a few entries. */
export function compactingMesh(size = 3, options: VirtualMeshOptions = {}): Promise<VirtualMesh> {
  return VirtualMesh.start(size, 1, { compactEntries: COMPACT_ENTRIES, ...options });
}

export function wish(operation: Operation, requestKey: string, holder = 'car-1'): Submission {
  return { door: 'rest', holder, requestKey, keyKind: 'client', traceId: '0'.repeat(32), operation };
}

export function reserve(pointId: string, requestKey: string, holder?: string): Submission {
  const stops = [{ pointId, company: '', startMs: 'now' as const, durationMs: HOUR_MS }];
  return wish({ kind: 'reserve', stops, holdMs: 0 }, requestKey, holder);
}

export function submit(mesh: VirtualMesh, node: VirtualNode, submission: Submission): Promise<Answer> {
  return mesh.settle(node.running.submit(submission, TIMEOUT));
}

/** Registers the node's company and, one entry each, so many points `<from>`, `<from + 1>`, … of it. */
export async function registerPoints(
  mesh: VirtualMesh,
  node: VirtualNode,
  count: number,
  from = 0,
): Promise<void> {
  const company: Operation = { kind: 'register-company', name: node.company, displayId: node.company };
  await submit(mesh, node, wish(company, `company-${from}`, node.company));
  for (let id = from; id < from + count; id += 1) {
    const point: Operation = {
      kind: 'register-point',
      pointId: `${id}`,
      place: 'Salvador',
      latitudeMicrodegrees: -12_970_000,
      longitudeMicrodegrees: -38_500_000,
      connector: 'ccs2',
      powerWatts: 60_000,
    };
    const answer = await submit(mesh, node, wish(point, `point-${id}`, node.company));
    expect(answer.result.kind).toBe('registered');
  }
}

/** Lets everybody who runs catch up, and demands that all ledgers are the same. */
export async function agree(mesh: VirtualMesh): Promise<void> {
  const running = mesh.nodes.filter((node) => node.replica !== null);
  await mesh.until(() => {
    const statuses = running.map((node) => node.running.status());
    return statuses.every((status) => status.ready && status.appliedIndex === statuses[0]!.lastIndex);
  });
  expect(new Set(running.map((node) => node.running.status().digest)).size).toBe(1);
  expect(mesh.nodes.map((node) => node.failure)).toEqual(mesh.nodes.map(() => null));
}

/** A node that is down while the others write so much that the log it would need is gone. */
export async function leaveBehind(
  mesh: VirtualMesh,
  node: VirtualNode,
  count = 3 * COMPACT_ENTRIES,
): Promise<void> {
  const { lastIndex } = node.running.status();
  mesh.kill(node);
  await mesh.until(() => mesh.leaderOrNull?.running.status().ready === true);
  await registerPoints(mesh, mesh.leader, count, 1_000);
  await mesh.until(() => mesh.leader.log.snapshot().index > lastIndex);
}

/** Counts streams by their headers, and lets `first` tamper with the frames of the first one. */
export function watchStreams(mesh: VirtualMesh, first: Tamper = (frame) => [frame]): { count: number } {
  const streams = { count: 0 };
  mesh.network.snapshots.tamper = (frame, from, to) => {
    if (frame.body?.$case === 'header') streams.count += 1;
    return streams.count === 1 ? first(frame, from, to) : [frame];
  };
  return streams;
}

/** A mesh with a follower that needs a snapshot, and does not run. */
export async function meshWithLaggard(): Promise<{ mesh: VirtualMesh; laggard: VirtualNode }> {
  const mesh = await compactingMesh();
  await registerPoints(mesh, mesh.leader, 3);
  const laggard = mesh.followers[0]!;
  await leaveBehind(mesh, laggard);
  return { mesh, laggard };
}

/** The number of the chunk in a frame; 0 for a frame that is none. */
export function chunkNumber(frame: InstallSnapshotRequest): number {
  return frame.body?.$case === 'chunk' ? Number(frame.body.value.sequence) : 0;
}
