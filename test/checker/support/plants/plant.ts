/** What plants are, and the story that many of them grow in. */
import { START_MS } from '../../../ledger/log.js';
import type { AnomalyKind } from '../../findings.js';
import type { MeshReply } from '../../mesh-history.js';
import type { FirstReservation } from '../../model/rows.js';
import type { Run } from '../../run.js';
import { ALL_POINTS, command, linearizable, reserveNow, WINDOW_MS } from '../calls.js';
import { Story } from '../story.js';

/** One plant: a sentence, and the run with it. */
export type Plant = readonly [what: string, run: () => Run];

/** Under the kind that each must be found as. */
export type Plants = { readonly [Kind in AnomalyKind]?: readonly Plant[] };

export const END_MS = START_MS + WINDOW_MS;

/** A story in which ana has point 1, and bia wanted it, too. */
export function anaHasPointOne(tellBia?: (reply: MeshReply) => MeshReply): Story {
  const story = new Story();
  story.does('c1', command('ana', 'k1', reserveNow('1', '2')));
  story.does('c2', command('bia', 'k2', reserveNow('1')), tellBia);
  story.does('c1', linearizable(ALL_POINTS));
  return story;
}

/** Ana's reservation is the first after the no-op, two companies, four points and a route. */
export const FIRST = 10;

export const ANAS: FirstReservation = {
  id: `r${FIRST}`,
  holder: 'ana',
  state: 'CONFIRMED',
  documented: true,
  stops: ['1', '2'].map((pointId) => ({ pointId, startMs: START_MS, endMs: END_MS, state: 'PLANNED' })),
  madeAtMs: START_MS,
  madeIndex: FIRST,
  holdUntilMs: 0,
  end: null,
};
