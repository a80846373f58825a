/**
 * What a driver wants in a mesh of version 2: mostly something that it may have, of a trip that it knows; now and then
 * what it must not.
 */
import type {
  AfterNoShow,
  ChangedStop,
  Operation,
  WantedPoint,
  WantedStop,
} from '../../src/ledger/command.js';
import type { Chance } from './chance.js';
import type { Want } from './clients.js';
import type { ClientMemory, KnownTrip } from './clients-memory.js';

const MINUTE_MS = 60_000;
/** Windows begin with these, so that those of different drivers meet. */
const SLOT_MS = 5 * MINUTE_MS;
const SITE = { place: ' FEIRA de Santana', connector: 'CCS2', minPowerWatts: 22_000 };

export function driverWish(memory: ClientMemory, chance: Chance): Want {
  const door = chance.pick(['rest', 'rest', 'mqtt', 'grpc'] as const);
  const trips = memory.open;
  // Who has much does not ask for more.
  const operation =
    trips.length === 0 || chance.below(8) >= trips.length + 1
      ? newWish(memory, chance)
      : onTrip(chance.pick(trips), memory, chance);
  return { operation, door };
}

function newWish(memory: ClientMemory, chance: Chance): Operation {
  const dice = chance.below(100);
  const afterNoShow = chance.pick<AfterNoShow>(['keep', 'free']);
  const holdMs = chance.hits(400_000) ? chance.pick([1_500, 3_000, 2 * MINUTE_MS]) : 0;
  if (dice < 15) {
    return { kind: 'declare-trip', stops: points(memory, chance, chance.between(1, 3)), holdMs, afterNoShow };
  }
  if (dice < 35) {
    const stops = points(memory, chance, chance.between(1, 2));
    return { kind: 'join-waitlist', stops: stops.map((stop) => orSite(stop, chance, 300_000)), afterNoShow };
  }
  if (dice < 40 && memory.waitIds.length > 0) {
    return { kind: 'leave-waitlist', waitId: chance.pick(memory.waitIds) };
  }
  if (dice < 48 && memory.noticeIds.length > 0) {
    return { kind: 'acknowledge', noticeIds: memory.noticeIds.slice(0, 64) };
  }
  const stops = points(memory, chance, chance.between(1, 3)).map((stop) => orSite(stop, chance, 250_000));
  const soon = chance.hits(250_000) ? stops.map((stop): WantedStop => ({ ...stop, startMs: 'now' })) : stops;
  return { kind: 'reserve', stops: soon, holdMs, afterNoShow };
}

function onTrip(trip: KnownTrip, memory: ClientMemory, chance: Chance): Operation {
  const { id: reservationId, state, stops, asOfIndex } = trip;
  const ifIndex = chance.hits(300_000) ? asOfIndex : 0;
  const on = { reservationId, ifIndex };
  const displaced = stops.find((stop) => stop.state === 'DISPLACED');
  const active = stops.find((stop) => stop.state === 'ACTIVE');
  const next = stops.find((stop) => stop.state === 'PLANNED');
  if (displaced !== undefined && chance.hits(700_000)) {
    return {
      kind: 'substitute',
      ...on,
      stop: displaced.stop,
      candidates: substitutes(displaced, memory, chance),
    };
  }
  if (active !== undefined && chance.hits(500_000)) {
    return { kind: 'finish-stop', ...on, stop: active.stop, as: 'holder' };
  }
  if (state === 'HELD' && chance.hits(700_000)) {
    const holdMs = chance.pick([2_000, 10_000, 150_000]);
    return chance.hits(700_000) ? { kind: 'confirm', ...on } : { kind: 'extend-hold', ...on, holdMs };
  }
  const stop = (next ?? active ?? displaced)?.stop ?? chance.below(3);
  // Mostly in time, as far as the driver knows.
  const isTime = next !== undefined && next.startMs <= memory.ledgerMs + 3 * SLOT_MS;
  if (isTime && active === undefined && chance.hits(450_000))
    return { kind: 'start-stop', ...on, stop, as: 'holder' };
  const dice = chance.below(100);
  if (dice < 35) {
    const kept = stops.flatMap((each): ChangedStop[] =>
      each.state === 'ACTIVE' || (each.state === 'PLANNED' && chance.hits(600_000))
        ? [{ keep: each.stop }]
        : [],
    );
    const fresh = points(memory, chance, chance.between(0, 2)).map((each) => orSite(each, chance, 250_000));
    return { kind: 'change', ...on, stops: [...kept, ...fresh] };
  }
  if (dice < 60) return { kind: 'shift', ...on, stop, byMs: chance.pick([1, 5, 10]) * MINUTE_MS };
  const named = chance.hits(600_000) ? [] : [stop];
  const isOperator = chance.hits(150_000);
  const reason = isOperator ? 'asked for by the driver' : '';
  return { kind: 'cancel', ...on, stops: named, as: isOperator ? 'operator' : 'holder', reason };
}

/** Other points for the same window, and any of the place. */
function substitutes(
  { startMs, endMs }: { readonly startMs: number; readonly endMs: number },
  memory: ClientMemory,
  chance: Chance,
): readonly WantedStop[] {
  const window = {
    company: '',
    startMs: Math.max(startMs, memory.ledgerMs + 1_000),
    durationMs: endMs - startMs,
  };
  const named = memory.somePoints(chance).map((pointId): WantedStop => ({ pointId, ...window }));
  return chance.hits(500_000) ? [...named, { pointId: '', site: SITE, ...window }] : named;
}

/** Stops one after the other, from one of the next slots on; a few far ahead, and some for longer than most want. */
function points(memory: ClientMemory, chance: Chance, count: number): readonly WantedPoint[] {
  const slot = Math.floor(memory.ledgerMs / SLOT_MS) + chance.between(1, 6);
  const aheadMs = chance.hits(20_000) ? 100 * 24 * 60 * MINUTE_MS : 0;
  return memory
    .somePoints(chance)
    .slice(0, count)
    .map((pointId, i) => ({
      pointId,
      company: '',
      startMs: (slot + 2 * i) * SLOT_MS + aheadMs,
      durationMs: chance.pick([2, 5, 10, 90]) * MINUTE_MS,
    }));
}

function orSite(stop: WantedPoint, chance: Chance, perMillion: number): WantedStop {
  const { pointId: _, site: __, ...window } = stop;
  return chance.hits(perMillion) ? { pointId: '', site: SITE, ...window } : stop;
}
