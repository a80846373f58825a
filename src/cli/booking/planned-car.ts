/**
 * The vehicle that `malha plan` plans for: of a model of the packaged table, or as its own flags say.
 */
import { chargePowerKw } from '../../vehicle/battery.js';
import { loadModels, type VehicleModel } from '../../vehicle/models.js';
import { didYouMean } from '../nearest.js';
import { type Flags, packagePath } from '../world.js';
import { numberFlag } from './number-flag.js';

/** As `POST /v1/plans` takes it. */
export interface PlannedCar {
  readonly batteryKwh: number;
  readonly consumptionWhPerKm: number;
  readonly maxChargeKw: number;
  readonly connector: string;
}

/** What is wrong goes to `faults`; then it is undefined. */
export async function plannedCar(flags: Flags, faults: string[]): Promise<PlannedCar | undefined> {
  const model = flags.model === undefined ? undefined : await modelOf(flags.model, faults);
  const connector = flags.connector ?? model?.connectors[0] ?? 'ccs2';
  const batteryKwh = numberFlag('battery-kwh', flags, faults) ?? model?.batteryKwh;
  const consumptionWhPerKm = numberFlag('consumption-wh-km', flags, faults) ?? model?.consumptionWhPerKm;
  const maxChargeKw = numberFlag('max-charge-kw', flags, faults) ?? chargeKwOf(model, connector);
  if (batteryKwh !== undefined && consumptionWhPerKm !== undefined && maxChargeKw !== undefined) {
    return { batteryKwh, consumptionWhPerKm, maxChargeKw, connector };
  }
  if (faults.length === 0) {
    faults.push(
      '--model (flag): name a model, or say --battery-kwh, --consumption-wh-km and --max-charge-kw yourself',
    );
  }
  return undefined;
}

async function modelOf(id: string, faults: string[]): Promise<VehicleModel | undefined> {
  const models = await loadModels(packagePath('data/models.json'));
  const model = models.find((each) => each.id === id);
  if (model === undefined) {
    const ids = models.map((each) => each.id);
    faults.push(`--model (flag): there is no model ${JSON.stringify(id)}${didYouMean(id, ids)}`);
  }
  return model;
}

/** Undefined where the table does not know. */
function chargeKwOf(model: VehicleModel | undefined, connector: string): number | undefined {
  if (model === undefined) return undefined;
  return chargePowerKw(model, { connector, powerKw: Number.POSITIVE_INFINITY }) ?? undefined;
}
