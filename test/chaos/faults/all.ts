/** Every kind of fault: how it is done, and whether it can be done here. */
import { whyNoDisk } from '../disks.js';
import { FAULT_KINDS, type FaultKind } from '../fault.js';
import type { Doer } from '../field.js';
import { clockJump } from './clock.js';
import * as disk from './disk.js';
import * as members from './members.js';
import * as network from './network.js';
import * as processes from './process.js';

export const DOERS: Readonly<Record<FaultKind, Doer>> = {
  kill: processes.kill,
  stop: processes.stop,
  terminate: processes.terminate,
  'rolling-restart': processes.rollingRestart,
  'majority-down': processes.majorityDown,
  'all-down': processes.allDown,
  failpoint: processes.failpoint,
  cut: network.cut,
  refuse: network.refuse,
  isolate: network.isolate,
  mute: network.mute,
  deaf: network.deaf,
  'one-way': network.oneWay,
  'minority-leader': network.minorityLeader,
  flap: network.flap,
  delay: network.delay,
  slow: network.slow,
  'half-open': network.halfOpen,
  'disk-full': disk.diskFull,
  'fsync-error': disk.fsyncError,
  'slow-disk': disk.slowDisk,
  'power-loss': disk.powerLoss,
  blackout: disk.blackout,
  damage: members.damage,
  wipe: members.wipe,
  'wipe-and-kill': members.wipeAndKill,
  'clock-jump': clockJump,
};

/** Why a fault cannot be had on this machine; null when it can. */
export function whyNot(kind: FaultKind): string | null {
  switch (kind) {
    case 'disk-full':
      return whyNoDisk('small');
    case 'power-loss':
    case 'blackout':
      return whyNoDisk('powered');
    case 'fsync-error':
    case 'slow-disk':
      return disk.whyNoStrace();
    default:
      return null;
  }
}

/** What can not be had here, and why. */
export function impossibleHere(): ReadonlyMap<FaultKind, string> {
  const found = new Map<FaultKind, string>();
  for (const kind of FAULT_KINDS) {
    const why = whyNot(kind);
    if (why !== null) found.set(kind, why);
  }
  return found;
}
