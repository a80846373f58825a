/**
 * One replica of an interaction file: the real core, a log in memory, and the output in the files' words.
 *
 * The files know two ways to drive a replica. With asynchronous writes a save and an apply are local messages whose
 * answers are delivered like any other; that is this core's own contract. Without, one `process-ready` saves, applies and
 * reports all at once, and may apply what it saves in the same step: this core hands such entries out only after the save,
 * so the node asks again at once, shows them where the files do, and keeps the rest of that output for the next step.
 */
import type { ConfigState, Entry, SnapshotMeta } from '../../../src/raft/entry.js';
import type { Message } from '../../../src/raft/message.js';
import { RaftCore } from '../../../src/raft/raft-core.js';
import type { Ready, Save, SoftState } from '../../../src/raft/ready.js';
import { MemoryLog, NO_SNAPSHOT } from '../../raft/support/memory-log.js';
import { idOf, numberOf } from '../ids.js';
import {
  formatEntry,
  formatHardState,
  formatMessage,
  formatSnapshot,
  ROLES,
  type Shown,
  shown,
} from './message-text.js';

export interface NodeOptions {
  readonly asyncWrites: boolean;
  readonly preVote: boolean;
  readonly checkQuorum: boolean;
  readonly stepDownOnRemoval: boolean;
  readonly inflightMessagesMax: number;
  readonly committedBytesMax: number;
}

/** What is on its way: a message, or the report of a save or an apply to the replica that issued it. */
export type Parcel =
  | { readonly kind: 'message'; readonly to: number; readonly message: Message }
  | {
      readonly kind: 'report';
      readonly to: number;
      readonly text: Shown;
      /** Tells the core, once the last report of the same work is delivered. */
      readonly deliver: () => void;
    };

const UNBOUNDED = Number.POSITIVE_INFINITY;
const INFLIGHT_UNBOUNDED = 2 ** 31 - 1;
export const ELECTION_TICKS = 3;
export const HEARTBEAT_TICKS = 1;

interface AppendWork {
  readonly save: Save;
  readonly own: readonly Message[];
  readonly done: { reportsLeft: number };
}

export class InteractionNode {
  readonly core: RaftCore;
  readonly log: MemoryLog;
  private readonly applied: SnapshotMeta[];
  private appendWork: AppendWork[] = [];
  private applyWork: (readonly Entry[])[] = [];
  /** Saves handed out and not yet reported to the core, in order. */
  private unreported: AppendWork[] = [];
  /** Output that came before the files would show it. */
  private carried: { messages: Message[]; committed: Entry[] } = { messages: [], committed: [] };
  private shownState: { role: SoftState['role']; leader: number };

  constructor(
    readonly number: number,
    snapshot: SnapshotMeta,
    private readonly options: NodeOptions,
  ) {
    this.log = new MemoryLog(snapshot);
    this.applied = [snapshot];
    this.core = new RaftCore(
      {
        id: idOf(number),
        electionTicks: ELECTION_TICKS,
        heartbeatTicks: HEARTBEAT_TICKS,
        preVote: options.preVote,
        checkQuorum: options.checkQuorum,
        stepDownOnRemoval: options.stepDownOnRemoval,
        messageBytesMax: UNBOUNDED,
        inflightMessagesMax: options.inflightMessagesMax,
        inflightBytesMax: UNBOUNDED,
        uncommittedBytesMax: UNBOUNDED,
        committedBytesMax: options.committedBytesMax,
        appliedIndex: snapshot.index,
        random: () => 0,
      },
      this.log,
      snapshot.config,
    );
    this.shownState = { role: 'follower', leader: 0 };
  }

  get config(): ConfigState {
    return this.core.status().config;
  }

  /** The state machine as of now. */
  get newestSnapshot(): SnapshotMeta {
    return this.applied.at(-1)!;
  }

  hasReady(): boolean {
    const { messages, committed } = this.carried;
    return messages.length > 0 || committed.length > 0 || this.core.hasReady({ maySave: true });
  }

