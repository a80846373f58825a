/**
 * The nodes that there are: founders from the beginning, and those who come later with an empty disk and wait until
 * somebody tells of them among the members. A node whose disk is lost never comes back; its company gets another.
 */
import { ledgerCodec } from '../../src/codec/ledger-codec.js';
import { FIRST_VERSION, LEDGER_VERSION } from '../../src/ledger/version.js';
import { type ReplicaId, replicaId, type SnapshotMeta } from '../../src/raft/entry.js';
import { foundingVoters } from '../../src/replica/bootstrap.js';
import type { Member } from '../../src/replica/frame.js';
import type { Codec, LogSave } from '../../src/replica/ports.js';
import type { Chance } from './chance.js';
import type { Coverage } from './coverage.js';
import { Disk } from './disk.js';
import { NOBODY_YET } from './invariants/configurations.js';
import { LogDisk } from './log-disk.js';
import type { Network } from './network.js';
import { type NodeWatch, SimNode } from './node.js';
import { EPOCH_MS, NodeClock } from './node-clock.js';
import type { Profile } from './profile.js';
import type { SnapshotNetwork } from './snapshot-network.js';
import { StateDisk } from './state-disk.js';
import type { Timeline } from './timeline.js';
import type { Trace } from './trace.js';
import { TrailDisk } from './trail-disk.js';
import type { TrailNetwork } from './trail-network.js';

/** What a test breaks on purpose, to see that it is found. */
export interface Sabotage {
  /** What is left of a save on the disk of a node. */
  readonly onDisk?: (save: LogSave) => LogSave;
  readonly codecOf?: (node: number) => Codec;
}

export interface FleetOptions {
  readonly profile: Profile;
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly trace: Trace;
  readonly coverage: Coverage;
  readonly network: Network;
  readonly snapshots: SnapshotNetwork;
  readonly trails: TrailNetwork;
  readonly sabotage: Sabotage;
  readonly watch: NodeWatch;
}

const BASE_INDEX = 1;
const DRIFT_PPM_MAX = 50_000;
/** Election time-outs between two times that nodes tell each other who is a member, on average. */
const TELL_ELECTIONS = 4;

export class Fleet {
  /** Every node that there ever was. */
  readonly all: SimNode[] = [];
  /** What all clocks reckon from: days may pass for everybody while nothing happens. */
  epochMs = EPOCH_MS;
  /** Those whose disks are not lost. */
  present: readonly SimNode[] = [];
  readonly founders: readonly Member[];
  /** Where the log of every founder begins. */
  readonly base: SnapshotMeta;
  private readonly byId = new Map<ReplicaId, SimNode>();
  private readonly waiting = new Set<SimNode>();
  private known: readonly SimNode[] = [];
  private knownIndex = 0;

  constructor(private readonly options: FleetOptions) {
    this.founders = Array.from(
      { length: options.profile.replicas },
      (_, k): Member => ({ id: idOf(k + 1), company: companyOf(k + 1), address: '' }),
    );
    const config = { ...NOBODY_YET, voters: foundingVoters(this.founders) };
    this.base = { index: BASE_INDEX, term: 1, config };
  }

  get(id: ReplicaId): SimNode | undefined {
    return this.byId.get(id);
  }

  /** Makes the founders and starts them. */
  found(): void {
    for (const { company } of this.founders) this.make(company, this.base).startIn(0);
    this.known = this.present;
    this.tellEachOther();
  }

  /** One more node, of a new company unless another one is named. It waits to be taken in. */
  newcomer(company = companyOf(this.all.length + 1)): SimNode {
    const node = this.make(company, { index: 0, term: 0, config: NOBODY_YET });
    this.waiting.add(node);
    return node;
  }

  /** The disk of `node` is no more, and so is this replica. */
  lose(node: SimNode): void {
    this.present = this.present.filter((each) => each !== node);
    node.lose();
  }

