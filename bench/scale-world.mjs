/**
 * A mesh of a given size, the same each time: 10,000 points of ten companies, and reservations of one to three stops over
 * the year to come, ten for each holder. As data for the ledger; nothing of the server is imported here.
 */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const YEAR_HOURS = 365 * 24;

/** 2026-01-01T00:00:00Z. */
export const START_MS = 1_767_225_600_000;
export const POINTS = 10_000;
const COMPANIES = 10;
const POINTS_PER_PLACE = 20;
const RESERVATIONS_PER_HOLDER = 10;

/** Numbers that look random and are the same everywhere. */
export function numbers(seed) {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

/** The operations that make the mesh before the first reservation, each with the company that says it. */
export function* founding() {
  yield { company: 'empresa_0', operation: { kind: 'raise-version', ledgerVersion: 2 } };
  for (let n = 0; n < COMPANIES; n += 1) {
    const company = `empresa_${n}`;
    yield { company, operation: { kind: 'register-company', name: `Empresa ${n}`, displayId: `${n}` } };
    const margins = {
      earlyMs: 15 * MINUTE_MS,
      lateMs: (10 + n) * MINUTE_MS,
      bufferMs: (n % 3) * 5 * MINUTE_MS,
    };
    const fees = { reservationFeeCentavos: 100 * n, lateCancelFeeCentavos: 500, noShowFeeCentavos: 1_000 };
    const range = { minNoticeMs: 0, horizonMs: 366 * 24 * HOUR_MS, durationMaxMs: 24 * HOUR_MS };
    const policy = { ...range, ...margins, cancelBeforeMs: 2 * HOUR_MS, ...fees };
    yield { company, operation: { kind: 'set-policy', policy } };
  }
  for (let n = 1; n <= POINTS; n += 1) {
    yield {
      company: `empresa_${n % COMPANIES}`,
      operation: {
        kind: 'register-point',
        pointId: `${n}`,
        place: `Cidade ${Math.floor(n / POINTS_PER_PLACE)}`,
        latitudeMicrodegrees: -18_000_000 + (n % 100) * 90_000,
        longitudeMicrodegrees: -46_000_000 + Math.floor(n / 100) * 80_000,
        connector: n % 4 === 0 ? 'Type2' : 'CCS2',
        powerWatts: 22_000 * (1 + (n % 7)),
      },
    };
  }
}

/** What the n-th reservation asks for: free almost always, for a point is booked for 200 of a year's hours. */
export function wish(n, random, reservations) {
  const stops = Array.from({ length: 1 + random(3) }, () => ({
    pointId: `${1 + random(POINTS)}`,
    company: '',
    startMs: START_MS + (24 + random(YEAR_HOURS - 48)) * HOUR_MS + random(4) * 15 * MINUTE_MS,
    durationMs: (2 + random(5)) * 15 * MINUTE_MS,
  }));
  const holder = `veiculo-${n % Math.ceil(reservations / RESERVATIONS_PER_HOLDER)}`;
  return { holder, operation: { kind: 'reserve', stops, holdMs: 0, afterNoShow: 'keep' } };
}
