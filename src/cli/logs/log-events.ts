/**
 * The events of `GET /v1/logs` as the command line knows them, and in which order it shows those of several nodes.
 */
import { z } from 'zod';
import type { ServerSentEvent } from './sse-reader.js';

const LINE = z.object({
  company: z.string(),
  number: z.number(),
  line: z.looseObject({ time: z.string().optional() }),
});
const GAP = z.object({ company: z.string(), lines: z.number().nullable() });
const NODE = z.object({ company: z.string(), reached: z.boolean(), problem: z.string() });

export type LogEvent =
  | ({ readonly event: 'line' } & z.output<typeof LINE>)
  | ({ readonly event: 'gap' } & z.output<typeof GAP>)
  | ({ readonly event: 'node' } & z.output<typeof NODE>);

/** Null for remarks, and for what a node of another version may say. */
export function logEventOf({ event, data }: ServerSentEvent): LogEvent | null {
  switch (event) {
    case 'line':
      return { event, ...LINE.parse(JSON.parse(data)) };
    case 'gap':
      return { event, ...GAP.parse(JSON.parse(data)) };
    case 'node':
      return { event, ...NODE.parse(JSON.parse(data)) };
    default:
      return null;
  }
}

/** In order of time, but never out of order for one node: clocks differ, and go back. */
export function inOrderOfTime(events: readonly LogEvent[]): readonly LogEvent[] {
  const queues = new Map<string, LogEvent[]>();
  for (const event of events) {
    const queue = queues.get(event.company) ?? [];
    queue.push(event);
    queues.set(event.company, queue);
  }
  const left = [...queues.values()].map((queue) => ({ queue, next: 0 }));
  const sorted: LogEvent[] = [];
  while (sorted.length < events.length) {
    const waiting = left.filter(({ queue, next }) => next < queue.length);
    const first = waiting.reduce((a, b) => (timeOf(b.queue[b.next]!) < timeOf(a.queue[a.next]!) ? b : a));
    sorted.push(first.queue[first.next]!);
    first.next += 1;
  }
  return sorted;
}

/** RFC 3339 in UTC, as the log has it, so that text order is time order; what has no time is told at once. */
function timeOf(event: LogEvent): string {
  return event.event === 'line' ? (event.line.time ?? '') : '';
}
