/**
 * `malha reserve STOP…`: every stop of a trip or none. Exit 1 when a stop cannot be had, each of them named.
 */
import { decidedLines } from '../booking/decided-text.js';
import { ledgerTimeMs } from '../booking/ledger-time.js';
import { parseDuration } from '../booking/moments.js';
import { callNode } from '../booking/node-client.js';
import { askAgain, checkCaller, writeHeaders } from '../booking/own-key.js';
import { DECIDED } from '../booking/shapes.js';
import { type Told, telling } from '../booking/tell.js';
import { isRelative, parseStop, stopText, type WantedStop, wantedStop } from '../booking/wanted-stops.js';
import { nodeUrls } from '../node-urls.js';
import { paintWith } from '../terminal.js';
import { type Flags, sayFaults, wantsColour } from '../world.js';

export async function reserveCommand(texts: readonly string[], flags: Flags): Promise<number> {
  const faults: string[] = [];
  const nodes = nodeUrls(flags, faults);
  checkCaller(flags, faults);
  const stops = texts.flatMap((text) => parseStop(text, faults) ?? []);
  const hold = parseHold(flags, faults);
  const afterNoShow = flags['after-no-show'];
  if (afterNoShow !== undefined && afterNoShow !== 'keep' && afterNoShow !== 'free') {
    faults.push(`--after-no-show (flag): must be keep or free, got ${JSON.stringify(afterNoShow)}`);
  }
  if (flags.key !== undefined && stops.some(isRelative)) {
    faults.push('--key (flag): needs times that are the same each time: no +2h');
  }
  if (faults.length > 0) return sayFaults(faults);

  const headers = writeHeaders(flags);
  let wanted: readonly WantedStop[] = [];
  const reserve = async (): Promise<Told> => {
    const nowMs = stops.some(isRelative) ? await ledgerTimeMs(nodes) : 0;
    wanted = stops.map((stop) => wantedStop(stop, nowMs));
    const body = { stops: wanted, ...(hold && { hold }), ...(afterNoShow && { afterNoShow }) };
    const call = { method: 'POST', path: '/v1/reservations', headers, body } as const;
    const answer = await callNode(nodes, call, DECIDED);
    return { json: answer.body, lines: decidedLines(answer.body, paintWith(wantsColour(process.stdout))) };
  };
  return telling(flags, reserve, {
    stopName: (stop) => stops[stop]?.text ?? String(stop),
    // What is relative would be another request under the same key.
    askAgain: () =>
      `${askAgain(headers)}${stops.some(isRelative) ? ` for ${wanted.map(stopText).join(' ')}` : ''}`,
  });
}

function parseHold({ hold }: Flags, faults: string[]): { readonly ttlSeconds: number } | undefined {
  if (hold === undefined) return undefined;
  const holdMs = parseDuration(hold);
  if (holdMs !== undefined && holdMs > 0) return { ttlSeconds: holdMs / 1_000 };
  faults.push(`--hold (flag): must be a duration such as 10m, got ${JSON.stringify(hold)}`);
  return undefined;
}
