/**
 * A data set: the companies, points and routes of a region, as a file of format `malha-data/1` (data/README.md).
 * What `loadDataSet` returns is consistent: every name it refers to exists, every id is unique, every leg has a length.
 */
import { readFile } from 'node:fs/promises';
import * as z from 'zod';

const Id = z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/, 'must be 1 to 64 characters of A-Z a-z 0-9 _ . -');
const Name = z.string().trim().min(1).max(200);

/** True when `value` has at most `digits` decimals, give or take the rounding of binary floats. */
function hasDecimals(value: number, digits: number): boolean {
  const scaled = value * 10 ** digits;
  return Math.abs(scaled - Math.round(scaled)) < 1e-6;
}

const degrees = (limit: number) =>
  z
    .number()
    .min(-limit)
    .max(limit)
    .refine((value) => hasDecimals(value, 6), 'has more than six decimals');

const DataSetFile = z.strictObject({
  format: z.literal('malha-data/1'),
  name: Name,
  companies: z.array(z.strictObject({ id: Id, displayId: Id, name: Name })).min(1),
  points: z.array(
    z.strictObject({
      id: Id,
      company: Id,
      place: Name,
      latitude: degrees(90),
      longitude: degrees(180),
      connector: z.enum(['ccs2', 'type2', 'chademo']),
      powerKw: z
        .number()
        .positive()
        .max(1_000)
        .refine((value) => hasDecimals(value, 3), 'has more than three decimals'),
    }),
  ),
  routes: z.array(
    z.strictObject({
      id: Id,
      name: Name,
      pointIds: z.array(Id).min(2).max(200),
      legsKm: z.array(
        z
          .number()
          .positive()
          .max(5_000)
          .refine((value) => hasDecimals(value, 3), 'has more than three decimals'),
      ),
    }),
  ),
});

export type DataSet = z.infer<typeof DataSetFile>;
export type DataSetPoint = DataSet['points'][number];
export type DataSetRoute = DataSet['routes'][number];

/** A file that is no data set: names the file and every fault with its field. */
export class DataSetError extends Error {
  override readonly name = 'DataSetError';

  constructor(
    readonly path: string,
    /** One line each, `field: what is wrong`. */
    readonly faults: readonly string[],
  ) {
    super(`${path} is not a usable data set: ${faults.join('; ')}`);
  }
}

/** Reads and checks a data set. Rejects with a `DataSetError` that lists every fault found. */
export async function loadDataSet(path: string): Promise<DataSet> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new DataSetError(path, [`cannot be read: ${(error as Error).message}`]);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new DataSetError(path, [`is not JSON: ${(error as Error).message}`]);
  }
  const parsed = DataSetFile.safeParse(json);
  if (!parsed.success) {
    throw new DataSetError(
      path,
      parsed.error.issues.map((issue) => `${fieldName(issue.path)}: ${issue.message}`),
    );
  }
  const faults = inconsistencies(parsed.data);
  if (faults.length > 0) throw new DataSetError(path, faults);
  return parsed.data;
}

/** `points[3].latitude`, as a reader would look for it in the file. */
function fieldName(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'the file';
  return path
    .map((part, at) => (typeof part === 'number' ? `[${part}]` : `${at > 0 ? '.' : ''}${String(part)}`))
    .join('');
}

/** What a schema cannot say: unique ids, names that refer to something, one leg fewer than points. */
function inconsistencies(dataSet: DataSet): string[] {
  const { companies, points, routes } = dataSet;
  const faults = [
    ...repeated('companies', 'id', companies),
    ...repeated('companies', 'displayId', companies),
    ...repeated('points', 'id', points),
    ...repeated('routes', 'id', routes),
  ];
  const companyIds = new Set(companies.map((company) => company.id));
  points.forEach((point, at) => {
    if (!companyIds.has(point.company)) {
      faults.push(`points[${at}].company: "${point.company}" is not among the companies`);
    }
  });
  const pointIds = new Set(points.map((point) => point.id));
  routes.forEach((route, at) => {
    const seen = new Set<string>();
    route.pointIds.forEach((id, position) => {
      const field = `routes[${at}].pointIds[${position}]`;
      if (!pointIds.has(id)) faults.push(`${field}: "${id}" is not among the points`);
      if (seen.has(id)) faults.push(`${field}: "${id}" is on the route twice`);
      seen.add(id);
    });
    if (route.legsKm.length !== route.pointIds.length - 1) {
      faults.push(
        `routes[${at}].legsKm: ${route.legsKm.length} legs for ${route.pointIds.length} points, one fewer is needed`,
      );
    }
  });
  return faults;
}

function repeated<K extends string>(
  list: string,
  field: K,
  items: readonly { readonly [key in K]: string }[],
): string[] {
  const first = new Map<string, number>();
  const faults: string[] = [];
  items.forEach((item, at) => {
    const id = item[field];
    const before = first.get(id);
    if (before === undefined) first.set(id, at);
    else faults.push(`${list}[${at}].${field}: "${id}" is already that of ${list}[${before}]`);
  });
  return faults;
}
