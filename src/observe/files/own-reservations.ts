/**
 * Which reservations concern a company: those that ever had a stop at one of its points. The trail alone tells, read in
 * the order of its indexes, so that whoever asks again about the same entry gets the same answer.
 */
import { readRecord } from '../../doors/trail-record.js';
import type { LedgerEvent } from '../../ledger/event.js';
import type { Mesh } from '../../replica/mesh.js';
import { isToldOfReservation } from './ledger-lines.js';

/** Reservations that are remembered; of any other the trail is asked. */
const REMEMBERED_MAX = 20_000;

const PAGE_RECORDS = 64;

export class OwnReservations {
  readonly #mesh: Pick<Mesh, 'readTrail'>;
  readonly #company: string;
  /** Whether a reservation concerns the company, as of the newest entry that was learned. */
  readonly #known = new Map<string, boolean>();

  constructor(mesh: Pick<Mesh, 'readTrail'>, company: string) {
    this.#mesh = mesh;
    this.#company = company;
  }

  /**
   * Those among the reservations of an entry that concern the company. Entries must be given in the order of their
   * indexes. Rejects with a Failure when the trail cannot be read.
   */
  async among(index: number, events: readonly LedgerEvent[]): Promise<ReadonlySet<string>> {
    const own = new Set<string>();
    for (const event of events) {
      if (event.kind === 'stop' && event.company === this.#company) own.add(event.reservationId);
    }
    for (const id of own) this.#remember(id, true);
    for (const event of events) {
      if (!isToldOfReservation(event)) continue;
      const { reservationId } = event;
      if (reservationId === '' || own.has(reservationId)) continue;
      // All stops of a new one are in the entry that made it.
      if (event.kind === 'reservation' && event.from === '') this.#remember(reservationId, false);
      else if (await this.#isOwn(reservationId, index)) own.add(reservationId);
    }
    return own;
  }

  async #isOwn(reservationId: string, index: number): Promise<boolean> {
    const known = this.#known.get(reservationId) ?? (await this.#look(reservationId, index));
    this.#remember(reservationId, known);
    return known;
  }

  async #look(id: string, index: number): Promise<boolean> {
    for (let afterIndex = 0; ; ) {
      const question = { kind: 'of', what: 'reservation', id, afterIndex, limit: PAGE_RECORDS } as const;
      const { records } = await this.#mesh.readTrail(question);
      for (const record of records) {
        if (record.index > index) return false;
        const isStop = (event: LedgerEvent): boolean =>
          event.kind === 'stop' && event.reservationId === id && event.company === this.#company;
        if (readRecord(record).events.some(isStop)) return true;
      }
      if (records.length < PAGE_RECORDS) return false;
      afterIndex = records.at(-1)!.index;
    }
  }

  #remember(reservationId: string, own: boolean): void {
    this.#known.delete(reservationId);
    this.#known.set(reservationId, own);
    if (this.#known.size <= REMEMBERED_MAX) return;
    const [oldest] = this.#known.keys();
    this.#known.delete(oldest!);
  }
}
