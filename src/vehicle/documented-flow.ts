/** The documented flow: points are asked for over MQTT, looked at, reserved and freed over REST. */
import { DocumentedJourney } from './documented-journey.js';
import type { Flow, FlowOptions } from './flow.js';
import { createHolds } from './holds.js';

export function documentedFlow({
  ride,
  rest,
  link,
  clock,
  makeKey,
  tell,
  socPct,
  giveUp,
}: FlowOptions): Flow {
  const holds = createHolds({ rest, clock, windowMs: ride.rules.windowMs, makeKey, tell });
  const options = {
    ...ride,
    holds,
    giveUp,
    offered: ({ from, to }: { from: string; to: string }, signal: AbortSignal) =>
      link.ask({ batteryPct: Math.floor(socPct()), place: from, destination: to }, signal),
    async freePoints(signal: AbortSignal): Promise<ReadonlySet<string>> {
      const points = await rest.shownPoints(signal);
      return new Set(points.filter((point) => point.free).map((point) => point.id));
    },
  };
  return {
    holdings: holds,
    journey: (trip, road, batteryWh) => new DocumentedJourney(options, trip, road, batteryWh),
    // Nobody is told of a documented reservation: it lives by its window.
    noticed: () => undefined,
  };
}
