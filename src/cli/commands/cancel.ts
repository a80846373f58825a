/**
 * `malha cancel ID`: gives a reservation back, or some of its stops; an operator may, with a reason.
 */
import { decidedLines } from '../booking/decided-text.js';
import { callNode } from '../booking/node-client.js';
import { askAgain, checkCaller, writeHeaders } from '../booking/own-key.js';
import { DECIDED } from '../booking/shapes.js';
import { telling } from '../booking/tell.js';
import { nodeUrls } from '../node-urls.js';
import { paintWith } from '../terminal.js';
import { type Flags, sayFaults, wantsColour } from '../world.js';

export async function cancelCommand(id: string, flags: Flags): Promise<number> {
  const faults: string[] = [];
  const nodes = nodeUrls(flags, faults);
  checkCaller(flags, faults);
  const stops = parseNumbers(flags, faults);
  const isOperator = flags.operator !== undefined;
  if (isOperator && (flags.reason ?? '') === '') faults.push('--operator (flag): needs --reason TEXT');
  if (faults.length > 0) return sayFaults(faults);

  const headers = writeHeaders(flags);
  const body = {
    ...(stops && { stops }),
    ...(isOperator && { as: 'operator' }),
    ...(flags.reason !== undefined && { reason: flags.reason }),
  };
  const path = `/v1/reservations/${encodeURIComponent(id)}/cancel`;
  return telling(
    flags,
    async () => {
      const answer = await callNode(nodes, { method: 'POST', path, headers, body }, DECIDED);
      return { json: answer.body, lines: decidedLines(answer.body, paintWith(wantsColour(process.stdout))) };
    },
    { stopName: (stop) => `stop ${stop}`, askAgain: () => askAgain(headers) },
  );
}

function parseNumbers({ stops }: Flags, faults: string[]): readonly number[] | undefined {
  if (stops === undefined) return undefined;
  const parts = stops.split(',').map((part) => part.trim());
  if (parts.every((part) => /^\d{1,3}$/.test(part))) return parts.map(Number);
  faults.push(`--stops (flag): must be numbers with commas, from 0, got ${JSON.stringify(stops)}`);
  return undefined;
}
