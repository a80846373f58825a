/** What processes used so far, as Linux counts it. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const TICKS_A_SECOND = Number(execFileSync('getconf', ['CLK_TCK']));
/** Of /proc/pid/stat, counted behind the name. */
const USER_TICKS = 11;
const SYSTEM_TICKS = 12;

/** CPU seconds and bytes that went to the disk, of all of them that live. */
export function usageOf(pids) {
  let cpuS = 0;
  let writtenBytes = 0;
  for (const pid of pids) {
    const stat = lines(`/proc/${pid}/stat`).split(') ').at(-1).split(' ');
    cpuS += (Number(stat[USER_TICKS]) + Number(stat[SYSTEM_TICKS])) / TICKS_A_SECOND || 0;
    writtenBytes += Number(/^write_bytes: (\d+)/m.exec(lines(`/proc/${pid}/io`))?.[1] ?? 0);
  }
  return { cpuS, writtenBytes };
}

/** Resident memory; what processes share counts once (PSS). */
export function memoryMb(pids) {
  let kilobytes = 0;
  for (const pid of pids) {
    kilobytes += Number(/^Pss:\s+(\d+) kB/m.exec(lines(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);
  }
  return kilobytes / 1_024;
}

/** CPU seconds that the whole machine worked. */
export function machineCpuS() {
  const [, user, nice, system, , , irq, softIrq, steal] = lines('/proc/stat').split(/\s+/).map(Number);
  return (user + nice + system + irq + softIrq + steal) / TICKS_A_SECOND;
}

function lines(path) {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
