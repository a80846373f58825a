/** What the stops of a request must look like before anything is asked about them. */
import { isName, isQuantity, isReference, isWithin } from './checks.js';
import type { Site, WantedStop } from './command.js';
import {
  ID_LENGTH_MAX,
  LEDGER_TIME_MS_MAX,
  NAME_LENGTH_MAX,
  SITE_STOPS_MAX,
  STOP_DURATION_MS_MAX,
  STOP_DURATION_MS_MIN,
} from './limits.js';

/** What is out of range in one of the stops, as a sentence; null when nothing is. */
export function wantedFault(stops: readonly WantedStop[]): string | null {
  let sites = 0;
  for (const { pointId, site, company, startMs, durationMs } of stops) {
    if (!isReference(pointId) || !isReference(company)) {
      return `an id has at most ${ID_LENGTH_MAX} characters`;
    }
    if (site !== undefined) {
      const fault = siteFault(site);
      if (fault !== null) return fault;
      sites += 1;
    }
    if (!isWithin(durationMs, STOP_DURATION_MS_MIN, STOP_DURATION_MS_MAX)) {
      return `a stop lasts ${STOP_DURATION_MS_MIN} to ${STOP_DURATION_MS_MAX} ms`;
    }
    if (startMs !== 'now' && !isWithin(startMs, 1, LEDGER_TIME_MS_MAX)) return 'a start is out of range';
  }
  return sites > SITE_STOPS_MAX ? `a request names at most ${SITE_STOPS_MAX} sites` : null;
}

function siteFault({ place, connector, minPowerWatts }: Site): string | null {
  if (!isName(place) || !isName(connector)) {
    return `the place and the connector of a site have 1 to ${NAME_LENGTH_MAX} characters`;
  }
  return isQuantity(minPowerWatts) ? null : 'the power of a site is out of range';
}
