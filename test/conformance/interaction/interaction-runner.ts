/**
 * Plays an interaction file: whole meshes, stepped by hand. A directive's output is what the replicas put out, in the
 * files' words; `deviations.ts` says what is not compared.
 */

import { isVoter } from '../../../src/raft/config-changer.js';
import type { ConfigChange, ReplicaId } from '../../../src/raft/entry.js';
import { type Argument, bareNumbers, type Directive, parseCommand, valuesOf } from '../data-file.js';
import { idOf, numberOf, parseChanges } from '../ids.js';
import { formatProgress } from '../progress-text.js';
import { MISSING_OPTIONS, type NotCompared } from './deviations.js';
import {
  DEFAULT_OPTIONS,
  ELECTION_TICKS,
  HEARTBEAT_TICKS,
  InteractionNode,
  NO_SNAPSHOT,
  type Parcel,
} from './interaction-node.js';
import { formatEntry, formatMessage, kindOf, ROLES, shown, VERSION_ONE } from './message-text.js';

const TRANSITIONS: Readonly<Record<string, ConfigChange['transition']>> = {
  auto: 'auto',
  implicit: 'joint-implicit',
  explicit: 'joint-explicit',
};

const REPLIES = ['append-reply', 'heartbeat-reply', 'vote-reply', 'pre-vote-reply', 'read-index-reply'];

export class InteractionRunner {
  /** Set once a directive asks for something that this project does not have: nothing later is comparable. */
  stopped: NotCompared | null = null;
  private readonly nodes: InteractionNode[] = [];
  private inTransit: Parcel[] = [];
  private quiet = false;
  private lines: string[] = [];

  /** The output of one directive; `ok` when there is none. */
  run({ command, args, input }: Directive): string {
    this.lines = [];
    if (command === 'propose-conf-change') {
      this.proposeConfigChange(args, input);
    } else {
      this.perform(command, args);
      for (const line of input.split('\n').filter((text) => text.trim() !== '')) {
        const next = parseCommand(line);
        this.perform(next.command, next.args);
      }
    }
    return this.lines.length === 0 ? 'ok' : this.lines.join('\n');
  }

  private perform(command: string, args: readonly Argument[]): void {
    const [first = 0, second = 0] = bareNumbers(args);
    switch (command) {
      case 'add-nodes':
        this.addNodes(first, args);
        break;
      case 'campaign':
        this.node(first).core.campaign();
        break;
      case 'compact':
        this.node(first).log.compact(second);
        this.raftLog(first);
        break;
      case 'deliver-msgs':
        this.deliverMessages(args);
        break;
      case 'process-ready':
        this.onEach(args, 'handling Ready', (node) => node.processReady(this.send));
        break;
      case 'process-append-thread':
        this.onEach(args, 'processing append thread', (node) => node.processAppendThread(this.send));
        break;
      case 'process-apply-thread':
        this.onEach(args, 'processing apply thread', (node) => node.processApplyThread(this.send));
        break;
      case 'log-level':
        this.quiet = args[0]!.key.toLowerCase() === 'none';
        break;
      case 'raft-log':
        this.raftLog(first);
        break;
      case 'raft-state':
        this.raftState();
        break;
      case 'set-randomized-election-timeout':
        // biome-ignore lint/complexity/useLiteralKeys: the only way to a private field that the compiler still checks
        this.node(first).core['state'].electionTimeoutTicks = Number(valuesOf(args, 'timeout')[0]);
        break;
      case 'stabilize':
        this.stabilize(args);
        break;
      case 'status':
        this.status(first);
        break;
      case 'tick-election':
        this.tick(first, ELECTION_TICKS);
        break;
      case 'tick-heartbeat':
        this.tick(first, HEARTBEAT_TICKS);
        break;
      case 'tick':
        this.tick(first, second);
        break;
      case 'transfer-leadership':
        this.node(Number(valuesOf(args, 'from')[0])).core.transferLeadership(
          idOf(Number(valuesOf(args, 'to')[0])),
        );
        break;
      case 'forget-leader':
        this.node(first).core.forgetLeader();
        break;
      case 'send-snapshot':
        this.sendSnapshot(first, second);
        break;
      case 'propose':
        this.propose(first, args[1]?.key ?? '');
        break;
      case 'report-unreachable':
        this.node(first).core.reportUnreachable(idOf(second));
        break;
      default:
        throw new Error(`unknown directive ${command}`);
    }
  }

