/** How one operation ended. */

export const COMMITTED = 0;
/** An answer, too: a point was taken. Counted apart, and not as committed. */
export const REFUSED = 1;
/** Nobody answered, or with "try again": the same request is sent again under its key. */
export const FAILED = 2;
