/**
 * Reservations from their rows, the short way: a mesh has a million of them, and a node that starts reads them all.
 *
 * It gives what `RESERVATION_ROW` reads from the same text, or nothing: then the text is not plain, or no reservation
 * that version 2 wrote, and the long way reads it or says what is wrong with it.
 */
import type { End, Reservation, Stop, StopTerms } from '../state.js';
import { RESERVATION_STATES, STOP_STATES } from '../states.js';
import { Literal } from './literal.js';
import { ENDERS } from './reservation-row.js';
import type { RowAtHand } from './row-at-hand.js';
import { Scanner } from './scanner.js';
import { SharedTexts } from './shared-texts.js';
import { readTerms, termsText } from './stop-terms.js';
import { Words } from './words.js';

/** How almost every row ends, and almost every stop in it: one comparison for many fields. */
const USUAL_END = new Literal(',"afterNoShow":"keep","holdWarned":false,"waitId":""}');
const UNTOUCHED_END = new Literal(',0,0,false,"",0]');

const ID = new Literal('{"v":2,"id":');
const HOLDER = new Literal(',"holder":');
const STATE = new Literal(',"state":');
const DOCUMENTED = new Literal(',"documented":');
const STOPS = new Literal(',"stops":[');
const MADE_AT = new Literal(',"madeAtMs":');
const MADE_INDEX = new Literal(',"madeIndex":');
const HOLD_UNTIL = new Literal(',"holdUntilMs":');
const END = new Literal(',"end":');
const CHANGED_INDEX = new Literal(',"changedIndex":');
const AFTER_NO_SHOW = new Literal(',"afterNoShow":');
const HOLD_WARNED = new Literal(',"holdWarned":');
const WAIT_ID = new Literal(',"waitId":');

const WHO = new Literal('{"who":');
const REASON = new Literal(',"reason":');
const AT = new Literal(',"atMs":');
const NULL = new Literal('null');

const RESERVATION_WORDS = new Words(RESERVATION_STATES);
const STOP_WORDS = new Words(STOP_STATES);
const ENDER_WORDS = new Words(ENDERS);
const NO_SHOW_WORDS = new Words(['keep', 'free']);

const COMMA = 0x2c;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const CLOSING_BRACE = 0x7d;

/** What many stops at a point have in common. */
interface AtPoint {
  readonly id: string;
  /** The terms of the one that was read last: its point's next one most likely has the same. */
  last: SharedTerms | null;
}

interface SharedTerms {
  readonly text: Literal;
  readonly terms: StopTerms;
}

export class ReservationScan {
  readonly #scanner = new Scanner();
  readonly #points = new SharedTexts<AtPoint>((id) => ({ id, last: null }));
  /** The terms of stops that were committed under the same rules are one object. Null: it is no text of terms. */
  readonly #terms = new SharedTexts(termsFrom);
  readonly #holders: SharedTexts<string>;

  /** `holderOf`: the holder of this name that others have already, so that all of its reservations share it. */
  constructor(holderOf: (text: string) => string | undefined) {
    this.#holders = new SharedTexts((text) => holderOf(text) ?? text);
  }

  /** Null for a row that is to be read the long way. */
  read(row: RowAtHand): Reservation | null {
    if (!row.isPlain) return null;
    const scanner = this.#scanner;
    scanner.begin(row);
    scanner.skip(ID);
    const id = scanner.text(row.id);
    scanner.skip(HOLDER);
    const holder = scanner.shared(this.#holders);
    scanner.skip(STATE);
    const state = scanner.oneOf(RESERVATION_WORDS);
    scanner.skip(DOCUMENTED);
    const documented = scanner.flag();
    scanner.skip(STOPS);
    const stops = this.#stops();
    scanner.skip(MADE_AT);
    const madeAtMs = scanner.integer();
    scanner.skip(MADE_INDEX);
    const madeIndex = scanner.integer();
    scanner.skip(HOLD_UNTIL);
    const holdUntilMs = scanner.integer();
    scanner.skip(END);
    const end = scanner.sees(NULL) ? null : this.#end();
    scanner.skip(CHANGED_INDEX);
    const changedIndex = scanner.integer();
    const isUsual = scanner.sees(USUAL_END);
    if (!isUsual) scanner.skip(AFTER_NO_SHOW);
    const afterNoShow = isUsual ? 'keep' : scanner.oneOf(NO_SHOW_WORDS);
    if (!isUsual) scanner.skip(HOLD_WARNED);
    const holdWarned = isUsual ? false : scanner.flag();
    if (!isUsual) scanner.skip(WAIT_ID);
    const waitId = isUsual ? '' : scanner.text();
    if (!isUsual) scanner.skipCode(CLOSING_BRACE);
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

  /** Up to the end of the list. */
  #stops(): readonly Stop[] {
    const scanner = this.#scanner;
    if (scanner.seesCode(CLOSING_BRACKET)) return [];
    // A list of one has room for no more, and one that grows has: that is not kept.
    const stops = [this.#stop()];
    if (scanner.seesCode(CLOSING_BRACKET)) return stops;
    while (scanner.seesCode(COMMA)) stops.push(this.#stop());
    scanner.skipCode(CLOSING_BRACKET);
    return stops.slice();
  }

  #stop(): Stop {
    const scanner = this.#scanner;
    scanner.skipCode(OPENING_BRACKET);
    const at = scanner.shared(this.#points);
    scanner.skipCode(COMMA);
    const startMs = scanner.integer();
    scanner.skipCode(COMMA);
    const endMs = scanner.integer();
    scanner.skipCode(COMMA);
    const state = scanner.oneOf(STOP_WORDS);
    scanner.skipCode(COMMA);
    const terms = scanner.sees(NULL) ? null : this.#termsAt(at);
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
    scanner.skipCode(COMMA);
    const startedAtMs = scanner.integer();
    scanner.skipCode(COMMA);
    const endedAtMs = scanner.integer();
    scanner.skipCode(COMMA);
    const overstaying = scanner.flag();
    scanner.skipCode(COMMA);
    const reason = scanner.text();
    scanner.skipCode(COMMA);
    const owedCentavos = scanner.integer();
    scanner.skipCode(CLOSING_BRACKET);
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
    if (point.last === null || !scanner.sees(point.last.text)) {
      point.last = scanner.sharedList(this.#terms);
      if (point.last === null) scanner.fail();
    }
    return point.last?.terms ?? null;
  }

  #end(): End {
    const scanner = this.#scanner;
    scanner.skip(WHO);
    const who = scanner.oneOf(ENDER_WORDS);
    scanner.skip(REASON);
    const reason = scanner.text();
    scanner.skip(AT);
    const atMs = scanner.integer();
    scanner.skipCode(CLOSING_BRACE);
    return { who, reason, atMs };
  }
}

/** Null for a text that is not the canonical one of terms. */
function termsFrom(text: string): SharedTerms | null {
  try {
    const terms = readTerms(JSON.parse(text));
    return termsText(terms) === text ? { text: new Literal(text), terms } : null;
  } catch {
    return null;
  }
}