  private addNodes(count: number, args: readonly Argument[]): void {
    for (const { key, values } of args) {
      const missing = MISSING_OPTIONS[`${key}=${values[0]}`];
      if (missing !== undefined) this.stopped = missing;
    }
    const value = (key: string) => valuesOf(args, key)[0];
    const ids = (key: string): readonly ReplicaId[] => valuesOf(args, key).map((text) => idOf(Number(text)));
    const index = Number(value('index') ?? 0);
    const config = { ...NO_SNAPSHOT.config, voters: ids('voters'), learners: ids('learners') };
    const snapshot = index === 0 ? NO_SNAPSHOT : { index, term: 1, config };
    for (let added = 0; added < count; added++) {
      this.nodes.push(
        new InteractionNode(this.nodes.length + 1, snapshot, {
          asyncWrites: value('async-storage-writes') === 'true',
          preVote: value('prevote') === 'true',
          checkQuorum: value('checkquorum') === 'true',
          stepDownOnRemoval: value('step-down-on-removal') === 'true',
          inflightMessagesMax: Number(value('inflight') ?? DEFAULT_OPTIONS.inflightMessagesMax),
          committedBytesMax: Number(
            value('max-committed-size-per-ready') ?? DEFAULT_OPTIONS.committedBytesMax,
          ),
        }),
      );
    }
  }

  private propose(number: number, text: string): void {
    const node = this.node(number);
    if (node.core.propose([new TextEncoder().encode(text)]).kind === 'appended') return;
    const { role, leader } = node.core.status();
    if (role === 'follower' && numberOf(leader) > 0) this.stopped = 'forwarded proposals';
    else this.fail('raft proposal dropped');
  }

  private proposeConfigChange(args: readonly Argument[], input: string): void {
    const [number = 0] = bareNumbers(args);
    const { core } = this.node(number);
    const transition = TRANSITIONS[valuesOf(args, 'transition')[0] ?? 'auto']!;
    const context = valuesOf(args, 'v1')[0] === 'true' ? VERSION_ONE : new Uint8Array(0);
    const result = core.proposeConfigChange({ changes: parseChanges(input), transition, context });
    if (result.kind === 'appended') return;
    // Where this core refuses, the files append an empty entry in place of the change.
    if (result.reason === 'pending-change' || result.reason === 'invalid') core.propose([new Uint8Array(0)]);
    else this.fail('raft proposal dropped');
  }

  private deliverMessages(args: readonly Argument[]): void {
    const kind = valuesOf(args, 'type')[0];
    let handled = 0;
    for (const { key, values } of args) {
      if (key === 'type') continue;
      const drop = key === 'drop';
      for (const number of drop ? values : [key]) {
        handled += this.deliverTo(Number(number), drop, kind, (line) => this.print(line));
      }
    }
    if (handled === 0) this.print('no messages');
  }

  /** Delivers or drops what is on its way to one replica. Reports of its own work are never dropped. */
  private deliverTo(
    number: number,
    drop: boolean,
    kind: string | undefined,
    print: (line: string) => void,
  ): number {
    const selected = this.inTransit.filter(
      (parcel) =>
        parcel.to === number &&
        !(drop && parcel.kind === 'report') &&
        (kind === undefined ||
          kind === (parcel.kind === 'report' ? parcel.text.kind : kindOf(parcel.message))),
    );
    this.inTransit = this.inTransit.filter((parcel) => !selected.includes(parcel));
    for (const parcel of selected) {
      const text = formatMessage(parcel.kind === 'report' ? parcel.text : shown(parcel.message));
      print(drop ? `dropped: ${text}` : text);
      if (drop) continue;
      if (parcel.kind === 'report') {
        parcel.deliver();
      } else {
        const node = this.node(number);
        const stranger = REPLIES.includes(parcel.message.kind) && !isMember(node, parcel.message.from);
        node.core.step(parcel.message);
        if (stranger) print('raft: cannot step as peer not found');
      }
    }
    return selected.length;
  }

