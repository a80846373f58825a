/** Mutants of reads that must see every write answered before them: C12 to C17. */

export const reads = [
  {
    scenario: 'C12',
    takesOut: 'a read is confirmed before the leader has committed in its term',
    edits: [
      {
        file: 'raft/leader.ts',
        search: '|| !core.reads.isWaiting || !core.committedInTerm) return false;',
        replace: '|| !core.reads.isWaiting) return false;',
      },
    ],
    tests: ['test/raft/reads.test.ts'],
  },
  {
    scenario: 'C12',
    takesOut: 'with its next heartbeat a leader asks for reads before it has committed in its term',
    edits: [
      {
        file: 'raft/leader.ts',
        search: 'if (core.committedInTerm) core.reads.startRound(core.log.committed);',
        replace: 'core.reads.startRound(core.log.committed);',
      },
    ],
    tests: ['test/raft/reads.test.ts'],
  },
  {
    scenario: 'C13',
    takesOut: 'a leader that has not committed in its term drops reads instead of keeping them',
    edits: [
      {
        file: 'raft/leader.ts',
        search: 'core.reads.add({ from, requestId });',
        replace: 'if (core.committedInTerm) core.reads.add({ from, requestId });',
      },
    ],
    tests: ['test/raft/reads.test.ts', 'test/raft/scenarios-reads.test.ts'],
  },
  {
    scenario: 'C13',
    takesOut: 'a read whose answer is lost is not asked again',
    edits: [
      {
        file: 'replica/linearizable-reads.ts',
        search: 'if (group.isAskedAgain || nowMs - group.askedAtMs < olderThanMs) continue;',
        replace: 'if (nowMs >= group.askedAtMs) continue;',
      },
    ],
    tests: ['test/replica/scenarios-reads.test.ts'],
  },
  {
    scenario: 'C14',
    takesOut: 'an answer to an earlier round confirms the present one',
    edits: [
      {
        file: 'raft/leader.ts',
        search: 'progress.readSequence = reply.readSequence;\n    confirmReads(core);',
        replace: 'progress.readSequence = core.reads.openSequence;\n    confirmReads(core);',
      },
      {
        file: 'raft/leader.ts',
        search:
          'if (reply.readSequence > progress.readSequence && reply.readSequence <= core.reads.openSequence) {',
        replace: 'if (core.reads.openSequence > 0) {',
      },
    ],
    tests: ['test/raft/reads.test.ts', 'test/raft/scenarios-reads.test.ts'],
  },
  {
    scenario: 'C14',
    takesOut: 'a process asks under the ids of the one before it',
    edits: [
      {
        file: 'replica/process-ids.ts',
        search: 'return random(2 ** 32) * IDS_OF_ONE + 1;',
        replace: 'return random(1) * IDS_OF_ONE + 1;',
      },
    ],
    tests: ['test/replica/faults.test.ts'],
  },
  {
    scenario: 'C15',
    takesOut: 'a leader confirms reads by itself',
    edits: [
      {
        file: 'raft/leader.ts',
        search: 'core.reads.confirm(core.tracker.confirmedReadSequence(),',
        replace: 'core.reads.confirm(openSequence,',
      },
    ],
    tests: ['test/raft/reads.test.ts', 'test/replica/mesh.test.ts'],
  },
  {
    scenario: 'C16',
    takesOut: 'a read is served before its index is applied',
    edits: [
      {
        file: 'replica/linearizable-reads.ts',
        search: 'const ready = this.confirmed.filter((group) => group.index <= index);',
        replace: 'const ready = this.confirmed;',
      },
    ],
    tests: ['test/replica/scenarios-reads.test.ts'],
  },
  {
    scenario: 'C17',
    takesOut: 'a leader that heard a quorum lately, by its own clock, asks nobody',
    edits: [
      {
        file: 'raft/leader.ts',
        search: 'core.reads.confirm(core.tracker.confirmedReadSequence(),',
        replace:
          'const lease = core.electionElapsedTicks < core.config.electionTicks;\n  core.reads.confirm(lease ? openSequence : core.tracker.confirmedReadSequence(),',
      },
    ],
    tests: ['test/raft/scenarios-reads.test.ts', 'test/replica/scenarios-reads.test.ts'],
  },
  {
    scenario: 'C17',
    takesOut: 'a lease lasts as long as was promised, however fast the clocks run',
    edits: [{ file: 'raft/lease.ts', search: 'durationMs / LEASE_CLOCK_RATIO', replace: 'durationMs / 1' }],
    tests: ['test/raft/lease.test.ts', 'test/replica/lease-reads.test.ts'],
  },
  {
    scenario: 'C17',
    takesOut: 'a promise counts from when it is heard, not from when its heartbeat left',
    edits: [
      {
        file: 'raft/lease.ts',
        search: 'const leftAtMs = this.leftAtMs.get(round);',
        replace: 'const leftAtMs = this.leftAtMs.has(round) ? this.config.nowMs() : undefined;',
      },
    ],
    tests: ['test/raft/lease.test.ts', 'test/replica/lease-reads.test.ts'],
  },
  {
    scenario: 'C17',
    takesOut: 'a leader that hands leadership on goes on reading by lease',
    edits: [{ file: 'raft/transfer.ts', search: '  core.lease?.break();\n', replace: '' }],
    tests: ['test/raft/lease.test.ts', 'test/replica/lease-reads.test.ts'],
  },
  {
    scenario: 'C17',
    takesOut: 'a voter that starts again forgets what it promised',
    edits: [
      {
        file: 'raft/core-state.ts',
        search: 'this.promisedTicks = config.lease === undefined ? 0 : config.electionTicks;',
        replace: 'this.promisedTicks = 0;',
      },
    ],
    tests: ['test/raft/lease.test.ts', 'test/replica/lease-reads.test.ts'],
  },
];
