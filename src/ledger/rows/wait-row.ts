/** `w:<wait id>`: a wish on the waiting list. */
import type { WantedStop } from '../command.js';
import type { Wait } from '../state.js';
import { fieldsOf, integerOf, listOf, oneOf, textOf } from './checks.js';
import { ROW_VERSION, type RowFormat } from './format.js';

export const WAIT_ROW: RowFormat<Wait> = {
  prefix: 'w:',
  id: (wait) => wait.id,
  write: (wait) =>
    JSON.stringify({
      v: ROW_VERSION,
      id: wait.id,
      holder: wait.holder,
      turn: wait.turn,
      stops: wait.stops.map(writableStop),
      afterNoShow: wait.afterNoShow,
      offer: wait.offer,
      missedOffers: wait.missedOffers,
      endsAtMs: wait.endsAtMs,
    }),
  read: (fields) => ({
    id: textOf(fields.id),
    holder: textOf(fields.holder),
    turn: integerOf(fields.turn),
    stops: listOf(fields.stops, readStop),
    afterNoShow: oneOf(fields.afterNoShow, ['keep', 'free']),
    offer: textOf(fields.offer),
    missedOffers: integerOf(fields.missedOffers),
    endsAtMs: integerOf(fields.endsAtMs),
  }),
};

function writableStop({ pointId, site, company, startMs, durationMs }: WantedStop): object {
  const window = { company, startMs, durationMs };
  if (site === undefined) return { pointId, ...window };
  const { place, connector, minPowerWatts } = site;
  return { site: { place, connector, minPowerWatts }, ...window };
}

function readStop(value: unknown): WantedStop {
  const fields = fieldsOf(value);
  const window = {
    company: textOf(fields.company),
    startMs: integerOf(fields.startMs),
    durationMs: integerOf(fields.durationMs),
  };
  if (fields.site === undefined) return { pointId: textOf(fields.pointId), ...window };
  const { place, connector, minPowerWatts } = fieldsOf(fields.site);
  const site = {
    place: textOf(place),
    connector: textOf(connector),
    minPowerWatts: integerOf(minPowerWatts),
  };
  return { pointId: '', site, ...window };
}
