/**
 * The logger of a node: JSON lines on stdout, or on a terminal short lines on stderr.
 */
import { pino } from 'pino';
import type { Logger } from '../observe/logger.js';
import type { LogLevel } from './node-settings.js';
import { type Colour, type Paint, paintWith } from './terminal.js';
import { wantsColour } from './world.js';

export interface NodeLog {
  readonly logger: Logger;
  /** Writes an `info` line whatever the level: others wait for it. */
  announce(fields: object, message: string): void;
}

/** `company` stands in every line as `node`: lines speak of other companies too. */
export function makeNodeLog(level: LogLevel, company: string, onTerminal: boolean): NodeLog {
  const destination = onTerminal
    ? {
        write: (line: string) =>
          void process.stderr.write(`${shortLine(line, paintWith(wantsColour(process.stderr)))}\n`),
      }
    : pino.destination({ dest: 1, sync: true });
  const logger = pino(
    {
      level,
      base: { node: company },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  const announcer = logger.child({}, { level: 'info' });
  return { logger, announce: (fields, message) => announcer.info(fields, message) };
}

const COLOURS: Readonly<Record<string, Colour>> = {
  debug: 'dim',
  info: 'green',
  warn: 'yellow',
  error: 'red',
};

/** `12:04:05 warn  message  key=value`: what a person needs of a JSON line. */
export function shortLine(json: string, paint: Paint): string {
  const { level, time, node: _, msg, ...fields } = JSON.parse(json) as Record<string, unknown>;
  const label = String(level);
  const details = Object.entries(fields).map(([name, value]) => `${name}=${asText(value)}`);
  const told = details.length === 0 ? String(msg) : `${msg}  ${paint('dim', details.join(' '))}`;
  return `${String(time).slice(11, 19)} ${paint(COLOURS[label] ?? 'dim', label.padEnd(5))} ${told}`;
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  const isError = typeof value === 'object' && value !== null && 'message' in value;
  return isError ? String(value.message) : JSON.stringify(value);
}
