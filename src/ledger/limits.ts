/**
 * The bounds of what the ledger takes. They are part of the replicated rules: every replica of one ledger
 * version refuses the same commands, so a bound changes only together with `LEDGER_VERSION`.
 */

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Stops of one reservation, and points of one release. */
export const STOPS_MAX = 50;
export const STOP_DURATION_MS_MIN = MINUTE_MS;
export const STOP_DURATION_MS_MAX = 30 * DAY_MS;

/** A hold is 0 (none) or within these. */
export const HOLD_MS_MIN = 1_000;
export const HOLD_MS_MAX = DAY_MS;

export const ROUTE_POINTS_MAX = 200;
export const ID_LENGTH_MAX = 64;
/** Names, places, connectors: characters as UTF-16 counts them. */
export const NAME_LENGTH_MAX = 200;
export const HOLDER_LENGTH_MAX = 128;
export const REQUEST_KEY_LENGTH_MAX = 255;

/** How long the answer to a client's key is kept, in ledger time. */
export const CLIENT_KEY_MS = DAY_MS;
/**
 * How long the answer to a node-made key is kept beyond its command's `notAfterMs`: who was told "outcome unknown"
 * under such a key needs time to ask again with it.
 */
export const NODE_KEY_GRACE_MS = MINUTE_MS;
export const CLIENT_KEYS_PER_HOLDER_MAX = 1_000;
/** Expired key records that one command removes: more than it can add, so that a backlog always shrinks. */
export const KEYS_SWEPT_MAX = 64;

/** Reservations that one `expire` ends. */
export const ENDS_PER_EXPIRE_MAX = 1_000;

/** The last moment that a window or an entry may name: any sum with a duration stays an exact number. */
export const LEDGER_TIME_MS_MAX = 2 ** 52;

/** What a quantity (metres, watts) may be at most: the wire carries 32 bits. */
export const QUANTITY_MAX = 0xffff_ffff;
