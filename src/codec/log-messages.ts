/** Lines of a log to and from LogService's messages. What is no sensible message is refused with a RangeError. */
import type {
  FollowRequest,
  FollowResponse,
  LogPosition as ProtoPosition,
} from '../gen/malha/mesh/v1/log.js';
import type { LogFollowing, LogItem, LogPosition } from '../observe/log-follower.js';
import { LOG_LEVELS, type LogLevel } from '../observe/log-level.js';
import { fromUint64, toUint64 } from './uint64.js';

const START = /^[0-9A-Za-z_-]{1,32}$/;
const TRACE = /^(?:[0-9a-f]{32})?$/;

export function followRequestOf({ least, trace, after, tail }: LogFollowing): FollowRequest {
  return {
    level: least,
    trace,
    tail,
    ...(after === null ? { after: undefined } : { after: toProto(after) }),
  };
}

/** Throws a RangeError. */
export function followingOf({ level, trace, after, tail }: FollowRequest): LogFollowing {
  if (!TRACE.test(trace)) throw new RangeError('trace: must be 32 lower-case hex digits');
  const least = level === '' ? 'debug' : levelOf(level);
  return { least, trace, tail, after: after === undefined ? null : fromProto(after) };
}

export function followResponseOf(item: LogItem): FollowResponse {
  const position = toProto(item.position);
  switch (item.kind) {
    case 'line':
      return { item: { $case: 'line', value: { position, level: item.level, text: item.text } } };
    case 'gap': {
      const lines = item.lines === null ? undefined : toUint64(item.lines);
      return { item: { $case: 'gap', value: { position, lines } } };
    }
    case 'even':
      return { item: { $case: 'even', value: { position } } };
  }
}

/** Throws a RangeError: what another node says is looked at before it is handed on. */
export function logItemOf({ item }: FollowResponse): LogItem {
  if (item?.value.position === undefined) throw new RangeError('an item without a position');
  const position = fromProto(item.value.position);
  switch (item.$case) {
    case 'line':
      return { kind: 'line', position, level: levelOf(item.value.level), text: lineOf(item.value.text) };
    case 'gap': {
      const { lines } = item.value;
      return { kind: 'gap', position, lines: lines === undefined ? null : fromUint64(lines) };
    }
    case 'even':
      return { kind: 'even', position };
  }
}

function toProto({ start, number }: LogPosition): ProtoPosition {
  return { start, number: toUint64(number) };
}

function fromProto({ start, number }: ProtoPosition): LogPosition {
  if (!START.test(start)) throw new RangeError('position.start: must be 1 to 32 letters and digits');
  return { start, number: fromUint64(number) };
}

function levelOf(text: string): LogLevel {
  const level = LOG_LEVELS.find((each) => each === text);
  if (level === undefined) throw new RangeError(`level: must be one of ${LOG_LEVELS.join(', ')}`);
  return level;
}

/** One JSON object and nothing else, so that it can stand in a stream as it is. */
function lineOf(text: string): string {
  if (!text.startsWith('{') || /[\r\n]/.test(text)) throw new RangeError('a line must be one JSON object');
  try {
    JSON.parse(text);
  } catch {
    throw new RangeError('a line must be one JSON object');
  }
  return text;
}
