/**
 * What the ledger of this node holds, and a way to see that all nodes hold the same.
 */
import type { Totals } from '../../ledger/query.js';
import type { Mesh, MeshStatus } from '../../replica/mesh.js';
import { Checkpoints } from './checkpoints.js';
import { type Families, show } from './families.js';

export class LedgerMetrics {
  private readonly checkpoints = new Checkpoints();
  private readonly companies;
  private readonly points;
  private readonly routes;
  private readonly open;
  private readonly holds;
  private readonly ended;
  private readonly waits;
  private readonly notices;
  private readonly keys;
  private readonly version;
  private readonly time;
  private readonly checkpointIndex;
  private readonly checkpointDigest;

  constructor(families: Families) {
    const gauge = (name: string, help: string) => families.gauge(`malha_ledger_${name}`, help);
    this.companies = gauge('companies', 'Companies that are registered.');
    this.points = families.gauge('malha_ledger_points', 'Points by what their company says of them.', [
      'status',
    ]);
    this.routes = gauge('routes', 'Routes that are registered.');
    this.open = gauge('open_reservations', 'Reservations that have not ended.');
    this.holds = gauge('holds', 'Reservations that expire unless they are confirmed, offers included.');
    this.ended = gauge('ended_reservations', 'Reservations that ended and are still in memory.');
    this.waits = gauge('waiting_wishes', 'Wishes on the waiting list, those with an open offer included.');
    this.notices = gauge('open_notices', 'Notices that their holders have not acknowledged.');
    this.keys = gauge('request_keys', 'Request keys whose answers are kept.');
    this.version = gauge('version', 'The ledger version that the mesh runs.');
    this.time = gauge('time_seconds', 'Time of the ledger as this node knows it, in seconds since 1970.');
    this.checkpointIndex = families.gauge(
      'malha_ledger_checkpoint_index',
      'Index of the last entry behind which the digest was kept, by stride.',
      ['stride'],
    );
    this.checkpointDigest = families.gauge(
      'malha_ledger_checkpoint_digest',
      'Low 48 bits of the digest there. At an equal index of a stride it must be equal on all nodes.',
      ['stride'],
    );
  }

  /** Keeps checkpoints from now on. */
  follow(mesh: Pick<Mesh, 'onApplied' | 'status'>): void {
    mesh.onApplied(
      ({ answer, repeated }) => {
        // A repeat tells the index of the entry that it repeats.
        if (!repeated) this.checkpoints.reached(answer.index, () => mesh.status().digest);
      },
      () => this.checkpoints.skipped(),
    );
  }

  status({ ledgerVersion, ledgerTimeMs }: MeshStatus): void {
    // A node that waits for its mesh has no ledger yet.
    const begun = ledgerVersion > 0;
    show(this.version, begun ? ledgerVersion : null);
    show(this.time, begun ? ledgerTimeMs / 1_000 : null);
    this.checkpointIndex.reset();
    this.checkpointDigest.reset();
    for (const { stride, index, digest } of this.checkpoints.all) {
      this.checkpointIndex.set({ stride: String(stride) }, index);
      this.checkpointDigest.set({ stride: String(stride) }, digest);
    }
  }

  /** Null while this node cannot count. */
  totals(totals: Totals | null): void {
    show(this.companies, totals?.companies);
    show(this.routes, totals?.routes);
    show(this.open, totals?.openReservations);
    show(this.holds, totals?.holds);
    show(this.ended, totals?.endedReservations);
    show(this.waits, totals?.waits);
    show(this.notices, totals?.notices);
    show(this.keys, totals?.requestKeys);
    this.points.reset();
    for (const [status, count] of Object.entries(totals?.pointsByStatus ?? {}))
      this.points.set({ status }, count);
  }
}
