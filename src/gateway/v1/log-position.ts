/**
 * Where a reader of all nodes' lines is, as the id of a server-sent event: `company=start:number` of each node that it has
 * heard, with commas. `start` names the node's process, `number` the last line of it that was told.
 */
import type { LogPosition } from '../../observe/log-follower.js';
import type { MeshPosition } from '../../observe/mesh-logs.js';
import { invalidInput } from '../fault.js';

/** Nodes that an id may name: more than any mesh has. */
const NODES_MAX = 64;
const NODE = /^([A-Za-z0-9_.-]{1,64})=([0-9A-Za-z_-]{1,32}):(\d{1,15})$/;

export function positionText(position: MeshPosition): string {
  return [...position].map(([company, { start, number }]) => `${company}=${start}:${number}`).join(',');
}

/** '' is nowhere. Throws a Fault that names `parameter`. */
export function parsePosition(text: string, parameter: string): MeshPosition {
  const places = new Map<string, LogPosition>();
  if (text === '') return places;
  const parts = text.split(',', NODES_MAX + 1);
  for (const part of parts) {
    const [, company, start, number] = NODE.exec(part) ?? [];
    if (company === undefined || start === undefined || parts.length > NODES_MAX) {
      throw invalidInput([{ parameter, detail: 'must be the id of an event of this stream' }]);
    }
    places.set(company, { start, number: Number(number) });
  }
  return places;
}
