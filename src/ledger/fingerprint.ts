/**
 * What makes two commands under one request key the same command: the operation with its arguments, and
 * nothing of how it came (door, trace, deadline). The text is kept for ever, as digests of it are.
 */
import type { Operation } from './command.js';
import { hash128, toHex } from './hash.js';
import { compareText } from './order.js';
import { listText, quoted } from './rows/text.js';
import { versionOf } from './version.js';

/** The digest of an operation in its canonical text: 32 lower-case hex digits. */
export function fingerprint(operation: Operation): string {
  return toHex(hash128(canonicalText(operation)));
}

/** Of an operation of version 1: a list of its fields in this order. Of a later one: JSON with the keys in order. */
function canonicalText(operation: Operation): string {
  if (versionOf(operation) > 1) return textInOrder(operation);
  switch (operation.kind) {
    case 'register-company': {
      const { kind, name, displayId } = operation;
      return JSON.stringify([kind, name, displayId]);
    }
    case 'register-point': {
      const { kind, pointId, place, latitudeMicrodegrees, longitudeMicrodegrees, connector, powerWatts } =
        operation;
      return JSON.stringify([
        kind,
        pointId,
        place,
        latitudeMicrodegrees,
        longitudeMicrodegrees,
        connector,
        powerWatts,
      ]);
    }
    case 'register-route': {
      const { kind, routeId, name, pointIds, legMetres } = operation;
      return JSON.stringify([kind, routeId, name, pointIds, legMetres]);
    }
    case 'reserve': {
      const { kind, stops, holdMs } = operation;
      const texts = stops.map((stop) => [stop.pointId, stop.company, stop.startMs, stop.durationMs]);
      return JSON.stringify([kind, texts, holdMs]);
    }
    case 'release': {
      const { kind, pointIds, mode } = operation;
      return JSON.stringify([kind, pointIds, mode]);
    }
    case 'expire':
      return JSON.stringify([operation.kind]);
    case 'raise-version':
      return JSON.stringify([operation.kind, operation.ledgerVersion]);
    default:
      throw new Error(`assertion: ${operation.kind} is of version 1`);
  }
}

/** As `JSON.stringify` writes it, with the keys of each object by code units. */
function textInOrder(value: unknown): string {
  if (Array.isArray(value)) return listText(value, textInOrder);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = value as Readonly<Record<string, unknown>>;
  let text = '';
  for (const key of Object.keys(fields).sort(compareText)) {
    if (fields[key] === undefined) continue;
    text += `${text === '' ? '' : ','}${quoted(key)}:${textInOrder(fields[key])}`;
  }
  return `{${text}}`;
}
