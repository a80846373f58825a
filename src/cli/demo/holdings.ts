/**
 * Whether what halted vehicles believe they hold is what every replica's ledger says.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

const ASK_TIMEOUT_MS = 2_000;
const LOOK_AGAIN_MS = 100;

export interface Holding {
  readonly vehicleId: string;
  readonly pointId: string;
  /** End of the window, ledger time. */
  readonly untilMs: number;
}

export interface Beliefs {
  readonly held: readonly Holding[];
  /** Points of writes whose outcome the vehicle does not know: they may be held or not. */
  readonly unsure: readonly { readonly vehicleId: string; readonly pointId: string }[];
}

export interface HoldingsCheck {
  readonly equal: boolean;
  /** How many points the vehicles hold. */
  readonly held: number;
  readonly unsure: number;
  /** One sentence a difference. */
  readonly differences: readonly string[];
}

export interface HoldingsQuestion {
  readonly vehicleIds: readonly string[];
  readonly urls: readonly string[];
  readonly beliefs: () => Beliefs;
  /** Ledger time. */
  readonly nowMs: () => number;
  /** Ledger time around a window's end in which both may be right. */
  readonly toleranceMs: number;
  /** Real time after which the last differences count: a node may be on its way back. */
  readonly patienceMs: number;
}

export async function checkHoldings(question: HoldingsQuestion): Promise<HoldingsCheck> {
  const giveUpAtMs = performance.now() + question.patienceMs;
  for (;;) {
    const reports = await Promise.all(question.urls.map((url) => differencesAt(url, question)));
    const differences = reports.flat();
    const { held, unsure } = question.beliefs();
    if (differences.length === 0 || performance.now() >= giveUpAtMs) {
      return { equal: differences.length === 0, held: held.length, unsure: unsure.length, differences };
    }
    await sleep(LOOK_AGAIN_MS);
  }
}

async function differencesAt(url: string, question: HoldingsQuestion): Promise<readonly string[]> {
  try {
    const reserved = (await Promise.all(question.vehicleIds.map((id) => reservedBy(url, id)))).flat();
    return compareHoldings(question.beliefs(), reserved, question.nowMs(), question.toleranceMs).map(
      (difference) => `${url}: ${difference}`,
    );
  } catch (error) {
    return [`${url} cannot be asked: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** One sentence for each point that only one side knows, unless its window ends about now or its outcome is unknown. */
export function compareHoldings(
  { held, unsure }: Beliefs,
  reserved: readonly Holding[],
  nowMs: number,
  toleranceMs: number,
): readonly string[] {
  const open = ({ untilMs }: Holding) => untilMs > nowMs + toleranceMs;
  const known = (list: readonly { vehicleId: string; pointId: string }[]) => new Set(list.map(keyOf));
  const inLedger = known(reserved.filter(({ untilMs }) => untilMs > nowMs - toleranceMs));
  const believed = known([...held, ...unsure]);
  const doubtful = known(unsure);
  return [
    ...held
      .filter((each) => open(each) && !doubtful.has(keyOf(each)) && !inLedger.has(keyOf(each)))
      .map((each) => `${each.vehicleId} believes to hold ${each.pointId}, the ledger says no`),
    ...reserved
      .filter((each) => open(each) && !believed.has(keyOf(each)))
      .map((each) => `the ledger gives ${each.pointId} to ${each.vehicleId}, which does not know it`),
  ];
}

function keyOf({ vehicleId, pointId }: { vehicleId: string; pointId: string }): string {
  return `${vehicleId} ${pointId}`;
}

const openReservations = z.object({
  items: z.array(
    z.object({ stops: z.array(z.object({ pointId: z.string(), end: z.string(), state: z.string() })) }),
  ),
});

async function reservedBy(url: string, vehicleId: string): Promise<readonly Holding[]> {
  const response = await fetch(`${url}/v1/reservations?vehicle=${encodeURIComponent(vehicleId)}`, {
    signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`it answers ${response.status}`);
  const { items } = openReservations.parse(await response.json());
  return items
    .flatMap(({ stops }) => stops)
    .filter(({ state }) => state === 'PLANNED' || state === 'ACTIVE')
    .map(({ pointId, end }) => ({ vehicleId, pointId, untilMs: Date.parse(end) }));
}
