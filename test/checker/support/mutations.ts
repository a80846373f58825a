/** Changes to what clients saw, of the kinds that a mesh with a fault would make. */
import type { Chance } from '../../sim/chance.js';
import type { MeshEvent, MeshReply } from '../mesh-history.js';

type Events = readonly MeshEvent[];
type AnswerEvent = Extract<MeshEvent, { event: 'answer' }>;

export interface Mutation {
  /** Whether what comes out is never, sometimes or always correct. */
  readonly correct: 'never' | 'sometimes' | 'always';
  /** The changed events; null where there is nothing to change. */
  readonly change: (events: Events, chance: Chance) => Events | null;
}

export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'an answer comes as soon as it was asked for': {
    correct: 'sometimes',
    change: (events, chance) => {
      const answer = pickAnswer(events, chance);
      return answer && moved(events, events.indexOf(answer), beginningOf(events, answer) + 1);
    },
  },

  'a call begins when it is answered': {
    correct: 'sometimes',
    change: (events, chance) => {
      const answer = pickAnswer(events, chance);
      return answer && moved(events, beginningOf(events, answer), events.indexOf(answer) - 1);
    },
  },

  'two answers are exchanged': {
    correct: 'sometimes',
    change: (events, chance) => {
      const one = pickAnswer(events, chance);
      const other = pickAnswer(events, chance, (reply) => reply.kind === one?.reply.kind);
      if (one === null || other === null || one === other) return null;
      return events.map((event) => {
        if (event === one) return { ...one, reply: other.reply };
        return event === other ? { ...other, reply: one.reply } : event;
      });
    },
  },

  'a grant becomes a refusal': {
    correct: 'never',
    change: (events, chance) => {
      const refusal = { kind: 'refused', reason: 'STOPS_UNAVAILABLE' } as const;
      return withReply(events, pickAnswer(events, chance, isGrant), (reply) =>
        reply.kind === 'result' ? { ...reply, result: refusal } : reply,
      );
    },
  },

  'a refusal becomes a grant': {
    correct: 'never',
    change: (events, chance) =>
      withReply(events, pickAnswer(events, chance, isRefusal), (reply) =>
        reply.kind === 'result' ? { ...reply, result: { kind: 'reserved' } } : reply,
      ),
  },

  'a point is shown otherwise': {
    correct: 'never',
    change: (events, chance) =>
      withReply(events, pickAnswer(events, chance, isListOfPoints), (reply) => {
        if (reply.kind !== 'view' || !Array.isArray(reply.view)) return reply;
        const at = chance.below(reply.view.length);
        const view = reply.view.map((each: { readonly free?: boolean }, i: number) =>
          i === at ? { ...each, free: each.free !== true } : each,
        );
        return { ...reply, view };
      }),
  },

  'an attempt is forgotten': {
    correct: 'sometimes',
    change: (events, chance) => {
      const answer = pickAnswer(events, chance);
      return answer && events.filter(({ attempt }) => attempt !== answer.attempt);
    },
  },

  'an answer is lost': {
    correct: 'always',
    change: (events, chance) => {
      const answer = pickAnswer(events, chance);
      return answer && events.filter((event) => event !== answer);
    },
  },

  'an answer becomes a denial': {
    correct: 'sometimes',
    change: (events, chance) => {
      const answer = pickAnswer(events, chance);
      if (answer === null) return null;
      const { attempt, realMs } = answer;
      const denial = { event: 'denied', attempt, realMs, reason: 'UNAVAILABLE' } as const;
      return events.map((event) => (event === answer ? denial : event));
    },
  },
};

function isGrant(reply: MeshReply): boolean {
  return reply.kind === 'result' && reply.result.kind === 'reserved';
}

function isRefusal(reply: MeshReply): boolean {
  if (reply.kind !== 'result' || reply.result.kind !== 'refused') return false;
  return reply.result.reason === 'STOPS_UNAVAILABLE';
}

function isListOfPoints(reply: MeshReply): boolean {
  return reply.kind === 'view' && Array.isArray(reply.view) && reply.view.length > 0;
}

function withReply(
  events: Events,
  answer: AnswerEvent | null,
  change: (reply: MeshReply) => MeshReply,
): Events | null {
  if (answer === null) return null;
  return events.map((event) => (event === answer ? { ...answer, reply: change(answer.reply) } : event));
}

function pickAnswer(
  events: Events,
  chance: Chance,
  isMeant: (reply: MeshReply) => boolean = () => true,
): AnswerEvent | null {
  const answers = events.filter(
    (event): event is AnswerEvent => event.event === 'answer' && isMeant(event.reply),
  );
  return answers.length === 0 ? null : chance.pick(answers);
}

function beginningOf(events: Events, { attempt }: AnswerEvent): number {
  return events.findIndex((event) => event.attempt === attempt);
}

function moved(events: Events, from: number, to: number): Events {
  const rest = events.filter((_, i) => i !== from);
  return [...rest.slice(0, to), events[from]!, ...rest.slice(to)];
}
