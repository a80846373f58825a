/**
 * What the benchmark of scale does in one process: fill a directory, start from it, cut a snapshot of it, or take one in
 * a node that runs. Each role prints its figures as one line of JSON. The parts are the server's own.
 */
import { readFileSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { PerformanceObserver, performance } from 'node:perf_hooks';
import { setImmediate as nextRound } from 'node:timers/promises';
import { founding, numbers, START_MS, wish } from './scale-world.mjs';

const [role, dist, directory, size] = process.argv.slice(2);
const server = async (path) => await import(new URL(path, dist).href);
const { Ledger } = await server('ledger/ledger.js');
const { openLedger } = await server('replica/open-replica.js');
const { SnapshotCut } = await server('replica/snapshot-cut.js');
const { SnapshotPart } = await server('replica/snapshot-part.js');
const { BEGINNING } = await server('replica/snapshot-place.js');
const { openLevel } = await server('storage/level-db.js');
const { LevelStateStore } = await server('storage/level-state-store.js');

const LOGGER = { debug() {}, info() {}, warn: console.error, error: console.error };
const ENTRIES_PER_WRITE = 2_000;
/** Pieces of work that are shorter are not among the longest. */
const PIECE_NOTED_MS = 0.5;
const ENTRY_MS = 10;
const APPLIED = 5_000;

const ROLES = { fill, start, cut, take };
const figures = await ROLES[role]();
console.log(JSON.stringify(figures));

async function fill() {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  await (await openLevel(`${directory}/state`, true)).close();
  const { state } = await open();
  const ledger = Ledger.empty();
  const random = numbers(42);
  let pending = new Map();
  const apply = (operation, holder, originCompany) => {
    const { answer, changes } = ledger.apply(nextEntry(ledger, operation, holder, originCompany), 1);
    for (const { key, row } of changes) pending.set(key, row);
    return answer.result.kind !== 'refused';
  };
  const write = async () => {
    const changes = Array.from(pending, ([key, row]) => ({ key, row }));
    pending = new Map();
    const config = { voters: ['0000000000000001'], votersOutgoing: [], learners: [] };
    await state.write(changes, { ...ledger.meta(), config, members: [] });
  };
  for (const { company, operation } of founding()) {
    if (!apply(operation, company, company)) throw new Error(`refused: ${operation.kind}`);
  }
  await write();
  let tried = 0;
  for (let made = 0; made < Number(size); tried += 1) {
    const { holder, operation } = wish(made, random, Number(size));
    if (apply(operation, holder, 'empresa_0')) made += 1;
    if (tried % ENTRIES_PER_WRITE === 0) await write();
  }
  await write();
  await state.sync();
  await state.close();
  return {};
}

/** The entry that comes next, in a mesh that decides a hundred a second. */
function nextEntry(ledger, operation, holder, originCompany) {
  const index = ledger.appliedIndex + 1;
  const atMs = Math.max(ledger.meta().nowMs, START_MS) + ENTRY_MS;
  const own = operation.kind === 'raise-version';
  const command = {
    ...{ ledgerVersion: 2, requestKey: own ? '' : `chave-${index}`, keyKind: 'node', holder },
    ...{ door: own ? 'node' : 'rest', originCompany, traceId: '0'.repeat(32) },
    ...{ notAfterMs: atMs + 5_000, operation },
  };
  return { index, atMs, command };
}

/** What a reservation costs with so many there, in microseconds of this thread. */
function applyUs(ledger) {
  const random = numbers(7);
  const begunMs = ranMs();
  for (let n = 0; n < APPLIED; n += 1) {
    const { holder, operation } = wish(n, random, 10 * APPLIED);
    ledger.apply(nextEntry(ledger, operation, holder, 'empresa_0'), 1);
  }
  return ((ranMs() - begunMs) * 1_000) / APPLIED;
}

/** As a node starts: the store checks its rows, the ledger is restored from them. */
async function start() {
  const begunMs = performance.now();
  const { state, openMs } = await open();
  const { ledger } = await restored(state);
  const startMs = performance.now() - begunMs;
  const mainMs = ranMs();
  const { user, system } = process.cpuUsage();
  const totals = ledger.query({ kind: 'totals' }, START_MS);
  const { rss, heapUsed } = process.memoryUsage();
  const { maxRSS } = process.resourceUsage();
  const ownBytes = await anonymousBytes();
  await state.close();
  return {
    reservations: totals.openReservations,
    startMs,
    openMs,
    mainMs,
    cpuMs: (user + system) / 1_000,
    heapMb: heapUsed / 2 ** 20,
    residentMb: rss / 2 ** 20,
    ownMb: ownBytes / 2 ** 20,
    peakMb: maxRSS / 2 ** 10,
    applyUs: applyUs(ledger),
  };
}

/** Of the resident memory what is not a file's: LevelDB maps its tables, and the system takes that back at will. */
async function anonymousBytes() {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  const kilobytes = /RssAnon:\s+(\d+) kB/.exec(status)?.[1];
  return kilobytes === undefined ? Number.NaN : Number(kilobytes) * 1_024;
}

/** A running node reads its state out for a peer. */
async function cut() {
  const { state } = await open();
  await restored(state);
  await settled();
  const watch = watchLoop();
  const begunMs = performance.now();
  const whole = new SnapshotCut(1, 0, await state.snapshot());
  let characters = 0;
  for await (const { rows } of whole.chunks(BEGINNING)) {
    for (const { key, row } of rows) characters += key.length + row.length;
  }
  await whole.close();
  const cutMs = performance.now() - begunMs;
  const figures = { cutMs, megabytes: characters / 2 ** 20, ...(await watch.stop('cut')) };
  await state.close();
  return figures;
}

/** A running node takes that state from a peer, and goes on with it. */
async function take() {
  const { state } = await open();
  const snapshot = await state.snapshot();
  const whole = new SnapshotCut(1, 0, snapshot);
  await settled();
  const header = { from: 'a', to: 'b', term: 1, meta: snapshot.meta, cut: 1, after: BEGINNING };
  const watch = watchLoop();
  const begunMs = performance.now();
  const part = await SnapshotPart.begin(header, state, (write) => write);
  for await (const chunk of whole.chunks(BEGINNING)) await part.add(chunk);
  const ledger = await part.complete();
  const takeMs = performance.now() - begunMs;
  const stalls = await watch.stop('take');
  const figures = { takeMs, ...stalls, ...(await firstPieces(ledger)) };
  await whole.close();
  await state.dropStaged();
  await state.close();
  return figures;
}

/** How long the first call of each kind takes: what was put off while rows were loaded is done there. */
async function firstPieces(ledger) {
  const nowMs = START_MS + 24 * 3_600_000;
  const window = { startMs: nowMs, endMs: nowMs + 31 * 24 * 3_600_000 };
  const list = (match) => ({ kind: 'reservation-page', match, after: 0, limit: 200 });
  const pieces = {
    deadline: () => ledger.nextDeadlineMs(),
    points: () => ledger.query({ kind: 'point-page', match: {}, windowMs: 1, after: '', limit: 200 }, nowMs),
    all: () => ledger.query(list({}), nowMs),
    company: () => ledger.query(list({ company: 'empresa_1' }), nowMs),
    rare: () => ledger.query(list({ company: 'empresa_1', state: 'HELD' }), nowMs),
    calendars: () =>
      ledger.query(
        { kind: 'calendars', pointIds: Array.from({ length: 200 }, (_, n) => `${n + 1}`), window },
        nowMs,
      ),
    region: () =>
      ledger.query(
        {
          ...{ kind: 'points-for', holder: 'x', connector: 'CCS2', minPowerWatts: 0 },
          window: { startMs: nowMs, endMs: nowMs + 3_600_000 },
          box: { south: -90e6, north: 90e6, west: -180e6, east: 180e6 },
        },
        nowMs,
      ),
    entry: () => {
      const { holder, operation } = wish(0, numbers(7), 10);
      ledger.apply(nextEntry(ledger, operation, holder, 'empresa_0'), 1);
    },
  };
  let longestMs = 0;
  const firstMs = {};
  for (const [name, piece] of Object.entries(pieces)) {
    await nextRound();
    const begunMs = ranMs();
    piece();
    firstMs[name] = ranMs() - begunMs;
    longestMs = Math.max(longestMs, firstMs[name]);
  }
  return { firstMs, firstLongestMs: longestMs };
}

async function open() {
  const begunMs = performance.now();
  const state = await LevelStateStore.open(directory, { logger: LOGGER });
  return { state, openMs: performance.now() - begunMs };
}

/** By the function that a node starts with. Of the log it asks only where that begins and ends. */
async function restored(state) {
  const { appliedIndex } = state.meta();
  const log = { snapshot: () => ({ index: 1, term: 1 }), lastIndex: () => appliedIndex };
  return { ledger: await openLedger(log, state, LOGGER) };
}

/** What came before is over. */
async function settled() {
  for (let round = 0; round < 100; round += 1) await nextRound();
}

/**
 * The longest pieces of work between two rounds of the event loop, by the time that this thread ran: what others do to a
 * busy machine does not count. `OwnMs` is the longest one without a pause of V8's garbage collector, `StallMs` the longest of
 * all.
 */
function watchLoop() {
  let watching = true;
  const pieces = [];
  const pauses = [];
  const note = (list) => pauses.push(...list.getEntries());
  const observer = new PerformanceObserver(note);
  observer.observe({ entryTypes: ['gc'] });
  let lastRanMs = ranMs();
  let beginMs = performance.now();
  const round = () => {
    const [nowRanMs, endMs] = [ranMs(), performance.now()];
    const tookMs = nowRanMs - lastRanMs;
    if (tookMs > PIECE_NOTED_MS) pieces.push({ beginMs, endMs, tookMs });
    [lastRanMs, beginMs] = [nowRanMs, endMs];
    if (watching) setImmediate(round);
  };
  setImmediate(round);
  return {
    async stop(name) {
      await settled();
      watching = false;
      note({ getEntries: () => observer.takeRecords() });
      observer.disconnect();
      const hasPause = ({ beginMs, endMs }) =>
        pauses.some(({ startTime, duration }) => startTime < endMs && startTime + duration > beginMs);
      const longest = (some) => some.reduce((most, { tookMs }) => Math.max(most, tookMs), 0);
      const own = longest(pieces.filter((piece) => !hasPause(piece)));
      return { [`${name}OwnMs`]: own, [`${name}StallMs`]: longest(pieces) };
    },
  };
}

/** How long the main thread has been running; where the system does not say, how much time has passed. */
function ranMs() {
  try {
    return Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[0]) / 1e6;
  } catch {
    return performance.now();
  }
}