  private stabilize(args: readonly Argument[]): void {
    const wasQuiet = this.quiet;
    const level = valuesOf(args, 'log-level')[0];
    if (level !== undefined) this.quiet = level.toLowerCase() === 'none';
    const numbers = bareNumbers(args);
    const nodes = numbers.length > 0 ? numbers.map((number) => this.node(number)) : this.nodes;
    let progressed = true;
    while (progressed) {
      progressed = false;
      for (const node of nodes) {
        if (!node.hasReady()) continue;
        this.printSection(node, 'handling Ready', node.processReady(this.send));
        progressed = true;
      }
      for (const node of nodes) {
        if (!this.inTransit.some((parcel) => parcel.to === node.number)) continue;
        const lines: string[] = [];
        this.deliverTo(node.number, false, undefined, (line) => lines.push(line));
        this.printSection(node, 'receiving messages', lines.join('\n'));
        progressed = true;
      }
      for (const node of nodes) {
        if (!node.hasAppendWork()) continue;
        const texts: string[] = [];
        while (node.hasAppendWork()) texts.push(node.processAppendThread(this.send));
        this.printSection(node, 'processing append thread', texts.join('\n'));
        progressed = true;
      }
      for (const node of nodes) {
        if (!node.hasApplyWork()) continue;
        const texts: string[] = [];
        while (node.hasApplyWork()) texts.push(node.processApplyThread(this.send));
        this.printSection(node, 'processing apply thread', texts.join('\n'));
        progressed = true;
      }
    }
    this.quiet = wasQuiet;
  }

  private onEach(args: readonly Argument[], heading: string, work: (node: InteractionNode) => string): void {
    const numbers = bareNumbers(args);
    for (const number of numbers) {
      const node = this.node(number);
      const text = work(node);
      if (numbers.length > 1) this.printSection(node, heading, text);
      else this.print(text);
    }
  }

  private sendSnapshot(from: number, to: number): void {
    const { core, newestSnapshot } = this.node(from);
    const message = {
      kind: 'snapshot',
      from: idOf(from),
      to: idOf(to),
      term: core.status().term,
      snapshot: newestSnapshot,
    } as const;
    this.send({ kind: 'message', to, message });
    this.print(formatMessage(shown(message)));
  }

  private raftLog(number: number): void {
    const { log } = this.node(number);
    if (log.all().length > 0) this.print(log.all().map(formatEntry).join('\n'));
    else this.print(`log is empty: first index=${log.firstIndex()}, last index=${log.lastIndex()}`);
  }

  private raftState(): void {
    for (const { core, number } of this.nodes) {
      const { id, role, config, term, leader } = core.status();
      const voter = isVoter(config, id) ? '(Voter)' : '(Non-Voter)';
      this.print(`${number}: ${ROLES[role]} ${voter} Term:${term} Lead:${numberOf(leader)}`);
    }
  }

  private status(number: number): void {
    for (const peer of this.node(number).core.status().peers) {
      this.print(`${numberOf(peer.id)}: ${formatProgress(peer)}`);
    }
  }

  private tick(number: number, count: number): void {
    for (let ticked = 0; ticked < count; ticked++) this.node(number).core.tick();
  }

  private node(number: number): InteractionNode {
    const node = this.nodes[number - 1];
    if (node === undefined) throw new Error(`there is no replica ${number}`);
    return node;
  }

  private readonly send = (parcel: Parcel): void => {
    this.inTransit.push(parcel);
  };

  private print(text: string): void {
    if (!this.quiet) this.lines.push(...text.split('\n'));
  }

  private printSection(node: InteractionNode, heading: string, text: string): void {
    this.print(`> ${node.number} ${heading}`);
    this.print(
      text
        .split('\n')
        .map((line) => `  ${line}`)
        .join('\n'),
    );
  }

  /** An error shows at every log level. */
  private fail(text: string): void {
    this.lines.push(text);
  }
}

function isMember({ config }: InteractionNode, id: ReplicaId): boolean {
  return isVoter(config, id) || config.learners.includes(id);
}
