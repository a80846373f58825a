/**
 * `malha plan`: where to charge on the way and when, by the battery and by what is free; with `--reserve` the stops of
 * the plan are reserved at once, all or none. Exit 1 where there is no plan, or a stop was taken meanwhile.
 */
import { consistencyOf } from '../booking/consistency.js';
import { decidedLines } from '../booking/decided-text.js';
import { ledgerTimeMs } from '../booking/ledger-time.js';
import { momentText, parseDuration, parseMoment, resolveMoment } from '../booking/moments.js';
import { CallProblem, callNode } from '../booking/node-client.js';
import { numberFlag } from '../booking/number-flag.js';
import { checkCaller, type WriteHeaders, writeHeaders } from '../booking/own-key.js';
import { planLines, reserveText, whyNone } from '../booking/plan-text.js';
import { plannedCar } from '../booking/planned-car.js';
import { DECIDED, PLAN_ANSWER, type PlanAnswer } from '../booking/shapes.js';
import { type Told, telling } from '../booking/tell.js';
import { nodeUrls } from '../node-urls.js';
import { paintWith } from '../terminal.js';
import { EXIT_FAILED, type Flags, sayFaults, wantsColour } from '../world.js';

const START_PCT_DEFAULT = 90;

export async function planCommand(flags: Flags): Promise<number> {
  const faults: string[] = [];
  const nodes = nodeUrls(flags, faults);
  checkCaller(flags, faults);
  const wish = await readWish(flags, faults);
  const reserves = flags.reserve !== undefined;
  if (!reserves && flags.vehicle !== undefined) faults.push('--vehicle (flag): belongs to --reserve');
  if (faults.length > 0) return sayFaults(faults);

  const headers = writeHeaders(flags);
  const paint = paintWith(wantsColour(process.stdout));
  let isThere = false;
  // How to ask again is known once there is something to reserve: a plan is made anew each time.
  const ending: { stopName?: (stop: number) => string; askAgain?: () => string } = {};
  const work = async (): Promise<Told> => {
    const answer = await makePlan(nodes, wish, flags);
    const { plan, reservation } = answer;
    if (plan === null) return noPlan(answer, flags);
    isThere = true;
    const lines = planLines(plan, paint);
    if (reservation === null) return { json: answer, lines };
    if (!reserves) return { json: answer, lines: [...lines, '', reserveText(reservation)] };
    ending.stopName = (stop) => reservation.stops[stop]?.pointId ?? String(stop);
    ending.askAgain = () => `ask again with ${reserveText(reservation)}${callerText(headers)}`;
    const call = { method: 'POST', path: '/v1/reservations', headers, body: reservation } as const;
    const { body: reserved } = await callNode(nodes, call, DECIDED);
    return { json: { ...answer, reserved }, lines: [...lines, '', ...decidedLines(reserved, paint)] };
  };
  const exitCode = await telling(flags, work, ending);
  return isThere ? exitCode : EXIT_FAILED;
}

async function makePlan(nodes: readonly string[], { body, depart }: Wish, flags: Flags): Promise<PlanAnswer> {
  const isRelative = depart !== undefined && 'inMs' in depart;
  const nowMs = isRelative ? await ledgerTimeMs(nodes) : 0;
  const departAt = depart === undefined ? undefined : momentText(resolveMoment(depart, nowMs));
  const query = { consistency: consistencyOf(flags) };
  const call = { method: 'POST', path: '/v1/plans', query, body: { ...body, departAt } } as const;
  return (await callNode(nodes, call, PLAN_ANSWER)).body;
}

/** Scripts are told why in the node's own word. */
function noPlan(answer: PlanAnswer, { json }: Flags): Told {
  if (json !== undefined) return { json: answer, lines: [] };
  throw new CallProblem(`There is no plan: ${whyNone(answer.reason)}`, null, false);
}

type Wish = Awaited<ReturnType<typeof readWish>>;

async function readWish(flags: Flags, faults: string[]) {
  const { from, to } = flags;
  const vehicle = await plannedCar(flags, faults);
  const depart = flags.depart === undefined ? undefined : parseMoment(flags.depart);
  if (flags.depart !== undefined && depart === undefined) {
    faults.push(
      `--depart (flag): must be a time such as 2026-12-01T12:00-03:00 or +2h, got ${JSON.stringify(flags.depart)}`,
    );
  }
  const marginMs = flags.margin === undefined ? undefined : parseDuration(flags.margin);
  if (flags.margin !== undefined && (marginMs === undefined || marginMs % 60_000 !== 0)) {
    faults.push(`--margin (flag): must be whole minutes such as 10m, got ${JSON.stringify(flags.margin)}`);
  }
  const body = {
    ...{ from, to, vehicle, startPct: numberFlag('start-pct', flags, faults) ?? START_PCT_DEFAULT },
    reservePct: numberFlag('reserve-pct', flags, faults),
    fullPct: numberFlag('full-pct', flags, faults),
    speedKmh: numberFlag('speed-kmh', flags, faults),
    marginMinutes: marginMs === undefined ? undefined : marginMs / 60_000,
  };
  return { body, depart };
}

function callerText({ 'malha-vehicle': vehicle, 'idempotency-key': key }: WriteHeaders): string {
  return `${vehicle === undefined ? '' : ` --vehicle ${vehicle}`} --key ${key}`;
}
