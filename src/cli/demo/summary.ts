/**
 * What a demo came to: data for `--json`, a table for people, and the verdict that makes the exit code.
 *
 * A demo ended well when every vehicle arrived or is under way with charge left, and what vehicles hold equals what every
 * ledger says.
 */
import type { VehicleSnapshot } from '../../vehicle/vehicle.js';
import type { NodeReport } from '../status/verdict.js';
import { type Paint, table } from '../terminal.js';
import type { HoldingsCheck } from './holdings.js';

export interface DemoFacts {
  readonly seconds: number;
  readonly speed: number;
  readonly ledgerTimeMs: number;
  /** As they were before they were halted. */
  readonly vehicles: readonly VehicleSnapshot[];
  readonly holdings: HoldingsCheck;
  readonly nodes: readonly DemoNodeReport[];
}

export interface DemoNodeReport {
  readonly company: string;
  readonly restarts: number;
  readonly report: NodeReport;
}

export interface DemoSummary {
  readonly ok: boolean;
  /** Why not, one sentence each. */
  readonly faults: readonly string[];
  readonly seconds: number;
  readonly speed: number;
  readonly ledgerTime: string;
  readonly leader: string;
  readonly vehicles: readonly VehicleSummary[];
  readonly nodes: readonly NodeSummary[];
  readonly reservations: { readonly open: number; readonly ended: number } | null;
  readonly holdings: HoldingsCheck;
}

export interface VehicleSummary {
  readonly id: string;
  readonly model: string;
  readonly state: string;
  readonly place: string;
  readonly destination: string;
  readonly batteryPct: number;
  readonly trips: number;
  readonly strandings: number;
  readonly holds: readonly string[];
  readonly ok: boolean;
}

export interface NodeSummary {
  readonly company: string;
  readonly url: string;
  readonly ready: boolean;
  readonly role: string;
  readonly term: number;
  readonly appliedIndex: number;
  readonly restarts: number;
}

const UNDER_WAY: readonly VehicleSnapshot['state'][] = ['reserving', 'driving', 'charging', 'waiting'];

export function summarise(facts: DemoFacts): DemoSummary {
  const vehicles = facts.vehicles.map(summariseVehicle);
  const nodes = facts.nodes.map(summariseNode);
  const leading = facts.nodes.map(({ report }) => report.status).find((status) => status?.role === 'leader');
  const totals = leading?.totals ?? null;
  const faults = [...vehicles.filter(({ ok }) => !ok).map(vehicleFault), ...facts.holdings.differences];
  return {
    ok: faults.length === 0,
    faults,
    seconds: Math.round(facts.seconds * 10) / 10,
    speed: facts.speed,
    ledgerTime: new Date(facts.ledgerTimeMs).toISOString(),
    leader: leading?.company ?? '',
    vehicles,
    nodes,
    reservations: totals && { open: totals.openReservations, ended: totals.endedReservations },
    holdings: facts.holdings,
  };
}

/** Arrived at least once, or on a trip now; and not with an empty battery. */
function summariseVehicle(vehicle: VehicleSnapshot): VehicleSummary {
  const { id, model, state, place, trip, socPct, tripsEnded, strandings, holds } = vehicle;
  const charged = socPct > 0 && state !== 'stranded';
  const underWay = trip !== null && UNDER_WAY.includes(state);
  return {
    id,
    model,
    state,
    place,
    destination: trip?.to ?? '',
    batteryPct: Math.round(socPct * 10) / 10,
    trips: tripsEnded,
    strandings,
    holds: holds.map(({ pointId }) => pointId),
    ok: charged && (tripsEnded > 0 || underWay),
  };
}

function vehicleFault({ id, state, batteryPct, place }: VehicleSummary): string {
  const where = place === '' ? '' : ` in ${place}`;
  return `${id} neither arrived nor is under way with charge left: ${state}${where}, battery ${batteryPct} %`;
}

function summariseNode({ company, restarts, report }: DemoNodeReport): NodeSummary {
  const { url, status, fault } = report;
  return {
    company,
    url,
    ready: status?.ready ?? false,
    role: status?.role ?? fault,
    term: status?.term ?? 0,
    appliedIndex: status?.appliedIndex ?? 0,
    restarts,
  };
}

/** The summary as a person reads it. */
export function summaryLines(summary: DemoSummary, paint: Paint): readonly string[] {
  const { vehicles, nodes, reservations, holdings } = summary;
  const trips = vehicles.reduce((sum, vehicle) => sum + vehicle.trips, 0);
  const vehicleRows = vehicles.map((vehicle) => [
    vehicle.id,
    vehicle.model,
    vehicle.ok ? vehicle.state : paint('red', vehicle.state),
    vehicle.destination === '' ? vehicle.place : `${vehicle.place} > ${vehicle.destination}`,
    `${Math.round(vehicle.batteryPct)} %`,
    String(vehicle.trips),
    vehicle.holds.join(' '),
  ]);
  const nodeRows = nodes.map((node) => [
    node.company,
    node.url,
    node.ready ? node.role : paint('red', `${node.role}, not ready`),
    String(node.term),
    String(node.appliedIndex),
    String(node.restarts),
  ]);
  return [
    '',
    ...table(['vehicle', 'model', 'state', 'where', 'battery', 'trips', 'holds'], vehicleRows, [4, 5]),
    '',
    ...table(['node', 'url', 'role', 'term', 'applied', 'restarts'], nodeRows, [3, 4, 5]),
    '',
    `${summary.seconds} s at ${summary.speed} times real time, ledger time ${summary.ledgerTime}`,
    `${trips} trips ended; reservations: ${reservations?.open ?? '?'} open, ${reservations?.ended ?? '?'} ended`,
    `points held by vehicles: ${holdings.held}; ${holdings.equal ? 'every ledger says the same' : 'the ledgers say otherwise'}`,
    ...summary.faults.map((fault) => paint('red', fault)),
    summary.ok ? paint('green', 'all is well') : paint('red', 'not all is well'),
  ];
}
