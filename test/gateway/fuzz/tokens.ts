/**
 * What stands in a drawn request for what is only known when it is sent: the name of something that exists then, or a
 * moment from then on.
 */

/** No text that is drawn has it: it is for private use. */
const MARK = '\ue000';
const TOKEN = new RegExp(`${MARK}([^${MARK}]*)${MARK}(\\d+)${MARK}([^${MARK}]*)${MARK}`);

const MINUTE_MS = 60_000;
const MOMENT = 'moment';

/** Things that exist now, by the name of the field or parameter that names them; and what time it is. */
export interface World {
  named(name: string): readonly string[];
  readonly nowMs: number;
}

/** One of the things that `name` may name, or `otherwise` where there is none. */
export function thingToken(name: string, draw: number, otherwise: string): string {
  return [MARK, name, MARK, draw, MARK, otherwise.replaceAll(MARK, ''), MARK].join('');
}

/** So many minutes from now, in UTC or as local time. */
export function momentToken([minutes, local]: readonly [number, boolean]): string {
  return thingToken(MOMENT, minutes, local ? 'local' : 'utc');
}

/** The value with what its tokens stand for. */
export function resolved(value: unknown, world: World): unknown {
  if (typeof value === 'string') return resolvedText(value, world);
  if (Array.isArray(value)) return value.map((each) => resolved(each, world));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, resolved(each, world)]));
}

function resolvedText(text: string, world: World): string {
  const [, name, digits, otherwise = ''] = TOKEN.exec(text) ?? [];
  if (name === undefined) return text;
  const draw = Number(digits);
  if (name === MOMENT) return momentAt(world.nowMs + draw * MINUTE_MS, otherwise === 'local');
  const things = world.named(name);
  return things.length === 0 ? otherwise : things[draw % things.length]!;
}

function momentAt(atMs: number, local: boolean): string {
  if (!local) return new Date(atMs).toISOString();
  return new Date(atMs - 180 * MINUTE_MS).toISOString().replace('Z', '-03:00');
}
