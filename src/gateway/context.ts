/**
 * What every group of routes is handed.
 */
import type { EventFeed } from '../doors/event-feed.js';
import type { Logger } from '../observe/logger.js';
import type { Mesh } from '../replica/mesh.js';
import type { GatewayLogs } from './logs.js';
import type { Observed } from './observed.js';

export interface GatewaySettings {
  /** Id of the company whose node this is. */
  readonly company: string;
  /** What `/health` shows; the id where it is not set. */
  readonly companyName?: string;
  /** The package's, as the OpenAPI document tells it. */
  readonly version?: string;
  /** A request end to end, in real milliseconds. */
  readonly requestTimeoutMs: number;
  /** Window of a reservation made by a documented route, in ledger time; also what "free now" means. */
  readonly legacyWindowMinutes: number;
  /** How long a documented read tries to be linearizable before it answers from this replica. */
  readonly readTryMs: number;
}

export interface GatewayContext {
  readonly mesh: Mesh;
  /** Ends with the gateway. */
  readonly events: EventFeed;
  readonly settings: GatewaySettings;
  readonly logger: Logger;
  readonly observed: Observed;
  readonly logs: GatewayLogs;
}

/** The documented window in milliseconds of ledger time. */
export function windowMsOf(settings: GatewaySettings): number {
  return settings.legacyWindowMinutes * 60_000;
}