  /** Somebody tells that these are members, as of `index`: who was waiting for that may begin. */
  told(members: readonly Member[], index: number): void {
    if (index > this.knownIndex) {
      this.knownIndex = index;
      this.known = members.flatMap(({ id }) => this.byId.get(id) ?? []);
    }
    if (this.waiting.size === 0) return;
    for (const { id } of members) {
      const node = this.byId.get(id);
      if (node !== undefined && this.waiting.delete(node)) node.startIn(0);
    }
  }

  /** Those who were members when somebody told last, as far as they are there. */
  get members(): readonly SimNode[] {
    return this.known;
  }

  /** Rows of ledgers that processes have read at their starts: the dearest thing that happens here. */
  get rowsRead(): number {
    return this.all.reduce((sum, { state }) => sum + state.rowsRead, 0);
  }

  /** Whether nobody has told yet that `node` is a member: it does not run before. */
  isWaiting(node: SimNode): boolean {
    return this.waiting.has(node);
  }

  /** Now and then one node hears from another who is a member. Whoever was taken out unheard learns it this way. */
  private tellEachOther(): void {
    const { timeline, chance, network, profile } = this.options;
    timeline.after(chance.below(2 * TELL_ELECTIONS * profile.timing.electionMs * 1_000), () => {
      const [from, to] = chance.some(this.present, 2);
      if (from !== undefined && to !== undefined && network.joins(from, to)) to.hears(from.introduction());
      this.tellEachOther();
    });
  }

  private make(company: string, base: SnapshotMeta): SimNode {
    const { profile, timeline, trace, coverage, network, snapshots, trails, sabotage, watch } = this.options;
    const { onDisk = (save: LogSave) => save, codecOf = () => ledgerCodec } = sabotage;
    const number = this.all.length + 1;
    const chance = this.options.chance.fork();
    const disk = new Disk(timeline, chance, drawDisk(profile, chance));
    const node = new SimNode({
      number,
      identity: {
        replica: idOf(number),
        cluster: 'c'.repeat(16),
        company,
        peerCompanies: [...new Set([...this.founders.map((member) => member.company), company])].sort(),
        founders: this.founders,
      },
      timing: profile.timing,
      bounds: profile.bounds,
      compactEntries: profile.compactEntries,
      turnDelayUs: profile.turnDelayUs,
      timeline,
      chance,
      trace,
      coverage,
      clock: new NodeClock(
        () => timeline.nowUs,
        () => this.epochMs,
        this.drawDrift(chance),
      ),
      disk,
      log: new LogDisk(base, chance, coverage),
      state: new StateDisk(chance, coverage),
      trail: new TrailDisk(chance, coverage),
      // Whoever comes later installs what there is then.
      understands: base.index > 0 && chance.hits(profile.oldPerMillion) ? FIRST_VERSION : LEDGER_VERSION,
      codec: codecOf(number),
      onDisk,
      send: (from, batch) => network.send(from, batch),
      snapshotsOf: (of, process) => snapshots.transportOf(of, process),
      trailsOf: (of, process) => trails.transportOf(of, process),
      watch,
    });
    this.all.push(node);
    this.present = [...this.present, node];
    this.byId.set(node.id, node);
    network.join(node);
    return node;
  }

  private drawDrift(chance: Chance): number {
    const { profile, coverage } = this.options;
    if (!profile.faults.has('clock drifts')) return 0;
    coverage.count('clock drifts');
    return chance.between(-DRIFT_PPM_MAX, DRIFT_PPM_MAX);
  }
}

/** The id of the node with this number, from 1. */
function idOf(number: number): ReplicaId {
  return replicaId(number.toString(16).padStart(2, '0').repeat(8));
}

function companyOf(number: number): string {
  return `company-${number}`;
}

/** Some disks are slower than others: a follower's may be quicker than its leader's. */
function drawDisk({ diskUs: [least, most] }: Profile, chance: Chance): readonly [number, number] {
  const factor = chance.pick([1, 1, 5]);
  return [least * factor, most * factor];
}
