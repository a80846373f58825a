/**
 * `malha history ID`: what happened to a reservation, entry by entry, from the audit trail; also to one that was pruned.
 */

import { consistencyOf } from '../booking/consistency.js';
import { historyLines } from '../booking/history-text.js';
import { callNode } from '../booking/node-client.js';
import { checkCaller } from '../booking/own-key.js';
import { HISTORY_PAGE, type HistoryItem } from '../booking/shapes.js';
import { telling } from '../booking/tell.js';
import { nodeUrls } from '../node-urls.js';
import { type Flags, sayFaults } from '../world.js';

const PAGE_SIZE = '200';

export async function historyCommand(id: string, flags: Flags): Promise<number> {
  const faults: string[] = [];
  const nodes = nodeUrls(flags, faults);
  checkCaller(flags, faults);
  const asCompany = flags.company !== undefined;
  if (asCompany && flags.vehicle !== undefined) faults.push('--company and --vehicle (flags): one of them');
  if (faults.length > 0) return sayFaults(faults);

  const path = `/v1/reservations/${encodeURIComponent(id)}/history`;
  const headers = { 'malha-vehicle': flags.vehicle };
  return telling(flags, async () => {
    const items: HistoryItem[] = [];
    for (let pageToken: string | undefined; ; ) {
      const query = {
        as: asCompany ? 'company' : undefined,
        ...{ pageSize: PAGE_SIZE, pageToken, consistency: consistencyOf(flags) },
      };
      const { body } = await callNode(nodes, { method: 'GET', path, query, headers }, HISTORY_PAGE);
      items.push(...body.items);
      const { completeFrom, nextPageToken } = body;
      if (nextPageToken === null) return { json: { items, completeFrom }, lines: historyLines(items) };
      pageToken = nextPageToken;
    }
  });
}
