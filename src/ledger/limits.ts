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
/** Of all holders, from version 2 on: how many call themselves something is not for the ledger to bound. */
export const CLIENT_KEYS_MAX = 2_000_000;
/** Expired key records that one command removes: more than it can add, so that a backlog always shrinks. */
export const KEYS_SWEPT_MAX = 64;

/** Reservations that one `expire` ends. */
export const ENDS_PER_EXPIRE_MAX = 1_000;

/** The last moment that a window or an entry may name: any sum with a duration stays an exact number. */
export const LEDGER_TIME_MS_MAX = 2 ** 52;

/** What a quantity (metres, watts) may be at most: the wire carries 32 bits. */
export const QUANTITY_MAX = 0xffff_ffff;

/*
 * Version 2. Each operation's work is a small multiple of one of these; docs/reservations.md names it.
 */

/** Stops that a reservation ever has, ended ones included: their numbers are for life. */
export const STOPS_EVER_MAX = 100;
/** Stops of one request that name a site, and points of a site that are looked at for one of them. */
export const SITE_STOPS_MAX = 8;
export const SITE_POINTS_EXAMINED_MAX = 256;

/** Open reservations of one holder, those of documented doors aside; and holds among them. */
export const OPEN_PER_HOLDER_MAX = 32;
export const HOLDS_PER_HOLDER_MAX = 4;
/**
 * Open reservations of one holder that documented doors made: they share one holder where nobody says who they are, so
 * this is far more than the points of a large mesh that can be had at once.
 */
export const DOCUMENTED_PER_HOLDER_MAX = 20_000;
/** A hold ends at the latest so long after it was made, however often it is extended. */
export const HOLD_TOTAL_MS_MAX = DAY_MS;
/** A hold of at least twice this has its holder told so long before it ends. */
export const HOLD_WARNING_MS = MINUTE_MS;

/** How far one shift moves stops. */
export const SHIFT_MS_MIN = MINUTE_MS;
export const SHIFT_MS_MAX = DAY_MS;
/** Alternatives that one substitute may name. */
export const SUBSTITUTES_MAX = 8;

export const TICKET_MS = 2 * MINUTE_MS;
export const TICKET_STOPS_MAX = 20;
/** Live tickets' windows at one point. */
export const TICKET_WINDOWS_PER_POINT_MAX = 256;

export const WAIT_STOPS_MAX = 20;
export const WAITS_PER_HOLDER_MAX = 8;
/** Wishes that wait at one point, or at one site. */
export const WAITS_PER_POINT_MAX = 64;
/** Offers that one entry makes; of them all, at most `STOPS_PER_EXPIRE_MAX` stops. */
export const OFFERS_PER_ENTRY_MAX = 64;
/** Wishes that one entry looks at, and what the wishes of one line may cost: a site that is named counts for more. */
export const WAITS_EXAMINED_PER_ENTRY_MAX = 1_024;
export const OFFER_HOLD_MS = 10 * MINUTE_MS;
export const MISSED_OFFERS_MAX = 3;

/** Booked stops that a refusal names. */
export const BOOKED_NAMED_MAX = 50;
/** Of what a status, a schedule or a deletion displaces or tells, in one entry; the rest follows at once. */
export const DISPLACED_PER_ENTRY_MAX = 256;
/** Bookings of the point that an entry looks at for that. */
export const SWEPT_PER_ENTRY_MAX = 10_000;
/** A status that is not `available` lasts at most so long without a word from its company. */
export const STATUS_MS_MAX = 90 * DAY_MS;
/** When its time is over and no word came, it goes on for so long again. */
export const STATUS_STEP_MS = 15 * MINUTE_MS;
/** How long after its window an ACTIVE stop ends by time, as FULFILLED. */
export const OVERSTAY_MS_MAX = 12 * 60 * MINUTE_MS;

/**
 * Stops that one `expire`, one walk over a point's calendar, or one entry's offers write: what happened to them is in the
 * entry's record of the audit trail, some 600 bytes for each, which is hashed in one piece. More than a reservation has.
 */
export const STOPS_PER_EXPIRE_MAX = 512;

export const WEEK_MINUTES = 7 * 24 * 60;
export const WEEKLY_SPANS_MAX = 28;
export const MAINTENANCE_WINDOWS_MAX = 64;
/** The Line Islands are at +14:00, Baker Island at -12:00. */
export const UTC_OFFSET_MINUTES_MAX = 14 * 60;
export const UTC_OFFSET_MINUTES_MIN = -12 * 60;

/** How early a stop may start, how late, and how long its point stays free after it: each at most. */
export const MARGIN_MS_MAX = DAY_MS;
/** Without a minute of grace nobody could begin on time. */
export const LATE_MS_MIN = MINUTE_MS;
export const FEE_CENTAVOS_MAX = 100_000_000;
export const HORIZON_MS_MAX = 366 * DAY_MS;

export const REASON_LENGTH_MAX = 200;

/** Open notices of a holder; one more closes the oldest. */
export const NOTICES_PER_HOLDER_MAX = 64;
export const NOTICE_KEPT_MS = 7 * DAY_MS;
export const ACKNOWLEDGED_PER_COMMAND_MAX = 64;

/** How long an ended reservation stays in memory: longer than any answer that speaks of it. */
export const ENDED_KEPT_MS = 2 * DAY_MS;
/** So many ended ones stay; beyond it the oldest leaves memory, however young. */
export const ENDED_KEPT_MAX = 500_000;
export const PRUNED_PER_ENTRY_MAX = 1_000;
/** And stops of them, which are more than any one of them has: each may mean a list that it leaves. */
export const PRUNED_STOPS_PER_ENTRY_MAX = 2_000;

/** Of a list that is read page by page. */
export const PAGE_SIZE_MAX = 200;
export const PAGE_EXAMINED_MAX = 5_000;

/** What one question may ask of calendars, and how many booked windows its answer tells in all. */
export const CALENDAR_MS_MAX = 31 * DAY_MS;
export const CALENDAR_POINTS_MAX = ROUTE_POINTS_MAX;
export const CALENDAR_BOOKINGS_MAX = 10_000;
