/**
 * How a node's start, its memory and its snapshots grow with what is booked: 10,000 points, and from 10 thousand to a
 * million reservations over a year.
 *
 *   node bench/scale.mjs [RESERVATIONS …]
 *
 * Each figure is taken in a process of its own (scale-roles.mjs), from a real state database in a temporary directory, or
 * in the one that DATA names, where it stays: a million reservations take minutes to make. Prints a table and writes
 * bench/results/scale.json.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { POINTS } from './scale-world.mjs';

const SIZES = [10_000, 100_000, 300_000, 1_000_000];
/** What the figures of the largest size are held against. */
const TARGETS = { startMs: 10_000, residentMb: 1_500, cutOwnMs: 10, takeOwnMs: 10, firstLongestMs: 10 };

const COLUMNS = [
  ['reservations', 'reservations', 0],
  ['apply µs', 'applyUs', 0],
  ['start s', 'startMs', 1, 1_000],
  ['its thread s', 'mainMs', 1, 1_000],
  ['cpu s', 'cpuMs', 1, 1_000],
  ['memory MB', 'ownMb', 0],
  ['with files MB', 'residentMb', 0],
  ['cut s', 'cutMs', 1, 1_000],
  ['own ms', 'cutOwnMs', 1],
  ['with GC ms', 'cutStallMs', 1],
  ['take s', 'takeMs', 1, 1_000],
  ['own ms', 'takeOwnMs', 1],
  ['with GC ms', 'takeStallMs', 1],
  ['first call ms', 'firstLongestMs', 1],
];

const dist = process.env.DIST ?? new URL('../dist/', import.meta.url).href;
const rolesFile = fileURLToPath(new URL('scale-roles.mjs', import.meta.url));
const results = fileURLToPath(new URL('results/', import.meta.url));

const asked = process.argv.slice(2).map(Number);
const rows = (asked.length > 0 ? asked : SIZES).map(measure);
printTable(rows);
const target = rows.at(-1);
for (const [name, most] of Object.entries(TARGETS)) {
  if (target[name] > most) console.log(`over the target: ${name} is ${target[name].toFixed(1)}, not ${most}`);
}
mkdirSync(results, { recursive: true });
const machine = { node: process.version, cores: cpus().length, cpu: cpus()[0]?.model };
writeFileSync(join(results, 'scale.json'), `${JSON.stringify({ machine, points: POINTS, rows }, null, 2)}\n`);

function measure(reservations) {
  const kept = process.env.DATA;
  const directory = kept ? join(kept, `${reservations}`) : mkdtempSync(join(tmpdir(), 'malha-scale-'));
  const roles = existsSync(join(directory, 'state')) ? [] : ['fill'];
  try {
    const figures = {};
    for (const role of [...roles, 'start', 'cut', 'take']) {
      console.error(`${reservations} reservations: ${role}`);
      const output = execFileSync(process.execPath, [rolesFile, role, dist, directory, `${reservations}`], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      Object.assign(figures, JSON.parse(output));
    }
    return figures;
  } finally {
    if (!kept) rmSync(directory, { recursive: true, force: true });
  }
}

function printTable(rows) {
  const lines = [
    COLUMNS.map(([title]) => title),
    ...rows.map((row) => COLUMNS.map(([, name, digits, per = 1]) => (row[name] / per).toFixed(digits))),
  ];
  const widths = COLUMNS.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  for (const line of lines) console.log(line.map((cell, column) => cell.padStart(widths[column])).join('  '));
}
