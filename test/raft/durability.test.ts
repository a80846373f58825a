/** Nothing is promised, counted or applied before it is on disk (R2). */
import { expect, test } from 'vitest';
import type { Message } from '../../src/raft/message.js';
import { Cluster, command, configOf, entriesOf, logOf, rid } from './support/cluster.js';

function voteRequest(from: number, to: number, term: number): Message {
  return { kind: 'vote', from: rid(from), to: rid(to), term, lastIndex: 9, lastTerm: 9, transfer: true };
}

test('C3: a vote leaves only after it is saved; a crash before that lets the voter choose again', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.core(3).step(voteRequest(1, 3, 5));
  cluster.turn(3);
  expect(cluster.wire.filter(({ kind }) => kind === 'vote-reply')).toEqual([]);
  expect(cluster.replica(3).saving).toMatchObject({ hardState: { term: 5, vote: rid(1) }, mustSync: true });
  cluster.crash(3);
  cluster.restart(3);
  cluster.core(3).step(voteRequest(2, 3, 5));
  cluster.turn(3);
  cluster.finishSave(3);
  const replies = cluster.sent.filter(({ kind }) => kind === 'vote-reply');
  expect(replies).toMatchObject([{ to: rid(2), term: 5, granted: true }]);
});

test('C3: a saved vote survives a crash; a second candidate of the same term does not get it', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.core(3).step(voteRequest(1, 3, 5));
  cluster.turn(3);
  cluster.finishSave(3);
  cluster.crash(3);
  cluster.restart(3);
  cluster.core(3).step(voteRequest(2, 3, 5));
  cluster.turn(3);
  cluster.finishSave(3);
  const replies = cluster.sent.filter(({ kind }) => kind === 'vote-reply');
  expect(replies).toMatchObject([
    { to: rid(1), granted: true },
    { to: rid(2), granted: false },
  ]);
});

test('C3: two vote requests of one term in one turn get one vote between them', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.core(3).step(voteRequest(1, 3, 5));
  cluster.core(3).step(voteRequest(2, 3, 5));
  cluster.turn(3);
  cluster.finishSave(3);
  const granted = cluster.sent.filter((message) => message.kind === 'vote-reply' && message.granted);
  expect(granted).toMatchObject([{ to: rid(1) }]);
});

test('C3: a candidate counts its own vote only once it is saved', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]), core: { preVote: false } });
  cluster.crash(3);
  cluster.replica(1).diskStalled = true;
  cluster.core(1).campaign();
  cluster.settle();
  expect(cluster.sent.filter(({ kind }) => kind === 'vote-reply')).toMatchObject([
    { from: rid(2), granted: true },
  ]);
  expect(cluster.core(1).status().role).toBe('candidate');
  cluster.replica(1).diskStalled = false;
  cluster.settle();
  expect(cluster.core(1).status().role).toBe('leader');
});

test('C4: all restart with the terms they had, and a long log of an old term beats no commit', () => {
  const cluster = new Cluster({
    config: configOf([1, 2, 3]),
    logs: {
      1: logOf([1, 3], { term: 3 }),
      2: logOf([1, 3], { term: 3 }),
      3: logOf([1, 2, 2, 2, 2], { term: 2 }),
    },
  });
  cluster.elect(1);
  const term = cluster.core(1).status().term;
  for (const { number } of cluster.all()) {
    cluster.crash(number);
    cluster.restart(number);
  }
  for (const { core } of cluster.all()) expect(core.status().term).toBe(term);

  const old = new Cluster({
    config: configOf([1, 2, 3]),
    logs: {
      1: logOf([1, 3], { term: 3 }),
      2: logOf([1, 3], { term: 3 }),
      3: logOf([1, 2, 2, 2, 2], { term: 2 }),
    },
  });
  old.core(3).campaign();
  old.settle();
  expect(old.leaders()).toEqual([]);
  old.elect(2);
  expect(
    old
      .replica(3)
      .log.all()
      .map(({ term: each }) => each)
      .slice(0, 2),
  ).toEqual([1, 3]);
});

test('C5: an entry and the term that brought it are in one save', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.core(2).step({
    kind: 'append',
    from: rid(1),
    to: rid(2),
    term: 5,
    prevIndex: 0,
    prevTerm: 0,
    entries: entriesOf([5]),
    commit: 0,
  });
  cluster.turn(2);
  expect(cluster.replica(2).saving).toMatchObject({
    hardState: { term: 5 },
    entries: [{ index: 1, term: 5 }],
  });
});

test('C5: saves reported out of order are a bug that ends the process', () => {
  const { core } = new Cluster({ config: configOf([1, 2, 3]) }).replica(3);
  core.step(voteRequest(1, 3, 5));
  const first = core.ready({ maySave: true }).save!;
  core.step(voteRequest(1, 3, 6));
  const second = core.ready({ maySave: true }).save!;
  expect(() => core.saved(second.token)).toThrow('assertion: saves were reported out of order');
  expect(first.token).not.toEqual(second.token);
});

