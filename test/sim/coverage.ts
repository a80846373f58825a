/**
 * How often each kind of fault happened, and each thing that a run must have lived through to say anything. A
 * kind that never happens over many seeds is a hole in the simulation.
 */

/** Everything that can go wrong here. A seed has some of them (see profile.ts). */
export const FAULTS = [
  'message lost',
  'message doubled',
  'message delayed',
  'message overtaken',
  'mesh split in two',
  'node cut off',
  'link cut one way',
  'links stand still',
  'process killed',
  'power lost',
  'everyone killed',
  'process paused',
  'node shut down',
  'new leader struck',
  'disk stalls',
  'disk full',
  'disk below its reserve',
  'bit flipped in the log',
  'state damaged',
  'clock jumps ahead',
  'clock jumps back',
  'clock drifts',
  'learner added',
  'learner promoted',
  'member removed',
  'leader removed',
  'member replaced',
  'voter demoted',
  'many changed at once',
  'joint leader struck',
  'disk lost',
  'lost replica replaced',
  'leader asleep',
  'node struck as it begins anew',
] as const;

export type Fault = (typeof FAULTS)[number];

/** What follows from faults, and what ordinary life consists of. */
export const OUTCOMES = [
  'save lost in a crash',
  'save torn in a crash',
  'save on disk, never acknowledged',
  'save rejected',
  'state writes lost in a crash',
  'damaged log refused',
  'damaged state replayed',
  'damaged state refused',
  'leader elected',
  'entry committed',
  'uncommitted entries replaced',
  'joint configuration entered',
  'joint configuration left',
  'learner came',
  'learner became a voter',
  'voter became a learner',
  'member went',
  'state sent to an empty disk',
  'stranger spoke',
  'change of members answered',
  'change of members refused',
  'change of members unknown',
  'change refused while another is under way',
  'log compacted',
  'log begun anew',
  'snapshot sent',
  'snapshot installed',
  'snapshot stream broken',
  'snapshot stream goes on',
  'command answered',
  'command answered again under its key',
  'reservation refused',
  'reservation expired',
  'stop released',
  'key used for another command',
  'command too late',
  'outcome unknown',
  'nothing proposed',
  'asked again elsewhere',
  'linearizable read',
  'read without an answer',
  'stale read',
] as const;

export type Outcome = (typeof OUTCOMES)[number];

export class Coverage {
  private readonly counts = new Map<string, number>();

  count(what: Fault | Outcome, times = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + times);
  }

  /** In the order of the lists above; 0 for what never happened. */
  totals(): Readonly<Record<string, number>> {
    return Object.fromEntries([...FAULTS, ...OUTCOMES].map((what) => [what, this.counts.get(what) ?? 0]));
  }
}
