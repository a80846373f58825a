/** Histories of a register, right ones and others, from a seed; and the slow and plain way to judge small ones. */
import { Chance } from '../../sim/chance.js';
import { type Attempt, attemptsOf, type HistoryEvent } from '../history.js';
import { REGISTER, type RegisterCall, type RegisterReply } from '../search/register.js';

export type RegisterEvent = HistoryEvent<RegisterCall, RegisterReply>;
export type RegisterAttempt = Attempt<RegisterCall, RegisterReply>;

export interface RegisterHistoryOptions {
  readonly attempts: number;
  /** So many are under way at once at most. */
  readonly clients: number;
  /** So many in a million answers are not those of the register. */
  readonly wrongPerMillion: number;
  /** So many in a million attempts are never answered. */
  readonly unknownPerMillion: number;
}

const VALUES = ['0', '1', '2'];

interface UnderWay {
  readonly attempt: number;
  readonly call: RegisterCall;
  reply: RegisterReply | null;
}

/** A history of one register that took every call at one moment while it was under way, apart from what is wrong. */
export function randomRegisterHistory(
  seed: number,
  options: RegisterHistoryOptions,
): readonly RegisterEvent[] {
  const chance = new Chance(seed);
  const events: RegisterEvent[] = [];
  const underWay: UnderWay[] = [];
  let state = REGISTER.initial;
  let begun = 0;
  while (begun < options.attempts || underWay.length > 0) {
    const mayBegin = begun < options.attempts && underWay.length < options.clients;
    const next = underWay.length === 0 ? undefined : chance.pick(underWay);
    if (mayBegin && (next === undefined || chance.hits(400_000))) {
      const call = randomCall(chance);
      underWay.push({ attempt: begun, call, reply: null });
      events.push({ event: 'invoke', attempt: begun, client: `c${begun}`, realMs: 0, call });
      begun += 1;
    } else if (next?.reply === null) {
      next.reply = replyOf(state, next.call);
      state = REGISTER.step(state, next.call, next.reply)[0]!;
    } else if (next !== undefined && next.reply !== null) {
      underWay.splice(underWay.indexOf(next), 1);
      const { attempt, call } = next;
      if (chance.hits(options.unknownPerMillion)) {
        events.push({ event: 'unknown', attempt, realMs: 0, reason: 'timeout' });
      } else {
        const reply = chance.hits(options.wrongPerMillion) ? replyOf(chance.pick(VALUES), call) : next.reply;
        events.push({ event: 'answer', attempt, realMs: 0, reply });
      }
    }
  }
  return events;
}

/** Whether a small history is linearizable, by trying everything: Wing and Gong without a thought. */
export function isLinearizable(events: readonly RegisterEvent[]): boolean {
  return hasOrder(REGISTER.initial, attemptsOf(events));
}

/** Why an order of attempts does not explain them; null when it does. */
export function faultIn(
  order: readonly RegisterAttempt[],
  attempts: readonly RegisterAttempt[],
): string | null {
  const missing = attempts.find(
    ({ outcome, id }) => outcome.kind === 'answered' && !order.some((o) => o.id === id),
  );
  if (missing !== undefined) return `${missing.id} is missing`;
  let state = REGISTER.initial;
  for (const [i, { id, call, outcome, startedAt, endedAt }] of order.entries()) {
    if (order.slice(i + 1).some((later) => later.endedAt < startedAt || later.id === id))
      return `${id} is too early`;
    if (outcome.kind === 'denied') return `${id} was denied`;
    const [next] = REGISTER.step(state, call, outcome.kind === 'answered' ? outcome.reply : null);
    if (next === undefined) return `${id} cannot have been answered so (until ${endedAt})`;
    state = next;
  }
  return null;
}

function hasOrder(state: string | null, rest: readonly RegisterAttempt[]): boolean {
  if (rest.every(({ outcome }) => outcome.kind !== 'answered')) return true;
  return rest.some((attempt) => {
    const { call, outcome, startedAt } = attempt;
    if (outcome.kind === 'denied' || rest.some((other) => other.endedAt < startedAt)) return false;
    const reply = outcome.kind === 'answered' ? outcome.reply : null;
    const others = rest.filter((other) => other !== attempt);
    return REGISTER.step(state, call, reply).some((next) => hasOrder(next, others));
  });
}

function randomCall(chance: Chance): RegisterCall {
  const kind = chance.pick(['read', 'read', 'write', 'cas'] as const);
  if (kind === 'read') return { kind };
  if (kind === 'write') return { kind, value: chance.pick(VALUES) };
  return { kind, from: chance.pick(VALUES), to: chance.pick(VALUES) };
}

function replyOf(state: string | null, call: RegisterCall): RegisterReply {
  switch (call.kind) {
    case 'read':
      return { kind: 'read', value: state };
    case 'write':
      return { kind: 'written' };
    case 'cas':
      return { kind: 'compared', held: state === call.from };
  }
}
