/**
 * `malha logs`: what all nodes say, at any of them; `malha logs level`: how much a node says.
 */
import { z } from 'zod';
import { LOG_LEVELS } from '../../observe/log-level.js';
import { CallProblem, callNode } from '../booking/node-client.js';
import { inOrderOfTime, type LogEvent } from '../logs/log-events.js';
import { logStream, NoStream } from '../logs/log-stream.js';
import { shownText } from '../logs/show.js';
import { nodeUrls } from '../node-urls.js';
import { paintWith } from '../terminal.js';
import { EXIT_FAILED, EXIT_OK, type Flags, say, sayFaults, wantsColour } from '../world.js';

const LEVEL_ANSWER = z.looseObject({ level: z.enum(LOG_LEVELS) });

/** Shows the lines of all nodes; exit 1 where some cannot be reached, or none can be asked. */
export async function logsCommand(flags: Flags): Promise<number> {
  const faults: string[] = [];
  const nodes = nodeUrls(flags, faults);
  const { level, company, trace, tail } = flags;
  if (level !== undefined) checkLevel(level, '--level (flag)', faults);
  if (faults.length > 0) return sayFaults(faults);

  const follow = flags.follow !== undefined;
  const show = shower(flags.json !== undefined);
  // Whoever reads may have seen enough: `malha logs | head`.
  process.stdout.on('error', () => process.exit(EXIT_OK));
  const collected: LogEvent[] = [];
  let unreached = 0;
  try {
    const question = { nodes, follow, query: { level: level?.toLowerCase(), company, trace, tail } };
    for await (const event of logStream(question, (why) => say(`malha: ${why}`))) {
      if (follow) show(event);
      else collected.push(event);
      if (event.event === 'node') unreached += event.reached ? -1 : 1;
    }
  } catch (error) {
    if (!(error instanceof NoStream)) throw error;
    say(`malha: ${error.message}`);
    return EXIT_FAILED;
  }
  for (const event of inOrderOfTime(collected)) show(event);
  return unreached > 0 ? EXIT_FAILED : EXIT_OK;
}

function shower(json: boolean): (event: LogEvent) => void {
  const paint = paintWith(wantsColour(process.stdout));
  let width = 0;
  return (event) => {
    width = Math.max(width, event.company.length);
    process.stdout.write(`${json ? JSON.stringify(event) : shownText(event, paint, width)}\n`);
  };
}

/** Says how much each of the nodes says, and first changes it where a level is given. */
export async function logLevelCommand(level: string | undefined, flags: Flags): Promise<number> {
  const faults: string[] = [];
  const nodes = nodeUrls(flags, faults);
  if (level !== undefined) checkLevel(level, 'the level', faults);
  if (faults.length > 0) return sayFaults(faults);

  const path = '/v1/log-level';
  let exitCode = EXIT_OK;
  for (const node of nodes) {
    try {
      const call =
        level === undefined
          ? ({ method: 'GET', path } as const)
          : ({ method: 'PUT', path, body: { level: level.toLowerCase() } } as const);
      const { body } = await callNode([node], call, LEVEL_ANSWER);
      const json = { node, level: body.level };
      process.stdout.write(`${flags.json === undefined ? `${node} ${body.level}` : JSON.stringify(json)}\n`);
    } catch (error) {
      if (!(error instanceof CallProblem)) throw error;
      say(`malha: ${error.message}`);
      exitCode = EXIT_FAILED;
    }
  }
  return exitCode;
}

function checkLevel(text: string, where: string, faults: string[]): void {
  if (LOG_LEVELS.some((level) => level === text.toLowerCase())) return;
  faults.push(`${where}: must be one of ${LOG_LEVELS.join(', ')}, got ${JSON.stringify(text)}`);
}
