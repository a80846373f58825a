/** What may be done to a mesh while clients use it, as data: a schedule says what, to whom, for how long, in which order. */

/** In the order of their families: processes, network, disks, members and clocks. */
export const FAULT_KINDS = [
  /** SIGKILL, and started again. */
  'kill',
  /** SIGSTOP, and SIGCONT. */
  'stop',
  /** SIGTERM, which must end it well, and started again. */
  'terminate',
  /** SIGTERM and start of each, one after the other. */
  'rolling-restart',
  /** So many killed at once that the others are no majority. */
  'majority-down',
  /** All killed at once. */
  'all-down',
  /** The leader killed at a step of a commit; `step` says which. */
  'failpoint',
  /** Connections between a node and all others are reset, and no new one is taken. */
  'cut',
  /** The same, as if nobody listened: others take the node for dead. */
  'refuse',
  /** Nothing comes or goes between a node and all others, and nobody is told. */
  'isolate',
  /** What a node says does not arrive; it hears the others. */
  'mute',
  /** A node does not hear the others; what it says arrives. */
  'deaf',
  /** One link, one direction: a black hole. */
  'one-way',
  /** The leader and as many others as leave it in a minority, apart from the rest. */
  'minority-leader',
  /** A link that comes and goes. */
  'flap',
  /** All links are slow to deliver. */
  'delay',
  /** All that a node sends goes through a narrow pipe. */
  'slow',
  /** Connections whose far ends are gone while the near ones are not told. */
  'half-open',
  /** A file system fills up: the process must end; room is made, and it starts again. */
  'disk-full',
  /** A sync fails: the process must end, and starts again. */
  'fsync-error',
  /** Syncs take long. */
  'slow-disk',
  /** What was not synced is gone, and so is the process. */
  'power-loss',
  /** The same, everywhere at once. */
  'blackout',
  /** A bit of a stopped node's log or state flips. */
  'damage',
  /** The disk is lost, and the replica is replaced by an operator. */
  'wipe',
  /** The same, while the leader is killed. */
  'wipe-and-kill',
  /** Started again with a clock that is off. */
  'clock-jump',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/** Whom a fault is for, as of the moment when it happens; nodes that another fault has are passed over. */
export interface Target {
  readonly role: 'leader' | 'follower' | 'anyone';
  /** Which of those, from 0, counted round. */
  readonly nth: number;
}

export interface PlannedFault {
  readonly kind: FaultKind;
  readonly target: Target;
  readonly forMs: number;
  /** Of a fault that has several forms. */
  readonly step?: string;
}

/** Faults that begin together, after a time without any. */
export interface Step {
  readonly quietMs: number;
  readonly faults: readonly PlannedFault[];
}

export interface Schedule {
  /** What to say to have it again. */
  readonly name: string;
  readonly nodes: number;
  readonly steps: readonly Step[];
}

/** A fault that was planned did not happen, or did not do what it must. */
export class NoSuchFault extends Error {
  override readonly name = 'NoSuchFault';
}
