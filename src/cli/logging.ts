/**
 * The log of a node: JSON lines on stdout, or on a terminal short lines on stderr; and the last of them in memory, for
 * `GET /v1/logs` of any node.
 *
 * Every line passes the redactor on its way out, whoever wrote it.
 */
import { randomBytes } from 'node:crypto';
import { type DestinationStream, pino } from 'pino';
import { isSaid, type LogLevel, type LogSwitch } from '../observe/log-level.js';
import { LogRing } from '../observe/log-ring.js';
import type { Logger } from '../observe/logger.js';
import { redact } from '../observe/redact.js';
import { type Colour, type Paint, paintWith } from './terminal.js';
import { wantsColour } from './world.js';

export interface NodeLog extends LogSwitch {
  readonly logger: Logger;
  /** The last lines. */
  readonly ring: LogRing;
  /** Whether lines of that level are made now. */
  isSaid(level: LogLevel): boolean;
  /** Writes an `info` line whatever the level: others wait for it. */
  announce(fields: object, message: string): void;
}

/** `company` stands in every line as `node`: lines speak of other companies too. */
export function makeNodeLog(level: LogLevel, company: string, onTerminal: boolean): NodeLog {
  const ring = new LogRing(randomBytes(4).toString('hex'));
  const destination = onTerminal
    ? {
        write: (line: string) =>
          void process.stderr.write(`${shortLine(line, paintWith(wantsColour(process.stderr)))}\n`),
      }
    : pino.destination({ dest: 1, sync: true });
  const kept = keeping(ring, destination);
  const loggerFrom = (least: LogLevel) =>
    pino(
      {
        level: least,
        base: { node: company },
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
      },
      kept,
    );
  const logger = loggerFrom(level);
  // Not a child, which may follow the level of its parent.
  const announcer = loggerFrom('info');
  return {
    logger,
    ring,
    announce: (fields, message) => announcer.info(fields, message),
    level: () => logger.level as LogLevel,
    setLevel(next) {
      const before = logger.level;
      if (next === before) return;
      logger.level = next;
      announcer.info({ from: before, to: next }, 'the log level was changed');
    },
    isSaid: (each) => isSaid(each, logger.level as LogLevel),
  };
}

/** Hands each line on without what it may not hold, and keeps it. */
function keeping(ring: LogRing, destination: DestinationStream): DestinationStream {
  return {
    // So asked, pino says the level of the line that it writes next.
    [Symbol.for('pino.metadata')]: true,
    lastLevel: 0,
    write(line: string) {
      const told = redact(line);
      destination.write(told);
      ring.add(levelOf(this.lastLevel), told.trimEnd());
    },
  } as DestinationStream & { lastLevel: number };
}

function levelOf(number: number): LogLevel {
  const label = pino.levels.labels[number];
  return label === 'debug' || label === 'info' || label === 'warn' ? label : 'error';
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
