/** The stops that requests want, as the ledger takes them. What cannot be one throws a FieldFault that names its field. */
import { afterNoShowOf } from '../codec/state-messages.js';
import type { AfterNoShow as ProtoAfterNoShow } from '../gen/malha/mesh/v1/state.js';
import type * as proto from '../gen/malha/mesh/v1/stop.js';
import type { AfterNoShow, ChangedStop, WantedPoint, WantedStop } from '../ledger/command.js';
import { FieldFault } from './field-fault.js';
import { counted, idOf, idOrNone, nameOf, spanOf, timeOf, wordOf } from './fields.js';

/** 1 to `max` stops, in order. */
export function wantedStops(
  list: readonly proto.WantedStop[],
  max: number,
  field = 'stops',
): readonly WantedStop[] {
  return counted(list, 1, max, field).map((stop, n) => wantedStop(stop, `${field}[${n}]`));
}

/** 1 to `max` stops, of which none leaves it to the ledger which point it is at. */
export function wantedPoints(list: readonly proto.WantedStop[], max: number): readonly WantedPoint[] {
  return wantedStops(list, max).map((stop, n) => {
    if (stop.site === undefined) return stop;
    throw new FieldFault(`stops[${n}].site`, 'cannot stand for a point here');
  });
}

/** 1 to `max` stops of a changed reservation, in order. */
export function changedStops(list: readonly proto.ChangedStop[], max: number): readonly ChangedStop[] {
  return counted(list, 1, max, 'stops').map(({ stop }, n) => {
    if (stop === undefined) throw new FieldFault(`stops[${n}]`, 'must be kept or new');
    return stop.$case === 'keep' ? { keep: stop.value } : wantedStop(stop.value, `stops[${n}].new`);
  });
}

export function afterNoShow(code: ProtoAfterNoShow): AfterNoShow {
  return wordOf(afterNoShowOf, code, 'keep', 'after_no_show');
}

function wantedStop(stop: proto.WantedStop, field: string): WantedStop {
  const { where } = stop;
  const window = {
    company: idOrNone(stop.company, `${field}.company`),
    ...windowOf(stop, field),
  };
  if (where === undefined) throw new FieldFault(field, 'must name a point or a site');
  if (where.$case === 'pointId') return { pointId: idOf(where.value, `${field}.point_id`), ...window };
  const { place, connector, minPowerWatts } = where.value;
  return {
    pointId: '',
    site: {
      place: nameOf(place, `${field}.site.place`),
      connector: nameOf(connector, `${field}.site.connector`),
      minPowerWatts,
    },
    ...window,
  };
}

function windowOf(
  { start, until }: proto.WantedStop,
  field: string,
): { readonly startMs: number | 'now'; readonly durationMs: number } {
  if (until === undefined) throw new FieldFault(field, 'must have an end or a duration');
  if (until.$case === 'duration') {
    const startMs = start === undefined ? 'now' : startOf(start, field);
    return { startMs, durationMs: spanOf(until.value, `${field}.duration`) };
  }
  const startMs = startOf(start, field);
  const endMs = timeOf(until.value, `${field}.end`);
  if (endMs <= startMs) throw new FieldFault(`${field}.end`, 'must be after the start');
  return { startMs, durationMs: endMs - startMs };
}

/** The first millisecond of 1970 stands for "now" in the log, and has passed anyway. */
function startOf(start: proto.WantedStop['start'], field: string): number {
  const startMs = timeOf(start, `${field}.start`);
  if (startMs > 0) return startMs;
  throw new FieldFault(`${field}.start`, 'must be after the beginning of 1970');
}
