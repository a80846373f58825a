/** Mutants of changes of membership and of leadership that is handed on: C2, C20, C21, C25, C26. */

/** A configuration counts from its proposal on, as in Raft's paper, and nothing takes it back. */
const inForceWhenProposed = [
  {
    file: 'raft/membership.ts',
    search: "if (result.kind === 'appended') core.pendingConfigIndex = indexBefore + 1;",
    replace:
      "if (result.kind === 'appended') {\n    core.pendingConfigIndex = indexBefore + 1;\n    applyConfigChange(core, change);\n  }",
  },
];

export const members = [
  {
    scenario: 'C2',
    takesOut: 'a change is in force as soon as it is proposed',
    edits: inForceWhenProposed,
    tests: ['test/raft/scenarios-members.test.ts'],
  },
  {
    scenario: 'C2',
    takesOut: 'a new leader takes a change though one in its log may be unapplied',
    edits: [
      {
        file: 'raft/leader.ts',
        search: 'core.pendingConfigIndex = core.log.lastIndex();',
        replace: 'core.pendingConfigIndex = 0;',
      },
    ],
    tests: ['test/raft/membership.test.ts'],
  },
  {
    scenario: 'C20',
    takesOut: 'a leader that is removed goes on leading',
    edits: [
      {
        file: 'raft/membership.ts',
        search: 'if (core.config.stepDownOnRemoval ?? true) becomeFollower(core, core.term, NOBODY);',
        replace: '',
      },
    ],
    tests: ['test/raft/membership.test.ts'],
  },
  {
    scenario: 'C20',
    takesOut: 'a replica campaigns over a committed change that it has not applied',
    edits: [
      {
        file: 'raft/election.ts',
        search: 'if (hasUnappliedConfigChange(core)) return;',
        replace: 'if (hasUnappliedConfigChange(core)) core.ballots.clear();',
      },
    ],
    tests: ['test/raft/membership.test.ts'],
  },
  {
    scenario: 'C20',
    takesOut: 'nobody tells with its ballot what is committed',
    edits: [
      {
        file: 'raft/election.ts',
        search: 'return index === 0 ? {} : { committed: { index, term } };',
        replace: 'return index > 0 || term > 0 ? {} : {};',
      },
    ],
    tests: ['test/raft/scenarios-members.test.ts'],
  },
  {
    scenario: 'C20',
    takesOut: 'what a ballot says is committed is believed of another entry',
    edits: [
      {
        file: 'raft/election.ts',
        search: '|| !core.log.matches(committed.index, committed.term)) return;',
        replace: '|| committed.index > core.log.lastIndex()) return;',
      },
    ],
    tests: ['test/raft/scenarios-members.test.ts'],
  },
  {
    scenario: 'C21',
    takesOut: 'a change is in force before it is committed, and stays so when it is cut off the log',
    edits: inForceWhenProposed,
    tests: ['test/raft/membership.test.ts', 'test/raft/scenarios-members.test.ts'],
  },
  {
    scenario: 'C21',
    takesOut: 'the base of a compacted log names the configuration of an earlier index',
    edits: [
      {
        file: 'replica/config-history.ts',
        search: 'const mark = this.marks.findLast((each) => each.index <= index);',
        replace: 'const mark = this.marks.find((each) => each.index <= index);',
      },
    ],
    tests: ['test/replica/scenarios-snapshots.test.ts'],
  },
  {
    scenario: 'C25',
    takesOut: 'the acknowledgements of learners count towards a commit',
    edits: [
      {
        file: 'raft/tracker.ts',
        search: 'return quorumAcknowledged(this.config, this.matchOf);',
        replace:
          'const { voters, learners, votersOutgoing } = this.config;\n    return quorumAcknowledged({ voters: [...voters, ...learners], votersOutgoing }, this.matchOf);',
      },
    ],
    tests: ['test/raft/membership.test.ts'],
  },
  {
    scenario: 'C25',
    takesOut: 'who was promoted stays a learner to the leader',
    edits: [
      {
        file: 'raft/tracker.ts',
        search: 'known.learner = learner;',
        replace: '',
      },
    ],
    tests: ['test/raft/scenarios-members.test.ts'],
  },
  {
    scenario: 'C25',
    takesOut: 'a learner is promoted however far it is behind',
    edits: [
      {
        file: 'replica/member-plan.ts',
        search: 'if (lag <= PROMOTE_LAG_ENTRIES_MAX) return null;',
        replace: 'if (lag <= Number.MAX_SAFE_INTEGER) return null;',
      },
    ],
    tests: ['test/replica/members.test.ts'],
  },
  {
    scenario: 'C25',
    takesOut: 'an update of a member takes its vote away',
    edits: [
      {
        file: 'raft/config-changer.ts',
        search: "case 'update':\n          break;",
        replace: "case 'update':\n          this.addLearner(id);\n          break;",
      },
    ],
    tests: ['test/raft/membership.test.ts'],
  },
  {
    scenario: 'C26',
    takesOut: 'proposals are taken while leadership is handed on',
    edits: [
      {
        file: 'raft/leader.ts',
        search: "if (core.transferee !== NOBODY) return refused('transferring');",
        replace: '',
      },
    ],
    tests: ['test/raft/transfer.test.ts'],
  },
  {
    scenario: 'C26',
    takesOut: 'a transfer never runs out of time',
    edits: [
      {
        file: 'raft/leader.ts',
        search:
          '// A transfer has one election time-out; without success this replica carries on (thesis §3.10).\n    core.transferee = NOBODY;',
        replace: '',
      },
    ],
    tests: ['test/raft/transfer.test.ts', 'test/raft/scenarios-peers.test.ts'],
  },
  {
    scenario: 'C26',
    takesOut: 'a transfer goes on though its target is removed',
    edits: [
      {
        file: 'raft/membership.ts',
        search:
          'if (core.transferee !== NOBODY && !isVoter(core.tracker.config, core.transferee)) core.transferee = NOBODY;',
        replace: '',
      },
    ],
    tests: ['test/raft/transfer.test.ts'],
  },
  {
    scenario: 'C26',
    takesOut: 'a target that is behind is told to campaign at once',
    edits: [
      {
        file: 'raft/transfer.ts',
        search: 'if (progress.matchIndex === core.log.lastIndex()) sendTimeoutNow(core, to);',
        replace: 'if (progress.matchIndex >= 0) sendTimeoutNow(core, to);',
      },
    ],
    tests: ['test/raft/transfer.test.ts'],
  },
];
