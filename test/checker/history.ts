/**
 * What clients did and what they were told, in the order in which one recorder saw it.
 *
 * 1. The order of the events is real time: what stands before was over before what stands after began.
 * 2. An attempt has one end at most. One without an end, or with `unknown`, may have taken effect at any time after
 *    it began, also long after the history ends, or never. One that was `denied` has no effect, and will have none.
 */

/** A client begins: one try of a request, at one node. `attempt`: a number of its own within the history. */
export interface Invoked<C> {
  readonly event: 'invoke';
  readonly attempt: number;
  readonly client: string;
  /** Milliseconds of the recorder's clock since it began; for people and reports, the order does not depend on it. */
  readonly realMs: number;
  readonly call: C;
}

/** The client was answered, refusals of the ledger included. */
export interface Answered<R> {
  readonly event: 'answer';
  readonly attempt: number;
  readonly realMs: number;
  readonly reply: R;
}

/** The client knows nothing (`unknown`), or was promised that nothing was and will be done (`denied`). */
export interface Unanswered {
  readonly event: 'unknown' | 'denied';
  readonly attempt: number;
  readonly realMs: number;
  /** As the client heard it: `timeout`, `connection reset`, `UNAVAILABLE`. */
  readonly reason: string;
}

export type HistoryEvent<C, R> = Invoked<C> | Answered<R> | Unanswered;

export type Outcome<R> =
  | { readonly kind: 'answered'; readonly reply: R }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'denied' };

/** An attempt with its place in real time. */
export interface Attempt<C, R> {
  readonly id: number;
  readonly client: string;
  readonly call: C;
  /** Position of its first event in the history. */
  readonly startedAt: number;
  /** Position of its answer or denial; infinite as long as it may still take effect. */
  readonly endedAt: number;
  readonly outcome: Outcome<R>;
}

/** Attempts that were answered. */
export type AnsweredAttempt<C, R> = Attempt<C, R> & {
  readonly outcome: { readonly kind: 'answered'; readonly reply: R };
};

/**
 * Brings beginnings and ends together, in order of the beginnings. Throws an Error('history: …') for an end without
 * a beginning, a second end, or a number that is used twice.
 */
export function attemptsOf<C, R>(events: Iterable<HistoryEvent<C, R>>): readonly Attempt<C, R>[] {
  const attempts: Attempt<C, R>[] = [];
  /** Where in `attempts` each stands; null once it has ended. */
  const places = new Map<number, number | null>();
  let position = 0;
  for (const event of events) {
    const { attempt: id } = event;
    const place = places.get(id);
    if (event.event === 'invoke') {
      if (place !== undefined) throw new Error(`history: attempt ${id} begins twice`);
      places.set(id, attempts.length);
      const { client, call } = event;
      attempts.push({
        id,
        client,
        call,
        startedAt: position,
        endedAt: Number.POSITIVE_INFINITY,
        outcome: { kind: 'unknown' },
      });
    } else {
      if (place === undefined) throw new Error(`history: attempt ${id} ends before it began`);
      if (place === null) throw new Error(`history: attempt ${id} ends twice`);
      places.set(id, null);
      attempts[place] = ended(attempts[place]!, event, position);
    }
    position += 1;
  }
  return attempts;
}

export function isAnswered<C, R>(attempt: Attempt<C, R>): attempt is AnsweredAttempt<C, R> {
  return attempt.outcome.kind === 'answered';
}

function ended<C, R>(
  attempt: Attempt<C, R>,
  event: Answered<R> | Unanswered,
  position: number,
): Attempt<C, R> {
  switch (event.event) {
    case 'answer':
      return { ...attempt, endedAt: position, outcome: { kind: 'answered', reply: event.reply } };
    case 'denied':
      return { ...attempt, endedAt: position, outcome: { kind: 'denied' } };
    case 'unknown':
      return attempt;
  }
}
