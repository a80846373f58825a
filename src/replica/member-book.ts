/**
 * Who runs the replicas of the configuration: the notes that changes of members carry, taken as they are applied.
 *
 * 1. It begins with what the state knew at its applied index. Entries up to there are walked again after a start, and
 *    say nothing that is not in it already.
 * 2. It names exactly those who are in a half of the configuration; of whom no note tells, only the id.
 * 3. The last ones to go are remembered beside it: a request whose answer was lost is told the same again.
 */
import { membersOf } from '../raft/config-changer.js';
import type { ConfigState, ReplicaId } from '../raft/entry.js';
import type { Member } from './frame.js';

/** So many that went are remembered. */
const DEPARTED_MAX = 64;

export class MemberBook {
  private byId = new Map<ReplicaId, Member>();
  private asOf = 0;
  private readonly departed = new Map<string, Member>();

  /** As of `index`; see `restart`. */
  constructor(index: number, config: ConfigState, members: readonly Member[]) {
    this.restart(index, config, members);
  }

  /** Sorted by id. */
  get members(): readonly Member[] {
    return [...this.byId.values()];
  }

  get isEmpty(): boolean {
    return this.byId.size === 0;
  }

  /** Of the newest entry that told something of members, or of the state that did. */
  get index(): number {
    return this.asOf;
  }

  get(id: ReplicaId): Member | undefined {
    return this.byId.get(id);
  }

  /** The last replica of `company` that went, while this process ran; undefined where none is remembered. */
  lastOf(company: string): Member | undefined {
    return this.departed.get(company);
  }

  /** The entry at `index` is applied: `note` tells of members, and from here on `config` is in force. */
  changed(index: number, config: ConfigState, note: readonly Member[]): void {
    if (index <= this.asOf) return;
    this.asOf = index;
    this.note(config, note);
  }

  /** A state as of `index`, under `config`, knew these members; whoever else `members` names is passed over. */
  restart(index: number, config: ConfigState, members: readonly Member[]): void {
    this.asOf = index;
    this.note(config, members);
  }

  private note(config: ConfigState, members: readonly Member[]): void {
    const known = this.byId;
    this.byId = new Map(membersOf(config).map(({ id }) => [id, known.get(id) ?? unnamed(id)]));
    for (const member of members) if (this.byId.has(member.id)) this.byId.set(member.id, member);
    for (const [id, member] of known) {
      if (this.byId.has(id)) continue;
      this.departed.delete(member.company);
      this.departed.set(member.company, member);
      if (this.departed.size > DEPARTED_MAX) this.departed.delete(this.departed.keys().next().value!);
    }
  }
}

function unnamed(id: ReplicaId): Member {
  return { id, company: '', address: '' };
}
