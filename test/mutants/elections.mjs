/** Mutants of votes, terms, and the saves that they wait for: C3 to C6, C11, C18, C19. */

/** Nothing waits for the disk any more. */
const doneWhenBegun = [
  {
    file: 'replica/saver.ts',
    search: 'this.saving = write.then(() => onSaved(saved), fail);',
    replace: 'write.catch(fail);\n    this.saving = Promise.resolve().then(() => onSaved(saved));',
  },
];

export const elections = [
  {
    scenario: 'C3',
    takesOut: 'a vote is told before it is saved',
    edits: [
      {
        file: 'raft/outbox.ts',
        search: 'this.promised.push(message);',
        replace:
          "if (message.kind === 'vote-reply' && message.to !== this.id) this.messages.push(message); else this.promised.push(message);",
      },
    ],
    tests: [
      'test/raft/durability.test.ts',
      'test/raft/scenarios-promises.test.ts',
      'test/replica/scenarios-promises.test.ts',
    ],
  },
  {
    scenario: 'C3',
    takesOut: 'a vote is not part of what is saved',
    edits: [
      {
        file: 'raft/core-state.ts',
        search: 'return { term: this.term, vote: this.vote, commit: this.log.committed };',
        replace: 'return { term: this.term, vote: NOBODY, commit: this.log.committed };',
      },
    ],
    tests: ['test/raft/durability.test.ts', 'test/raft/scenarios-promises.test.ts'],
  },
  {
    scenario: 'C3',
    takesOut: 'a voter votes twice in a term',
    edits: [
      {
        file: 'raft/election.ts',
        search: '(core.vote === NOBODY && core.leader === NOBODY) ||',
        replace: 'core.leader === NOBODY ||',
      },
    ],
    tests: ['test/raft/durability.test.ts', 'test/raft/scenarios-promises.test.ts'],
  },
  {
    scenario: 'C3',
    takesOut: 'a candidate leads before its own term is on its disk',
    edits: [
      {
        file: 'raft/candidate.ts',
        search: 'else if (core.ballots.get(core.id) === true) becomeLeader(core);',
        replace: 'else becomeLeader(core);',
      },
    ],
    tests: ['test/raft/scenarios-promises.test.ts'],
  },
  {
    scenario: 'C3',
    takesOut: 'a save counts as done as soon as it is begun',
    edits: doneWhenBegun,
    tests: ['test/replica/scenarios-promises.test.ts'],
  },
  {
    scenario: 'C4',
    takesOut: 'a replica starts in term 0',
    edits: [
      {
        file: 'raft/core-state.ts',
        search: 'this.term = term;\n    this.vote = vote;',
        replace: 'this.term = 0;\n    this.vote = vote;',
      },
    ],
    tests: ['test/raft/durability.test.ts', 'test/raft/scenarios-promises.test.ts'],
  },
  {
    scenario: 'C4',
    takesOut: 'a term is saved only together with a vote',
    edits: [
      {
        file: 'raft/output.ts',
        search: 'const hardState = votesMoved || now.commit !== lastHardState.commit ? now : null;',
        replace: "const hardState = now.vote !== '' && votesMoved ? now : null;",
      },
    ],
    tests: ['test/raft/scenarios-promises.test.ts'],
  },
  {
    scenario: 'C5',
    takesOut: 'an entry is saved without the term that brought it',
    edits: [
      {
        file: 'raft/output.ts',
        search: 'const hardState = votesMoved || now.commit !== lastHardState.commit ? now : null;',
        replace: 'const hardState = votesMoved && !core.log.unstable.hasUnsaved() ? now : null;',
      },
    ],
    tests: ['test/raft/durability.test.ts', 'test/raft/scenarios-promises.test.ts'],
  },
  {
    scenario: 'C5',
    takesOut: 'saves may be reported in any order',
    edits: [
      {
        file: 'raft/output.ts',
        search: 'assert(oldest !== undefined && sameToken(oldest.token, token),',
        replace: 'assert(oldest !== undefined && sameToken(token, token),',
      },
    ],
    tests: ['test/raft/durability.test.ts'],
  },
  {
    scenario: 'C5',
    takesOut: 'a store takes an entry of a term that is not saved',
    edits: [
      {
        file: 'storage/save-plan.ts',
        search: 'must(term <= termMax,',
        replace: 'must(term <= termMax + 1,',
      },
    ],
    tests: ['test/storage/log-store-contract.test.ts'],
  },
  {
    scenario: 'C5',
    takesOut: 'a log with an entry newer than its term is opened',
    edits: [
      {
        file: 'storage/log-recovery.ts',
        search: 'if (lastTerm > term)',
        replace: 'if (lastTerm < 0)',
      },
    ],
    tests: ['test/storage/scenarios-disk.test.ts'],
  },
  {
    scenario: 'C6',
    takesOut: 'the report of a save of an earlier term proves entries',
    edits: [
      {
        file: 'raft/output.ts',
        search: 'if (token.term === core.term && token.lastIndex > 0) {',
        replace: 'if (token.lastIndex > 0) {',
      },
    ],
    tests: ['test/raft/durability.test.ts'],
  },
  {
    scenario: 'C6',
    takesOut: 'the report of a save proves the entry at its index, whichever that is',
    edits: [
      {
        file: 'raft/unstable-tail.ts',
        search: 'if (index < this.offset || this.term(index) !== term) return;',
        replace: 'if (index < this.offset || this.term(index) === undefined) return;',
      },
    ],
    tests: ['test/raft/scenarios-promises.test.ts'],
  },
  {
    scenario: 'C11',
    takesOut: 'half of an even mesh is a quorum',
    edits: [
      {
        file: 'raft/quorum.ts',
        search: 'return ascending[count - (Math.floor(count / 2) + 1)]!;',
        replace: 'return ascending[count - Math.ceil(count / 2)]!;',
      },
    ],
    tests: ['test/raft/quorum.test.ts'],
  },
  {
    scenario: 'C11',
    takesOut: 'acknowledgements are counted in the order of the voters’ names',
    edits: [
      {
        file: 'raft/quorum.ts',
        search: 'while (slot > 0 && ascending[slot - 1]! > value) {',
        replace: 'while (slot > count) {',
      },
    ],
    tests: ['test/raft/quorum.test.ts'],
  },
  {
    scenario: 'C11',
    takesOut: 'one half of a joint configuration elects',
    edits: [
      {
        file: 'raft/quorum.ts',
        search: 'const outgoing = majorityVote(sets.votersOutgoing, ballot);',
        replace: 'const outgoing = majorityVote([], ballot);',
      },
    ],
    tests: ['test/raft/quorum.test.ts'],
  },
  {
    scenario: 'C18',
    takesOut: 'who hears a leader follows the term of one that does not',
    edits: [
      {
        file: 'raft/election.ts',
        search: 'core.config.checkQuorum &&\n    !request.transfer &&',
        replace: 'core.config.electionTicks < 0 &&\n    !request.transfer &&',
      },
    ],
    tests: ['test/raft/election.test.ts', 'test/raft/scenarios-members.test.ts'],
  },
  {
    scenario: 'C18',
    takesOut: 'who was cut off raises its term without asking first',
    edits: [
      {
        file: 'raft/election.ts',
        search: "core.config.preVote ? 'pre-election' : 'election'",
        replace: "'election'",
      },
    ],
    tests: ['test/raft/election.test.ts'],
  },
  {
    scenario: 'C19',
    takesOut: 'a pre-candidate of an older term is not told that it is behind',
    edits: [
      {
        file: 'raft/step.ts',
        search: 'refuseOldPreVote(core, message);',
        replace: '',
      },
    ],
    tests: ['test/raft/election.test.ts'],
  },
  {
    scenario: 'C19',
    takesOut: 'a leader of an older term is not told that one moved on without it',
    edits: [
      {
        file: 'raft/step.ts',
        search: "(message.kind === 'append' || message.kind === 'heartbeat') && (checkQuorum || preVote)",
        replace:
          "(message.kind === 'append' || message.kind === 'heartbeat') && core.term < 0 && (checkQuorum || preVote)",
      },
    ],
    tests: ['test/raft/election.test.ts'],
  },
];
