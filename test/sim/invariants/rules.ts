/**
 * The rules of reservations a second time: the model of the checker, which shares no code with the ledger, is told every
 * entry and must decide it likewise. Equal answers everywhere say that the nodes agree; this says that they are right.
 */
import type { LedgerEntry } from '../../../src/ledger/command.js';
import type { LedgerEvent } from '../../../src/ledger/event.js';
import type { Ledger } from '../../../src/ledger/ledger.js';
import type { Query } from '../../../src/ledger/query.js';
import type { Answer } from '../../../src/ledger/result.js';
import { applyEntry } from '../../checker/model/ledger-model.js';
import { LedgerState } from '../../checker/model/state.js';
import { isSame } from './same.js';
import { demand } from './violation.js';

export class Rules {
  private readonly model = new LedgerState();

  /** A command was answered; `ledger` has applied it and nothing after it. */
  decided(
    entry: LedgerEntry,
    answer: Answer,
    { repeated, events, ledger }: { repeated: boolean; events: readonly LedgerEvent[]; ledger: Ledger },
  ): void {
    const wanted = applyEntry(this.model, entry);
    demand(
      isSame(withoutDetail(answer), wanted.answer) && repeated === (wanted.effect === 'repeated'),
      'an answer is what the rules say',
      () => `entry ${entry.index}: ${JSON.stringify(answer)}; by the rules: ${JSON.stringify(wanted.answer)}`,
    );
    for (const event of events) {
      for (const [query, must] of this.touchedBy(event)) {
        const is = ledger.query(query, answer.atMs);
        demand(
          isSame(is, must),
          'what an entry changes is as the rules say',
          () => `behind entry ${entry.index}: ${JSON.stringify(is)}; by the rules: ${JSON.stringify(must)}`,
        );
      }
    }
  }

  /** What the event speaks of, as a question to a ledger, and as the rules have it. */
  private *touchedBy(event: LedgerEvent): Iterable<readonly [Query, unknown]> {
    const { reservations, waits, tickets, nowMs } = this.model;
    if ('reservationId' in event && event.reservationId !== '') {
      const { reservationId } = event;
      yield [{ kind: 'reservation', reservationId }, reservations.get(reservationId) ?? null];
    }
    if (event.kind === 'wait') {
      const { waitId } = event;
      yield [{ kind: 'wait', waitId }, waits.get(waitId) ?? null];
    }
    if (event.kind === 'ticket') {
      const { holder } = event;
      const ticket = tickets.get(holder);
      yield [{ kind: 'ticket', holder }, ticket !== undefined && ticket.untilMs > nowMs ? ticket : null];
    }
  }
}

/** The sentence for people is no rule. */
function withoutDetail({ index, atMs, result }: Answer): Answer {
  return { index, atMs, result: result.kind === 'refused' ? { ...result, detail: '' } : result };
}