  hasAppendWork(): boolean {
    return this.appendWork.length > 0;
  }

  hasApplyWork(): boolean {
    return this.applyWork.length > 0;
  }

  /** Takes the output and, without asynchronous writes, does all that it asks for. */
  processReady(send: (parcel: Parcel) => void): string {
    return this.options.asyncWrites ? this.processAsync(send) : this.processSync(send);
  }

  /** Carries out one save. */
  processAppendThread(send: (parcel: Parcel) => void): string {
    const work = this.appendWork.shift();
    if (work === undefined) return 'no append work to perform';
    this.log.save(work.save);
    const responses = this.responsesOf(work);
    for (const message of work.save.messagesAfter)
      send({ kind: 'message', to: numberOf(message.to), message });
    const reports = responses.slice(work.save.messagesAfter.length);
    work.done.reportsLeft = reports.length;
    const deliver = () => {
      work.done.reportsLeft--;
      this.reportSaves();
    };
    for (const text of reports) send({ kind: 'report', to: this.number, text, deliver });
    this.reportSaves();
    return workText(this.appendMessage(work.save), responses);
  }

  /** Applies one batch of committed entries. */
  processApplyThread(send: (parcel: Parcel) => void): string {
    const entries = this.applyWork.shift();
    if (entries === undefined) return 'no apply work to perform';
    this.apply(entries);
    const text = this.applyResponse(entries);
    const deliver = () => this.core.applied(entries.at(-1)!.index);
    send({ kind: 'report', to: this.number, text, deliver });
    return workText(this.applyMessage(entries), [text]);
  }

  private processSync(send: (parcel: Parcel) => void): string {
    const commitBefore = this.core.status().commitIndex;
    const ready = this.core.ready({ maySave: true });
    const messages = [...this.carried.messages, ...ready.messages];
    const committed = [...this.carried.committed, ...ready.committed];
    this.carried = { messages: [], committed: [] };
    if (ready.save !== null) this.log.save(ready.save);
    this.apply(committed);
    if (ready.save !== null) {
      this.core.saved(ready.save.token);
      if (ready.save.snapshot !== null) this.install(ready.save.snapshot);
      const handedOut = committed.at(-1)?.index ?? this.newestSnapshot.index;
      if (handedOut < commitBefore) committed.push(...this.takeNowSaved(commitBefore));
    }
    const all = [...messages, ...(ready.save?.messagesAfter ?? [])];
    for (const message of all) send({ kind: 'message', to: numberOf(message.to), message });
    const last = committed.at(-1);
    if (last !== undefined) this.core.applied(last.index);
    return this.describe({ ...ready, committed }, all.map(shown));
  }

  /** Entries that the save just done made available, up to what was committed before it. */
  private takeNowSaved(commitIndex: number): readonly Entry[] {
    const next = this.core.ready({ maySave: false });
    const now = next.committed.filter(({ index }) => index <= commitIndex);
    this.carried = {
      messages: [...next.messages],
      committed: next.committed.filter(({ index }) => index > commitIndex),
    };
    this.apply(now);
    return now;
  }

  private processAsync(send: (parcel: Parcel) => void): string {
    const ready = this.core.ready({ maySave: true });
    for (const message of ready.messages) send({ kind: 'message', to: numberOf(message.to), message });
    const texts = ready.messages.map(shown);
    if (ready.save !== null) {
      const work = { save: ready.save, own: this.ownPromises(), done: { reportsLeft: -1 } };
      this.appendWork.push(work);
      this.unreported.push(work);
      texts.push({ ...this.appendMessage(ready.save), responses: this.responsesOf(work) });
    }
    if (ready.committed.length > 0) {
      this.applyWork.push(ready.committed);
      texts.push({
        ...this.applyMessage(ready.committed),
        responses: [this.applyResponse(ready.committed)],
      });
    }
    return this.describe(ready, texts);
  }

  /** Reports saves whose answers were all delivered, oldest first. */
  private reportSaves(): void {
    while (this.unreported[0]?.done.reportsLeft === 0) {
      const { save } = this.unreported.shift()!;
      this.core.saved(save.token);
      if (save.snapshot !== null) this.install(save.snapshot);
    }
  }

