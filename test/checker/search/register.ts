/** A register that is read, written, and compared and set; a text, or null as long as nobody wrote. */
import type { SearchModel } from './search-model.js';

export type RegisterCall =
  | { readonly kind: 'read' }
  | { readonly kind: 'write'; readonly value: string }
  | { readonly kind: 'cas'; readonly from: string; readonly to: string };

/** What was read; whether the comparison held. */
export type RegisterReply =
  | { readonly kind: 'read'; readonly value: string | null }
  | { readonly kind: 'written' }
  | { readonly kind: 'compared'; readonly held: boolean };

export const REGISTER: SearchModel<string | null, RegisterCall, RegisterReply> = {
  initial: null,

  step(state, call, reply) {
    switch (call.kind) {
      case 'read':
        return reply === null || (reply.kind === 'read' && reply.value === state) ? [state] : [];
      case 'write':
        return reply === null || reply.kind === 'written' ? [call.value] : [];
      case 'cas': {
        const held = state === call.from;
        if (reply !== null && (reply.kind !== 'compared' || reply.held !== held)) return [];
        return [held ? call.to : state];
      }
    }
  },

  textOf: (state) => JSON.stringify(state),

  isRead: (call, reply) => call.kind === 'read' || (reply?.kind === 'compared' && !reply.held),
};