test('C6: the report of a save of an earlier term proves nothing about entries that were replaced and came back', () => {
  const { core, log } = new Cluster({ config: configOf([1, 2, 3, 4, 5]) }).replica(2);
  const append = (from: number, term: number, entryTerm: number, commit: number) =>
    core.step({
      kind: 'append',
      from: rid(from),
      to: rid(2),
      term,
      prevIndex: 0,
      prevTerm: 0,
      entries: entriesOf([entryTerm]),
      commit,
    });
  // The store is given three saves before the first is done: A of leader 1, B of leader 3, A again of leader 1.
  append(1, 1, 1, 0);
  const first = core.ready({ maySave: true }).save!;
  append(3, 2, 2, 0);
  const second = core.ready({ maySave: true }).save!;
  append(1, 3, 1, 1);
  const third = core.ready({ maySave: true }).save!;

  log.save(first);
  core.saved(first.token);
  // On disk stands A for now, and the second save will put B in its place: it must not be taken for stable.
  expect(core.hasReady({ maySave: false })).toBe(false);
  log.save(second);
  core.saved(second.token);
  expect(core.hasReady({ maySave: false })).toBe(false);
  log.save(third);
  core.saved(third.token);
  expect(core.ready({ maySave: false }).committed).toMatchObject([{ index: 1, term: 1 }]);
});

test('C6: a save without entries in the new term still reports those whose own report was void', () => {
  const { core, log } = new Cluster({ config: configOf([1, 2, 3]) }).replica(2);
  core.step({
    kind: 'append',
    from: rid(1),
    to: rid(2),
    term: 1,
    prevIndex: 0,
    prevTerm: 0,
    entries: entriesOf([1]),
    commit: 1,
  });
  const first = core.ready({ maySave: true }).save!;
  core.step({ kind: 'heartbeat', from: rid(3), to: rid(2), term: 2, commit: 0, readSequence: 0 });
  log.save(first);
  core.saved(first.token);
  expect(core.hasReady({ maySave: false })).toBe(true);
  expect(core.ready({ maySave: false }).committed).toEqual([]);
  const second = core.ready({ maySave: true }).save!;
  expect(second).toMatchObject({ entries: [], token: { term: 2, lastIndex: 1, lastTerm: 1 } });
  log.save(second);
  core.saved(second.token);
  expect(core.ready({ maySave: false }).committed).toMatchObject([{ index: 1 }]);
});

test('C7: a replica alone commits only after its own save', () => {
  const cluster = new Cluster({ config: configOf([1]) });
  cluster.elect(1);
  cluster.core(1).propose([command('x')]);
  cluster.turn(1);
  expect(cluster.core(1).status().commitIndex).toBe(1);
  cluster.crash(1);
  cluster.restart(1);
  cluster.elect(1);
  expect(cluster.replica(1).commands()).toEqual([]);
  cluster.propose(1, 'y');
  expect(cluster.replica(1).commands()).toEqual(['y']);
});

test("C7: a leader with a stalled disk does not count itself, and commits with the others' saves", () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(1);
  cluster.replica(1).diskStalled = true;
  cluster.isolate(3);
  cluster.core(1).propose([command('x')]);
  cluster.settle();
  expect(cluster.replica(2).log.lastIndex()).toBe(2);
  expect(cluster.core(1).status().commitIndex).toBe(1);
  cluster.heal();
  cluster.core(1).tick();
  cluster.settle();
  // Now two disks have it. The leader itself applies it only once its own disk has it, too.
  expect(cluster.core(1).status().commitIndex).toBe(2);
  expect(cluster.replica(1).commands()).toEqual([]);
  expect(cluster.replica(2).commands()).toEqual(['x']);
  cluster.replica(1).diskStalled = false;
  cluster.settle();
  expect(cluster.replica(1).commands()).toEqual(['x']);
});

test('the leader sends entries beside its own save, and an acknowledgement waits for the save that carries it', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(1);
  cluster.core(1).propose([command('x')]);
  cluster.turn(1);
  expect(cluster.replica(1).saving?.entries).toHaveLength(1);
  for (const message of cluster.take(({ to }) => to === rid(2))) cluster.deliver(message);
  cluster.turn(2);
  expect(cluster.wire.filter(({ from }) => from === rid(2))).toEqual([]);
  cluster.finishSave(2);
  expect(cluster.wire.filter(({ from }) => from === rid(2))).toMatchObject([
    { kind: 'append-reply', index: 2 },
  ]);
});

test('while a save is under way, messages and committed entries are handed out and the next save gathers', () => {
  const cluster = new Cluster({ config: configOf([1]) });
  cluster.elect(1);
  cluster.core(1).propose([command('a')]);
  cluster.turn(1);
  cluster.core(1).propose([command('b')]);
  cluster.core(1).propose([command('c')]);
  expect(cluster.core(1).hasReady({ maySave: false })).toBe(false);
  cluster.finishSave(1);
  cluster.turn(1);
  expect(cluster.replica(1).commands()).toEqual(['a']);
  expect(cluster.replica(1).saving?.entries.map(({ index }) => index)).toEqual([3, 4]);
});

test('a start with a log that ends before what was committed is a bug that ends the process', () => {
  expect(() => new Cluster({ config: configOf([1]), logs: { 1: logOf([1, 1], { commit: 3 }) } })).toThrow(
    'assertion: the log ends at 2',
  );
});
