/**
 * Whether this machine's clock is near the mesh's: ledger time, which is the median of the voters' clocks, as each node
 * that answers tells it.
 */
import type { NodeSettings } from '../node-settings.js';
import type { PeerAnswer } from './ask-peers.js';
import { type Finding, finding } from './finding.js';

/** `nowMs`: what the node's clock shows. Ledger time is behind by up to a heartbeat and the way here. */
export function checkClock(
  settings: Pick<NodeSettings, 'clock' | 'clockSkewMs' | 'heartbeatMs'>,
  answers: readonly PeerAnswer[],
  nowMs: number,
): Finding {
  const speed = settings.clock?.speed ?? 1;
  const offsMs = answers.flatMap(({ ledgerTimeMs }) =>
    ledgerTimeMs === null || ledgerTimeMs === 0 ? [] : [(nowMs - ledgerTimeMs) / speed],
  );
  if (offsMs.length === 0) {
    const shown = new Date(nowMs).toISOString();
    return finding('clock', 'note', `it is ${shown} here, and no node tells ledger time to compare it with`);
  }
  const offMs = Math.round(offsMs.sort((a, b) => Math.abs(a) - Math.abs(b))[0]!);
  const text = `the clock is ${Math.abs(offMs)} ms ${offMs < 0 ? 'behind' : 'ahead of'} ledger time`;
  return Math.abs(offMs) <= settings.clockSkewMs + 2 * settings.heartbeatMs
    ? finding('clock', 'ok', text)
    : finding(
        'clock',
        'fault',
        `${text}: beyond ${settings.clockSkewMs} ms (MALHA_CLOCK_SKEW_MS) it does not lead`,
      );
}
