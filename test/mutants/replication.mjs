/** Mutants of how a log grows, is brought to others, and is committed: C1, C7 to C10, C22 to C24, C27, C28. */

export const replication = [
  {
    scenario: 'C1',
    takesOut: 'an entry of an earlier term is committed by counting',
    edits: [
      {
        file: 'raft/replication.ts',
        search: 'if (index <= core.log.committed || core.log.term(index) !== core.term) return false;',
        replace: 'if (index <= core.log.committed) return false;',
      },
    ],
    tests: ['test/raft/commit.test.ts', 'test/raft/scenarios-commit.test.ts'],
  },
  {
    scenario: 'C7',
    takesOut: 'a leader counts itself before its own save',
    edits: [
      {
        file: 'raft/leader.ts',
        search:
          "core.outbox.promise({ kind: 'append-reply', from: core.id, to: core.id, term, index, rejected: null });",
        replace: 'core.tracker.get(core.id)?.acknowledged(index);',
      },
    ],
    tests: ['test/raft/durability.test.ts', 'test/raft/scenarios-commit.test.ts'],
  },
  {
    scenario: 'C7',
    takesOut: 'an acknowledgement leaves with the turn that made it, before the save',
    edits: [
      {
        file: 'raft/outbox.ts',
        search: 'this.promised.push(message);',
        replace:
          "if (message.kind === 'append-reply' && message.to !== this.id) this.messages.push(message); else this.promised.push(message);",
      },
    ],
    tests: ['test/raft/scenarios-commit.test.ts'],
  },
  {
    scenario: 'C8',
    takesOut: 'a follower gives back its log one entry at a time',
    edits: [
      {
        file: 'raft/follower.ts',
        search: 'const hint = log.findConflictByTerm(Math.min(prevIndex, log.lastIndex()), prevTerm);',
        replace:
          'const at = Math.max(log.committed, Math.min(prevIndex - 1, log.lastIndex()));\n  const hint = { index: at, term: log.term(at) ?? 0 };',
      },
    ],
    tests: ['test/raft/replication.test.ts'],
  },
  {
    scenario: 'C8',
    takesOut: 'a leader takes every hint as it is, and skips no term of its own',
    edits: [
      {
        file: 'raft/replication.ts',
        search:
          'const nextProbe = hintTerm > 0 ? core.log.findConflictByTerm(hintIndex, hintTerm).index : hintIndex;',
        replace: 'const nextProbe = hintIndex;',
      },
    ],
    tests: ['test/raft/replication.test.ts'],
  },
  {
    scenario: 'C9',
    takesOut: 'an append cuts off whatever overlaps it',
    edits: [
      {
        file: 'raft/raft-log.ts',
        search:
          'while (known < entries.length && this.matches(entries[known]!.index, entries[known]!.term)) known++;',
        replace: '',
      },
    ],
    tests: ['test/raft/commit.test.ts'],
  },
  {
    scenario: 'C10',
    takesOut: 'a heartbeat speaks of more than its receiver is known to hold',
    edits: [
      {
        file: 'raft/replication.ts',
        search: 'const commit = Math.min(progress.matchIndex, core.log.committed);',
        replace: 'const commit = core.log.committed;',
      },
    ],
    tests: ['test/raft/commit.test.ts'],
  },
  {
    scenario: 'C10',
    takesOut: 'an append commits beyond what it proves to match',
    edits: [
      {
        file: 'raft/follower.ts',
        search: 'log.commitTo(Math.min(commit, matched));',
        replace: 'log.commitTo(Math.min(commit, log.lastIndex()));',
      },
    ],
    tests: ['test/raft/commit.test.ts'],
  },
  {
    scenario: 'C22',
    takesOut: 'a snapshot replaces also a longer log that matches it',
    edits: [
      {
        file: 'raft/follower.ts',
        search: 'if (log.matches(snapshot.index, snapshot.term)) {',
        replace: 'if (snapshot.index < 0) {',
      },
    ],
    tests: ['test/raft/replication.test.ts', 'test/replica/snapshot-scenarios.test.ts'],
  },
  {
    scenario: 'C22',
    takesOut: 'a snapshot that conflicts with the log leaves the log as it is',
    edits: [
      {
        file: 'raft/follower.ts',
        search: 'if (log.matches(snapshot.index, snapshot.term)) {',
        replace: 'if (snapshot.index <= log.lastIndex()) {',
      },
    ],
    tests: ['test/raft/replication.test.ts'],
  },
  {
    scenario: 'C23',
    takesOut: 'a log is compacted beyond a state that is being sent',
    edits: [
      {
        file: 'replica/compactor.ts',
        search: 'const index = Math.min(forFollowers, ...streamIndexes);',
        replace: 'const index = forFollowers;',
      },
    ],
    tests: ['test/replica/snapshot-scenarios.test.ts'],
  },
  {
    scenario: 'C23',
    takesOut: 'a log is compacted beyond what consensus has walked',
    edits: [
      {
        file: 'replica/compactor.ts',
        search: 'const reach = Math.min(stateIndex, appliedIndex);',
        replace: 'const reach = Math.max(stateIndex, Math.min(stateIndex, appliedIndex));',
      },
    ],
    tests: ['test/replica/snapshot-scenarios.test.ts'],
  },
  {
    scenario: 'C24',
    takesOut: 'a snapshot that was not delivered is credited all the same',
    edits: [
      {
        file: 'raft/leader.ts',
        search: 'if (!delivered) progress.pendingSnapshotIndex = 0;',
        replace: '',
      },
    ],
    tests: ['test/raft/scenarios-peers.test.ts'],
  },
  {
    scenario: 'C24',
    takesOut: 'what was offered in an earlier leadership goes on, and is reported',
    edits: [
      {
        file: 'replica/snapshot-sender.ts',
        search: 'lane.stream?.abort.abort();\n      lane.stream = null;',
        replace: '',
      },
    ],
    tests: ['test/replica/snapshot-sender.test.ts'],
  },
  {
    scenario: 'C24',
    takesOut: 'a chunk is taken whatever its number, its checksum and the chain of its rows',
    edits: [
      {
        file: 'replica/snapshot-place.ts',
        search: 'return a.chunks === b.chunks && a.rows === b.rows && a.chain === b.chain;',
        replace: 'return a.chunks >= 0 && b.chunks >= 0;',
      },
      {
        file: 'transport/snapshot-frames.ts',
        search: 'if (chunks !== after.chunks + 1) throw',
        replace: 'if (chunks < 0) throw',
      },
      {
        file: 'transport/snapshot-frames.ts',
        search: 'if (checksum(chunks, proto.rows) !== proto.crc32) throw',
        replace: 'if (checksum(chunks, proto.rows) < 0) throw',
      },
    ],
    tests: ['test/replica/snapshot-resume.test.ts'],
  },
  {
    scenario: 'C24',
    takesOut: 'a stream that ends without its trailer counts as whole',
    edits: [
      {
        file: 'transport/snapshot-frames.ts',
        search: "if (next.done === true) throw new Error('the stream ended without its trailer');",
        replace: 'if (next.done === true) return;',
      },
    ],
    tests: ['test/replica/snapshot-resume.test.ts'],
  },
  {
    scenario: 'C27',
    takesOut: 'a heartbeat’s answer is no reason to send a lost append again',
    edits: [
      {
        file: 'raft/leader.ts',
        search: "if (progress.matchIndex < core.log.lastIndex() || progress.state === 'probe') {",
        replace: 'if (progress.matchIndex > core.log.lastIndex()) {',
      },
    ],
    tests: ['test/raft/replication.test.ts'],
  },
  {
    scenario: 'C28',
    takesOut: 'a peer that needs what is compacted away is sent nothing',
    edits: [
      {
        file: 'raft/replication.ts',
        search: 'if (prevTerm === undefined) return offerSnapshot(core, progress);',
        replace: 'if (prevTerm === undefined) return false;',
      },
    ],
    tests: ['test/raft/replication.test.ts', 'test/replica/snapshot-scenarios.test.ts'],
  },
];
