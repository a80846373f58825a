/** The table of vehicle models: a file of format `malha-models/1` (data/README.md), read and checked. */
import { readFile } from 'node:fs/promises';
import * as z from 'zod';

const Model = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/),
  name: z.string().trim().min(1).max(200),
  /** Usable energy. */
  batteryKwh: z.number().positive().max(2_000),
  /** At about 90 km/h. */
  consumptionWhPerKm: z.number().positive().max(10_000),
  /** Most that it draws from a direct current point; absent: unknown. */
  dcPeakKw: z.number().positive().max(5_000).optional(),
  /** Most that it draws from an alternating current point; absent: unknown. */
  acKw: z.number().positive().max(500).optional(),
  connectors: z.array(z.string().min(1)).min(1),
  /** A recharge takes this long, whatever the energy; absent: it follows from energy and power. */
  chargeMinutes: z.number().positive().max(10_000).optional(),
});

const ModelsFile = z.strictObject({
  format: z.literal('malha-models/1'),
  models: z.array(Model).min(1),
});

export type VehicleModel = Readonly<z.infer<typeof Model>>;

/** Reads and checks a table of models. Rejects with an Error that names the file and every faulty field. */
export async function loadModels(path: string): Promise<readonly VehicleModel[]> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new Error(`${path} cannot be read: ${error.message}`);
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`${path} is not JSON: ${(error as Error).message}`);
  }
  const parsed = ModelsFile.safeParse(json);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`${path} is no table of models: ${faults.join('; ')}`);
  }
  const ids = parsed.data.models.map((model) => model.id);
  const repeated = ids.find((id, at) => ids.indexOf(id) !== at);
  if (repeated !== undefined) throw new Error(`${path} names the model "${repeated}" twice`);
  return parsed.data.models;
}
