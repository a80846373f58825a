/**
 * The arithmetic of a battery: energy in whole watt-hours, distance in whole metres, power in kilowatts.
 * What is used is rounded up and what can be reached is rounded down, so that a plan never promises a metre too many.
 */
import type { VehicleModel } from './models.js';

/** Power and connector of a point, as far as they are known; `powerKw` 0: unknown. */
export interface Outlet {
  readonly connector: string;
  readonly powerKw: number;
}

/** A model's usable energy. */
export function capacityWh(model: VehicleModel): number {
  return Math.floor(model.batteryKwh * 1_000);
}

/** Energy that `metres` cost; `loadFactor` 1 is the model's rated consumption. */
export function useWh(metres: number, whPerKm: number, loadFactor: number): number {
  return Math.ceil((metres * whPerKm * loadFactor) / 1_000);
}

/** How far `energyWh` reaches: the most metres that cost no more. */
export function reachMetres(energyWh: number, whPerKm: number, loadFactor: number): number {
  let metres = Math.floor((energyWh * 1_000) / (whPerKm * loadFactor));
  // The division may round across a boundary that the multiplication does not.
  while (metres > 0 && useWh(metres, whPerKm, loadFactor) > energyWh) metres -= 1;
  return metres;
}

/** State of charge in percent, one decimal. */
export function socPct(energyWh: number, fullWh: number): number {
  return Math.round((energyWh * 1_000) / fullWh) / 10;
}

/** The energy of a state of charge, rounded down. */
export function energyAtWh(pct: number, fullWh: number): number {
  return Math.floor((pct * fullWh) / 100);
}

/** Power that flows between model and point, in kW; null where either does not say. */
export function chargePowerKw(model: VehicleModel, outlet: Outlet): number | null {
  const vehicleKw = isAlternating(outlet.connector) ? model.acKw : model.dcPeakKw;
  if (vehicleKw === undefined || outlet.powerKw <= 0) return null;
  return Math.min(vehicleKw, outlet.powerKw);
}

/**
 * How long `energyWh` take at a point, in milliseconds: the model's own time if it has one, else energy over power,
 * else `defaultMinutes`. Nothing to charge takes no time.
 */
export function chargeMs(
  energyWh: number,
  model: VehicleModel,
  outlet: Outlet,
  defaultMinutes: number,
): number {
  if (energyWh <= 0) return 0;
  if (model.chargeMinutes !== undefined) return Math.ceil(model.chargeMinutes * 60_000);
  const powerKw = chargePowerKw(model, outlet);
  if (powerKw === null) return Math.ceil(defaultMinutes * 60_000);
  return Math.ceil((energyWh * 3_600) / powerKw);
}

function isAlternating(connector: string): boolean {
  return connector === 'type2' || connector === 'type1';
}
