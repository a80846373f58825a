/**
 * What the tests of whole replicas share: requests, and a mesh whose companies have a point each.
 */
import { expect } from 'vitest';
import type { Operation } from '../../src/ledger/command.js';
import type { Answer } from '../../src/ledger/result.js';
import type { Failure } from '../../src/replica/failure.js';
import type { Submission } from '../../src/replica/mesh.js';
import { VirtualMesh, type VirtualMeshOptions, type VirtualNode } from '../support/virtual-mesh.js';

export const HOUR = 3_600_000;
export const TIMEOUT = { timeoutMs: 5_000 };
export const LINEARIZABLE = { consistency: 'linearizable', timeoutMs: 5_000 } as const;
export const STALE = { consistency: 'stale', timeoutMs: 5_000 } as const;

export function wish(operation: Operation, requestKey: string, holder = 'car-1'): Submission {
  return { door: 'rest', holder, requestKey, keyKind: 'client', traceId: '0'.repeat(32), operation };
}

export function reserve(pointIds: readonly string[], requestKey: string, holder?: string): Submission {
  const stops = pointIds.map((pointId) => ({
    pointId,
    company: '',
    startMs: 'now' as const,
    durationMs: HOUR,
  }));
  return wish({ kind: 'reserve', stops, holdMs: 0 }, requestKey, holder);
}

/** Each company has registered itself and one point with its company's letter as id. */
export async function meshWithPoints(
  size = 3,
  seed = 1,
  options: VirtualMeshOptions = {},
): Promise<VirtualMesh> {
  const mesh = await VirtualMesh.start(size, seed, options);
  await registerPoints(mesh);
  return mesh;
}

export async function registerPoints(mesh: VirtualMesh): Promise<void> {
  for (const node of mesh.nodes) {
    const { company } = node;
    const id = company.at(-1)!;
    const register: Operation[] = [
      { kind: 'register-company', name: company, displayId: id },
      {
        kind: 'register-point',
        pointId: id,
        place: 'Salvador',
        latitudeMicrodegrees: -12_970_000,
        longitudeMicrodegrees: -38_500_000,
        connector: 'ccs2',
        powerWatts: 60_000,
      },
    ];
    for (const operation of register) {
      const answer = await mesh.settle(
        node.running.submit(wish(operation, operation.kind, company), TIMEOUT),
      );
      expect(answer.result.kind).toBe('registered');
    }
  }
}

export async function submit(mesh: VirtualMesh, node: VirtualNode, submission: Submission): Promise<Answer> {
  return mesh.settle(node.running.submit(submission, TIMEOUT));
}

export function failureOf(promise: Promise<unknown>): Promise<Failure> {
  return promise.then(
    () => {
      throw new Error('it succeeded');
    },
    (failure: Failure) => failure,
  );
}

/** Lets everybody catch up and demands that all ledgers are the same. */
export async function agree(mesh: VirtualMesh): Promise<void> {
  await mesh.until(() => {
    const statuses = mesh.nodes.flatMap((node) => (node.replica ? [node.replica.status()] : []));
    return statuses.every((status) => status.ready && status.appliedIndex === statuses[0]!.lastIndex);
  });
  const digests = new Set(mesh.nodes.flatMap((node) => (node.replica ? [node.replica.status().digest] : [])));
  expect(digests.size).toBe(1);
}