  private apply(entries: readonly Entry[]): void {
    for (const { index, term, payload } of entries) {
      const config =
        payload.kind === 'config' ? this.core.applyConfigChange(payload.change) : this.newestSnapshot.config;
      this.install({ index, term, config });
    }
  }

  private install(snapshot: SnapshotMeta): void {
    this.applied.push(snapshot);
    this.log.offer(snapshot);
  }

  /** What the save just taken promises to this replica itself; the files show it, the contract does not. */
  private ownPromises(): readonly Message[] {
    // biome-ignore lint/complexity/useLiteralKeys: the only way to a private field that the compiler still checks
    return this.core['state'].outbox['saves'].at(-1)!.own;
  }

  private responsesOf({ save, own }: AppendWork): readonly Shown[] {
    const { token, snapshot, messagesAfter } = save;
    const responses = [...messagesAfter, ...own].map(shown);
    if (token.lastIndex === 0 && token.snapshotIndex === 0) return responses;
    const stored: Shown = {
      from: 'AppendThread',
      to: String(this.number),
      kind: 'MsgStorageAppendResp',
      term: token.term,
      logTerm: token.lastTerm,
      index: token.lastIndex,
      snapshot,
    };
    return [...responses, stored];
  }

  private appendMessage({ hardState, entries, snapshot }: Save): Shown {
    return {
      from: String(this.number),
      to: 'AppendThread',
      kind: 'MsgStorageAppend',
      term: hardState?.term ?? 0,
      commit: hardState?.commit ?? 0,
      vote: hardState === null ? 0 : numberOf(hardState.vote),
      entries,
      snapshot,
    };
  }

  private applyMessage(entries: readonly Entry[]): Shown {
    return { from: String(this.number), to: 'ApplyThread', kind: 'MsgStorageApply', term: 0, entries };
  }

  private applyResponse(entries: readonly Entry[]): Shown {
    return { from: 'ApplyThread', to: String(this.number), kind: 'MsgStorageApplyResp', term: 0, entries };
  }

  private describe({ save, committed, softState }: Ready, messages: readonly Shown[]): string {
    const lines: string[] = [];
    const leader = softState === null ? 0 : numberOf(softState.leader);
    if (
      softState !== null &&
      (softState.role !== this.shownState.role || leader !== this.shownState.leader)
    ) {
      this.shownState = { role: softState.role, leader };
      lines.push(`Lead:${leader} State:${ROLES[softState.role]}`);
    }
    if (save?.hardState) lines.push(`HardState ${formatHardState(save.hardState)}`);
    if (save !== null && save.entries.length > 0) lines.push('Entries:', ...save.entries.map(formatEntry));
    if (save?.snapshot) lines.push(`Snapshot ${formatSnapshot(save.snapshot)}`);
    if (committed.length > 0) lines.push('CommittedEntries:', ...committed.map(formatEntry));
    if (messages.length > 0) lines.push('Messages:', ...messages.map((message) => formatMessage(message)));
    if (lines.length === 0) return '<empty Ready>';
    // The files do not count a snapshot as something to sync; this core does.
    const mustSync = save?.mustSync === true && (save.snapshot === null || save.entries.length > 0);
    return [`Ready MustSync=${mustSync}:`, ...lines].join('\n');
  }
}

/** Defaults of `add-nodes`, without any bound. */
export const DEFAULT_OPTIONS: NodeOptions = {
  asyncWrites: false,
  preVote: false,
  checkQuorum: false,
  stepDownOnRemoval: false,
  inflightMessagesMax: INFLIGHT_UNBOUNDED,
  committedBytesMax: UNBOUNDED,
};

export { NO_SNAPSHOT };

function workText(message: Shown, responses: readonly Shown[]): string {
  return [
    'Processing:',
    formatMessage(message),
    'Responses:',
    ...responses.map((each) => formatMessage(each)),
  ].join('\n');
}
