/** The stops that commands want or name, to and from protobuf. */
import type {
  ChangedStop as ProtoChangedStop,
  OnReservation as ProtoOnReservation,
  OnStop as ProtoOnStop,
  WantedStop as ProtoWantedStop,
} from '../gen/malha/ledger/v1/command.js';
import type { ChangedStop, WantedPoint, WantedStop } from '../ledger/command.js';
import { wellFormed } from './text.js';
import { fromUint64, toUint64 } from './uint64.js';

interface OnReservation {
  readonly reservationId: string;
  readonly ifIndex: number;
}

interface OnStop extends OnReservation {
  readonly stop: number;
}

export function stopToProto({ pointId, site, company, startMs, durationMs }: WantedStop): ProtoWantedStop {
  // On the wire 0 means now, so the first millisecond of 1970 cannot be named; it has passed anyway.
  if (startMs === 0) throw new RangeError('a start is at least 1 ms after the beginning of 1970');
  return {
    pointId: wellFormed(pointId),
    company: wellFormed(company),
    startMs: startMs === 'now' ? 0n : toUint64(startMs),
    durationMs: toUint64(durationMs),
    site: site && {
      place: wellFormed(site.place),
      connector: wellFormed(site.connector),
      minPowerWatts: site.minPowerWatts,
    },
  };
}

export function stopFromProto(stop: ProtoWantedStop): WantedStop {
  const { pointId, site, company } = stop;
  const window = {
    company,
    startMs: stop.startMs === 0n ? ('now' as const) : fromUint64(stop.startMs),
    durationMs: fromUint64(stop.durationMs),
  };
  if (site === undefined) return { pointId, ...window };
  if (pointId !== '') throw new Error('a stop with a point and a site');
  const { place, connector, minPowerWatts } = site;
  return { pointId: '', site: { place, connector, minPowerWatts }, ...window };
}

/** Where only a point will do. */
export function pointStopFromProto(stop: ProtoWantedStop): WantedPoint {
  const wanted = stopFromProto(stop);
  if (wanted.site !== undefined) throw new Error('a site where a point is wanted');
  return wanted;
}

export function changedStopToProto(stop: ChangedStop): ProtoChangedStop {
  return 'keep' in stop
    ? { stop: { $case: 'keep', value: stop.keep } }
    : { stop: { $case: 'new', value: stopToProto(stop) } };
}

export function changedStopFromProto({ stop }: ProtoChangedStop): ChangedStop {
  if (stop === undefined) throw new Error('a changed stop that is neither kept nor new');
  return stop.$case === 'keep' ? { keep: stop.value } : stopFromProto(stop.value);
}

export function onReservationToProto({ reservationId, ifIndex }: OnReservation): ProtoOnReservation {
  return { reservationId: wellFormed(reservationId), ifIndex: toUint64(ifIndex) };
}

export function onReservationFromProto(on: ProtoOnReservation | undefined): OnReservation {
  if (on === undefined) throw new Error('an operation on no reservation');
  return { reservationId: on.reservationId, ifIndex: fromUint64(on.ifIndex) };
}

export function onStopToProto(on: OnStop): ProtoOnStop {
  return { reservation: onReservationToProto(on), stop: on.stop };
}

export function onStopFromProto(on: ProtoOnStop | undefined): OnStop {
  if (on === undefined) throw new Error('an operation on no stop');
  return { ...onReservationFromProto(on.reservation), stop: on.stop };
}
