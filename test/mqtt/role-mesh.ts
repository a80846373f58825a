/**
 * A mesh of one ledger whose nodes have roles that the test hands out: each `RoleMesh` is one node's view.
 */
import type { Answer } from '../../src/ledger/result.js';
import { replicaId } from '../../src/raft/entry.js';
import type { Role } from '../../src/raft/ready.js';
import type { MeshStatus, Submission, SubmitOptions } from '../../src/replica/mesh.js';
import { type LoneLedger, SingleMesh } from '../support/single-mesh.js';

export class RoleMesh extends SingleMesh {
  role: Role = 'follower';
  /** While set, nothing is decided before this resolves. */
  submitsWait: Promise<void> | null = null;
  /** While set, what the ledger decided is told only once this resolves. */
  answersWait: Promise<void> | null = null;
  readonly #replica;

  /** `number` tells the nodes of one mesh apart. */
  constructor(lone: LoneLedger, company: string, number: number) {
    super(lone, company);
    this.#replica = replicaId(String(number).padStart(16, '0'));
  }

  override async submit(submission: Submission, options: SubmitOptions): Promise<Answer> {
    await this.submitsWait;
    const answer = await super.submit(submission, options);
    await this.answersWait;
    return answer;
  }

  override status(): MeshStatus {
    return { ...super.status(), role: this.role, replica: this.#replica };
  }
}
