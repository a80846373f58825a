/**
 * Histories of one register in the text that Jepsen logs: `INFO  jepsen.util - PROCESS :invoke|:ok|:fail|:info
 * :read|:write|:cas VALUE`. Lines of other processes than clients (`:nemesis`) and of other loggers are passed over.
 *
 * `:ok` answers; a `:cas` that ends `:fail [a b]` compared and did not set; any other `:fail` had no effect and told
 * nothing; `:info` is unknown.
 */
import type { HistoryEvent } from '../history.js';
import type { RegisterCall, RegisterReply } from './register.js';

const LINE = /\bjepsen\.util - (\d+)\s+:(\w+)\s+:(\w+)\s+(.+?)\s*$/;
const PAIR = /^\[(\S+) (\S+)\]$/;

/** The events of a log's text. Throws an Error that names the line when a client's line makes no sense. */
export function parseJepsenText(text: string): readonly HistoryEvent<RegisterCall, RegisterReply>[] {
  const events: HistoryEvent<RegisterCall, RegisterReply>[] = [];
  /** The attempt that each process is at. */
  const current = new Map<string, number>();
  let attempts = 0;
  text.split('\n').forEach((line, i) => {
    const match = LINE.exec(line);
    if (match === null) return;
    const [, process, type, verb, value] = match as unknown as readonly [
      string,
      string,
      string,
      string,
      string,
    ];
    const fail = (): never => {
      throw new Error(`history: line ${i + 1} makes no sense: ${line}`);
    };
    const realMs = 0;
    if (type === 'invoke') {
      if (current.has(process)) fail();
      current.set(process, attempts);
      const call = callOf(verb, value) ?? fail();
      events.push({ event: 'invoke', attempt: attempts++, client: process, realMs, call });
      return;
    }
    const attempt = current.get(process) ?? fail();
    current.delete(process);
    const failed = type === 'fail';
    const reply = type === 'ok' || failed ? replyOf(verb, value, failed) : null;
    if (reply !== null) events.push({ event: 'answer', attempt, realMs, reply });
    else if (failed) events.push({ event: 'denied', attempt, realMs, reason: value });
    else if (type === 'info') events.push({ event: 'unknown', attempt, realMs, reason: value });
    else fail();
  });
  return events;
}

function callOf(verb: string, value: string): RegisterCall | null {
  if (verb === 'read') return { kind: 'read' };
  if (verb === 'write') return { kind: 'write', value };
  const pair = verb === 'cas' ? PAIR.exec(value) : null;
  return pair === null ? null : { kind: 'cas', from: pair[1]!, to: pair[2]! };
}

function replyOf(verb: string, value: string, failed: boolean): RegisterReply | null {
  if (verb === 'cas' && PAIR.test(value)) return { kind: 'compared', held: !failed };
  if (failed) return null;
  if (verb === 'read') return { kind: 'read', value: value === 'nil' ? null : value };
  return verb === 'write' ? { kind: 'written' } : null;
}
