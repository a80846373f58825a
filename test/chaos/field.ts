/** Where faults happen: the mesh, and who is hit by what at this moment. */
import type { ChaosMesh } from './chaos-mesh.js';
import type { ChaosNode } from './chaos-node.js';
import type { DiskKind } from './disks.js';
import { NoSuchFault, type PlannedFault, type Target } from './fault.js';

/** How long a node may take until it is of use again. */
export const RECOVERY_TIMEOUT_MS = 60_000;

export class Field {
  readonly #taken = new Set<ChaosNode>();

  /** `keeper`: the company whose disk is never lost, so that the whole log can be read in the end. */
  constructor(
    readonly mesh: ChaosMesh,
    readonly keeper: string,
  ) {}

  /**
   * The node that is meant, for one fault alone until it is given back. Rejects with NoSuchFault when there is none.
   * `loses`: its replica will have a successor, which is built by renaming folders; the file system that loses power
   * does not know how to.
   */
  async take(
    target: Target,
    terms: { readonly loses?: boolean; readonly disk?: DiskKind } = {},
  ): Promise<ChaosNode> {
    const { role, nth } = target;
    const leader = role === 'anyone' ? null : await this.mesh.leader();
    const fit = this.mesh.nodes.filter(
      (node) =>
        !this.#taken.has(node) &&
        (terms.loses !== true || (node.company !== this.keeper && node.disk.kind !== 'powered')) &&
        (terms.disk === undefined || node.disk.kind === terms.disk),
    );
    const meant = fit.filter((node) => role === 'anyone' || (node === leader) === (role === 'leader'));
    // A disk that only a follower has is not the leader's.
    const candidates = meant.length > 0 ? meant : fit;
    const node = candidates[nth % candidates.length];
    if (node === undefined)
      throw new NoSuchFault(`no node is left for it: ${JSON.stringify({ target, ...terms })}`);
    this.#taken.add(node);
    return node;
  }

  give(...nodes: readonly ChaosNode[]): void {
    for (const node of nodes) this.#taken.delete(node);
  }

  /** Takes as many as there are. */
  takeAll(): readonly ChaosNode[] {
    if (this.#taken.size > 0) throw new NoSuchFault('another fault has one of the nodes');
    for (const node of this.mesh.nodes) this.#taken.add(node);
    return this.mesh.nodes;
  }
}

/**
 * Carries a fault out, from its beginning until whom it hit is of use again. Resolves with what shows that it happened;
 * rejects with NoSuchFault when it did not.
 */
export type Doer = (field: Field, fault: PlannedFault) => Promise<string>;
