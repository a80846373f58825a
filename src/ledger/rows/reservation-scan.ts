/**
 * Reservations from their rows, the short way: a mesh has a million of them, and a node that starts reads them all.
 *
 * It gives what `RESERVATION_ROW` reads from the same text, or nothing: then the text is not plain, or no reservation
 * that version 2 wrote, and the long way reads it or says what is wrong with it.
 */
import type { End, Reservation, Stop, StopTerms } from '../state.js';
import { RESERVATION_STATES, STOP_STATES } from '../states.js';
import { ENDERS } from './reservation-row.js';
import { Scanner } from './scanner.js';
import { copied, SharedTexts } from './shared-texts.js';
import { readTerms, writableTerms } from './stop-terms.js';

/** How almost every row ends, and almost every stop in it: one comparison for many fields. */
const USUAL_END = ',"afterNoShow":"keep","holdWarned":false,"waitId":""}';
const UNTOUCHED_END = ',"startedAtMs":0,"endedAtMs":0,"overstaying":false,"reason":"","owedCentavos":0}';

/** What many stops at a point have in common. */
interface AtPoint {
  readonly id: string;
  /** The terms of the one that was read last: its point's next one most likely has the same. */
  termsText: string;
  terms: StopTerms | null;
}

export class ReservationScan {
  readonly #scanner = new Scanner();
  readonly #points = new SharedTexts<AtPoint>((id) => ({ id, termsText: '', terms: null }));
  /** The terms of stops that were committed under the same rules are one object. Null: it is no text of terms. */
  readonly #terms = new SharedTexts((text) => ({ text, terms: termsFrom(text) }));

  readonly #holderOf: (text: string) => string | undefined;

  /** `holderOf`: the holder of this name that others have already, so that all of its reservations share it. */
  constructor(holderOf: (text: string) => string | undefined) {
    this.#holderOf = holderOf;
  }

  /** Null for a text that is to be read the long way. */
  read(text: string): Reservation | null {
    const scanner = this.#scanner;
    scanner.begin(text);
    scanner.skip('{"v":2,"id":');
    const id = scanner.text();
    scanner.skip(',"holder":');
    const holder = this.#holder(scanner.part());
    scanner.skip(',"state":');
    const state = scanner.oneOf(RESERVATION_STATES);
    scanner.skip(',"documented":');
    const documented = scanner.flag();
    scanner.skip(',"stops":[');
    const stops = this.#stops();
    scanner.skip(',"madeAtMs":');
    const madeAtMs = scanner.integer();
    scanner.skip(',"madeIndex":');
    const madeIndex = scanner.integer();
    scanner.skip(',"holdUntilMs":');
    const holdUntilMs = scanner.integer();
    scanner.skip(',"end":');
    const end = scanner.sees('null') ? null : this.#end();
    scanner.skip(',"changedIndex":');
    const changedIndex = scanner.integer();
    const isUsual = scanner.sees(USUAL_END);
    if (!isUsual) scanner.skip(',"afterNoShow":');
    const afterNoShow = isUsual ? 'keep' : scanner.oneOf(['keep', 'free']);
    if (!isUsual) scanner.skip(',"holdWarned":');
    const holdWarned = isUsual ? false : scanner.flag();
    if (!isUsual) scanner.skip(',"waitId":');
    const waitId = isUsual ? '' : scanner.text();
    if (!isUsual) scanner.skip('}');
    // Without a change by an entry of version 2 the row would have the text of version 1.
    if (!scanner.isDone || changedIndex === 0) return null;
    // In one piece: an object that is spread into another takes more memory, and there is one for each row.
    return {
      id,
      holder,
      state,
      documented,
      stops,
      madeAtMs,
      madeIndex,
      holdUntilMs,
      end,
      changedIndex,
      afterNoShow,
      holdWarned,
      waitId,
    };
  }

  #holder(text: string): string {
    return this.#holderOf(text) ?? copied(text);
  }

  /** Up to the end of the list. */
  #stops(): readonly Stop[] {
    const scanner = this.#scanner;
    const stops: Stop[] = [];
    if (scanner.sees(']')) return stops;
    do stops.push(this.#stop());
    while (!scanner.failed && scanner.sees(','));
    scanner.skip(']');
    // Without the room for more that it grew.
    return stops.slice();
  }

  #stop(): Stop {
    const scanner = this.#scanner;
    scanner.skip('{"pointId":');
    const at = this.#points.get(scanner.part());
    scanner.skip(',"startMs":');
    const startMs = scanner.integer();
    scanner.skip(',"endMs":');
    const endMs = scanner.integer();
    scanner.skip(',"state":');
    const state = scanner.oneOf(STOP_STATES);
    scanner.skip(',"terms":');
    const terms = scanner.sees('null') ? null : this.#termsAt(at);
    if (scanner.sees(UNTOUCHED_END)) {
      return {
        pointId: at.id,
        startMs,
        endMs,
        state,
        terms,
        startedAtMs: 0,
        endedAtMs: 0,
        overstaying: false,
        reason: '',
        owedCentavos: 0,
      };
    }
    scanner.skip(',"startedAtMs":');
    const startedAtMs = scanner.integer();
    scanner.skip(',"endedAtMs":');
    const endedAtMs = scanner.integer();
    scanner.skip(',"overstaying":');
    const overstaying = scanner.flag();
    scanner.skip(',"reason":');
    const reason = scanner.text();
    scanner.skip(',"owedCentavos":');
    const owedCentavos = scanner.integer();
    scanner.skip('}');
    return {
      pointId: at.id,
      startMs,
      endMs,
      state,
      terms,
      startedAtMs,
      endedAtMs,
      overstaying,
      reason,
      owedCentavos,
    };
  }

  #termsAt(point: AtPoint): StopTerms | null {
    const scanner = this.#scanner;
    if (point.terms !== null && scanner.sees(point.termsText)) return point.terms;
    const { text, terms } = this.#terms.get(scanner.object());
    if (terms === null) scanner.failed = true;
    point.termsText = text;
    point.terms = terms;
    return terms;
  }

  #end(): End {
    const scanner = this.#scanner;
    scanner.skip('{"who":');
    const who = scanner.oneOf(ENDERS);
    scanner.skip(',"reason":');
    const reason = scanner.text();
    scanner.skip(',"atMs":');
    const atMs = scanner.integer();
    scanner.skip('}');
    return { who, reason, atMs };
  }
}

/** Null for a text that is not the canonical one of terms. */
function termsFrom(text: string): StopTerms | null {
  try {
    const terms = readTerms(JSON.parse(text));
    return JSON.stringify(writableTerms(terms)) === text ? terms : null;
  } catch {
    return null;
  }
}
