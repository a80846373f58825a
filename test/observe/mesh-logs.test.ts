import { afterEach, describe, expect, it } from 'vitest';
import { followRing, type LogPosition } from '../../src/observe/log-follower.js';
import { LogRing } from '../../src/observe/log-ring.js';
import {
  type LogSource,
  type MeshFollowing,
  type MeshLogFollower,
  MeshLogs,
} from '../../src/observe/mesh-logs.js';
import { eventually } from '../support/eventually.js';

/** A node that can be killed and started anew. */
class Node implements LogSource {
  ring: LogRing | null = null;
  #starts = 0;
  #over = new AbortController();

  constructor(readonly company: string) {
    this.start();
  }

  start(): void {
    this.#starts += 1;
    this.#over = new AbortController();
    this.ring = new LogRing(`${this.company}${this.#starts}`, {
      ...{ linesMax: 100, bytesMax: 100_000, lineBytesMax: 1_000 },
    });
  }

  kill(): void {
    this.ring = null;
    this.#over.abort();
  }

  say(...texts: string[]): void {
    for (const text of texts) this.ring?.add('info', JSON.stringify({ msg: text }));
  }

  async *follow(...[following, signal]: Parameters<LogSource['follow']>) {
    if (this.ring === null) throw new Error('it is dead');
    yield* followRing(this.ring, following, AbortSignal.any([signal, this.#over.signal]));
  }
}

const ALL: MeshFollowing = {
  ...{ after: new Map<string, LogPosition>(), companies: [], onAndOn: true },
  ...{ least: 'debug', trace: '', tail: 1_000 },
};

class Reader {
  readonly words: string[] = [];
  paused = false;
  readonly follower: MeshLogFollower;
  readonly ended: Promise<void>;
  #rouse = (): void => {};

  constructor(
    readonly logs: MeshLogs,
    following: Partial<MeshFollowing> = {},
  ) {
    this.follower = logs.follow({ ...ALL, ...following })!;
    this.ended = this.#read();
  }

  resume(): void {
    this.paused = false;
    this.#rouse();
  }

  wordsOf(company: string): readonly string[] {
    return this.words.filter((word) => word.startsWith(company)).map((word) => word.slice(2));
  }

  async #read(): Promise<void> {
    for await (const item of this.follower) {
      const { company } = item;
      if (item.kind === 'line')
        this.words.push(`${company} ${(JSON.parse(item.text) as { msg: string }).msg}`);
      else if (item.kind === 'gap') this.words.push(`${company} gap ${item.lines}`);
      else this.words.push(`${company} ${item.problem === '' ? 'is back' : item.problem}`);
      if (this.paused) {
        await new Promise<void>((resolve) => {
          this.#rouse = resolve;
        });
      }
    }
  }
}

describe('the lines of all nodes', () => {
  let nodes: Node[] = [];
  let logs: MeshLogs;
  const open = (...companies: string[]): void => {
    nodes = companies.map((company) => new Node(company));
    logs = new MeshLogs({ sources: () => nodes, followersMax: 3, retryMs: 5 });
  };
  afterEach(() => logs.close());

  it('come in order for each node, those of before and those to come', async () => {
    open('a', 'b');
    nodes[0]!.say('1', '2');
    nodes[1]!.say('1');
    const reader = new Reader(logs);
    await eventually(() => reader.words.length === 3);
    for (let n = 3; n < 50; n += 1) nodes[n % 2]!.say(String(n));
    await eventually(() => reader.words.length === 50);
    for (const [k, company] of ['a', 'b'].entries()) {
      const numbers = reader.wordsOf(company).map(Number);
      expect(numbers).toEqual([...numbers].sort((x, y) => x - y));
      expect(numbers.slice(2).every((n) => n % 2 === k || n < 3)).toBe(true);
    }
  });

  it('end without `onAndOn` when every node has told what it said', async () => {
    open('a', 'b');
    nodes[0]!.say('x');
    nodes[1]!.kill();
    const reader = new Reader(logs, { onAndOn: false });
    await reader.ended;
    expect([...reader.words].sort()).toEqual(['a x', 'b it is dead']);
  });

  it('say that a node cannot be reached, once, that it is back, and that it started anew', async () => {
    open('a', 'b');
    nodes[1]!.say('before');
    const reader = new Reader(logs);
    await eventually(() => reader.words.includes('b before'));
    nodes[1]!.kill();
    await eventually(() => reader.words.includes('b the node ended the stream'));
    // Several tries fail meanwhile.
    for (let n = 0; n < 20; n += 1) {
      nodes[0]!.say(`turn ${n}`);
      await eventually(() => reader.words.includes(`a turn ${n}`));
    }
    nodes[1]!.start();
    nodes[1]!.say('after');
    await eventually(() => reader.words.includes('b after'));
    expect(reader.wordsOf('b')).toEqual([
      ...['before', 'the node ended the stream', 'is back', 'gap null', 'after'],
    ]);
  });

  it('go on where a reader was, also at another node', async () => {
    open('a', 'b');
    nodes[0]!.say('1', '2');
    nodes[1]!.say('1');
    const first = new Reader(logs);
    await eventually(() => first.words.length === 3);
    const after = new Map(first.follower.place);
    logs.leave(first.follower);
    nodes[0]!.say('3');
    nodes[1]!.say('2');
    const second = new Reader(logs, { after });
    await eventually(() => second.words.length === 2);
    expect([...second.words].sort()).toEqual(['a 3', 'b 2']);
  });

  it('cost a reader that stands still a gap, and nobody else anything', async () => {
    open('a', 'b');
    const [slow, quick] = [new Reader(logs), new Reader(logs)];
    slow.paused = true;
    nodes[0]!.say('first');
    await eventually(() => slow.words.length === 1);
    for (let n = 0; n < 1_000; n += 1) {
      nodes[0]!.say(`line ${n}`);
      if (n % 50 === 0) await eventually(() => quick.words.includes(`a line ${n}`));
    }
    await eventually(() => quick.words.includes('a line 999'));
    expect(quick.wordsOf('a')).toHaveLength(1_001);
    expect(slow.words).toHaveLength(1);
    slow.resume();
    await eventually(() => slow.words.includes('a line 999'));
    const gap = slow.words.find((word) => word.includes('gap'))!;
    const missed = Number(gap.split(' ')[2]);
    expect(missed).toBeGreaterThan(800);
    expect(slow.wordsOf('a')).toHaveLength(1_001 - missed + 1);
  });

  it('come from the nodes that are named, and from those that join while a reader follows', async () => {
    open('a', 'b');
    for (const node of nodes) node.say('here');
    const named = new Reader(logs, { companies: ['b', 'c'] });
    await eventually(() => named.words.length === 2);
    expect([...named.words].sort()).toEqual(['b here', 'c no node of this company is known']);
    nodes = [...nodes, new Node('c')];
    nodes[2]!.say('new');
    await eventually(() => named.words.includes('c new'));
    expect(named.wordsOf('a')).toEqual([]);
  });

  it('have a bounded number of readers, which all end when the node does', async () => {
    open('a');
    const readers = [new Reader(logs), new Reader(logs), new Reader(logs)];
    expect([logs.size, logs.follow(ALL)]).toEqual([3, undefined]);
    logs.leave(readers[0]!.follower);
    expect(logs.follow(ALL)).toBeDefined();
    logs.close();
    await Promise.all(readers.map(({ ended }) => ended));
    expect([logs.size, logs.follow(ALL)]).toEqual([0, undefined]);
  });
});
