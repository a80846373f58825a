/**
 * Planted bugs: each takes one defence out of a copy of `src`, and the simulation must notice by its invariants alone.
 *
 * `search` stands exactly once in its file. C, S and D numbers are those of the scenarios in docs/testing.md.
 */
export const mutants = [
  {
    name: 'entries of earlier terms are committed by counting (C1)',
    edits: [
      {
        file: 'raft/replication.ts',
        search: 'if (index <= core.log.committed || core.log.term(index) !== core.term) return false;',
        replace: 'if (index <= core.log.committed) return false;',
      },
    ],
  },
  {
    name: 'a vote is told before it is saved (C3)',
    edits: [
      {
        file: 'raft/outbox.ts',
        search: 'this.promised.push(message);',
        replace:
          "if (message.kind === 'vote-reply' && message.to !== this.id) this.messages.push(message); else this.promised.push(message);",
      },
    ],
  },
  {
    name: 'a vote is never saved (C3)',
    edits: [
      {
        file: 'raft/output.ts',
        search: 'const hardState = votesMoved || now.commit !== lastHardState.commit ? now : null;',
        replace:
          "const hardState = votesMoved || now.commit !== lastHardState.commit ? { ...now, vote: '' } : null;",
      },
    ],
  },
  {
    name: 'a term without a vote is not synced (C4)',
    edits: [
      {
        file: 'raft/output.ts',
        search: 'const votesMoved = now.term !== lastHardState.term || now.vote !== lastHardState.vote;',
        replace: "const votesMoved = now.vote !== lastHardState.vote && now.vote !== '';",
      },
    ],
  },
  {
    name: 'a voter votes twice in a term (C3)',
    edits: [
      {
        file: 'raft/election.ts',
        search: '(core.vote === NOBODY && core.leader === NOBODY) ||',
        replace: 'core.leader === NOBODY ||',
      },
    ],
  },
  {
    name: 'a voter does not compare logs (Raft §5.4.1)',
    edits: [
      {
        file: 'raft/election.ts',
        search: 'core.log.isUpToDate({ index: request.lastIndex, term: request.lastTerm });',
        replace: 'true;',
      },
    ],
  },
  {
    name: 'an append is acknowledged before it is saved (C7)',
    edits: [
      {
        file: 'raft/outbox.ts',
        search: 'this.promised.push(message);',
        replace:
          "if (message.kind === 'append-reply' && message.to !== this.id) this.messages.push(message); else this.promised.push(message);",
      },
    ],
  },
  {
    name: 'a leader counts itself before its own save (C7)',
    edits: [
      {
        file: 'raft/leader.ts',
        search:
          "core.outbox.promise({ kind: 'append-reply', from: core.id, to: core.id, term, index, rejected: null });",
        replace: 'core.tracker.get(core.id)?.acknowledged(index);',
      },
    ],
  },
  {
    name: 'an append cuts off what overlaps it (C9)',
    edits: [
      {
        file: 'raft/raft-log.ts',
        search:
          'while (known < entries.length && this.matches(entries[known]!.index, entries[known]!.term)) known++;',
        replace: '',
      },
    ],
  },
  {
    name: 'a heartbeat commits beyond what matches (C10)',
    edits: [
      {
        file: 'raft/replication.ts',
        search: 'const commit = Math.min(progress.matchIndex, core.log.committed);',
        replace: 'const commit = core.log.committed;',
      },
    ],
  },
  {
    name: 'half of an even mesh is a quorum (C11)',
    edits: [
      {
        file: 'raft/quorum.ts',
        search: 'return ascending[count - (Math.floor(count / 2) + 1)]!;',
        replace: 'return ascending[count - Math.ceil(count / 2)]!;',
      },
    ],
  },
  {
    name: 'half of the votes of an even mesh elect (C11)',
    edits: [
      {
        file: 'raft/quorum.ts',
        search: 'const needed = Math.floor(voters.length / 2) + 1;',
        replace: 'const needed = Math.ceil(voters.length / 2);',
      },
    ],
  },
  {
    name: 'a read is confirmed before the leader committed in its term (C12)',
    edits: [
      {
        file: 'raft/leader.ts',
        search: '|| !core.reads.isWaiting || !core.committedInTerm) return false;',
        replace: '|| !core.reads.isWaiting) return false;',
      },
    ],
  },
  {
    name: 'a late answer to one read round confirms the next (C14)',
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
  },
  {
    name: 'a read needs no quorum: a deposed leader answers (C15)',
    edits: [
      {
        file: 'raft/leader.ts',
        search: 'core.reads.confirm(core.tracker.confirmedReadSequence(), (read, index)',
        replace: 'core.reads.confirm(openSequence, (read, index)',
      },
    ],
  },
  {
    name: 'a read is served before its index is applied (C16)',
    edits: [
      {
        file: 'replica/linearizable-reads.ts',
        search: 'const ready = this.confirmed.filter((group) => group.index <= index);',
        replace: 'const ready = this.confirmed;',
      },
    ],
  },
  {
    name: 'a granted pre-vote moves the term (C19)',
    edits: [
      {
        file: 'raft/step.ts',
        search: 'if (!message.granted) becomeFollower(core, message.term, NOBODY);',
        replace: 'becomeFollower(core, message.term, NOBODY);',
      },
    ],
  },
  {
    name: 'a rejected append is not sent again (C27)',
    edits: [
      {
        file: 'raft/replication.ts',
        search:
          "  if (progress.state === 'replicate') progress.becomeProbe();\n  sendAppend(core, progress, true);",
        replace: "  if (progress.state === 'replicate') progress.becomeProbe();\n  progress.paused = true;",
      },
      {
        file: 'raft/leader.ts',
        search: '  progress.paused = false;\n  if (reply.promise',
        replace: '  if (reply.promise',
      },
    ],
  },
  {
    name: 'request keys are not looked at (S1)',
    edits: [
      {
        file: 'ledger/admission.ts',
        search: "const record = requestKey === '' ? undefined : memory.keys.live(holder, requestKey, atMs);",
        replace: "const record = memory.keys.live('', '', atMs);",
      },
    ],
  },
  {
    name: 'things end by the clock of each node (S2)',
    edits: [
      {
        file: 'replica/applier.ts',
        search: 'const ledgerEntry = codec.decodeEntry(payload.data, entry.index);',
        replace:
          "const ledgerEntry = codec.decodeEntry(payload.data, entry.index);\n    if (ledgerEntry.command.operation.kind === 'expire') Object.assign(ledgerEntry, { atMs: this.options.localMs() });",
      },
      {
        file: 'replica/replica.ts',
        search: 'onAnswer: (command, answer) => this.onAnswer(command, answer),',
        replace:
          'onAnswer: (command, answer) => this.onAnswer(command, answer),\n      localMs: () => this.time.wallMs(),',
      },
    ],
  },
  {
    name: 'rows and applied index are written one after the other, and nobody adds up (S4)',
    edits: [
      {
        file: 'replica/state-writer.ts',
        search: '        await state.write(changes, meta);',
        replace:
          '        await state.write(changes, this.before ?? meta);\n        await state.write([], meta);\n        this.before = meta;',
      },
      {
        file: 'ledger/ledger.ts',
        search: 'if (digest !== meta.digest) {',
        replace: 'if (digest.length !== meta.digest.length) {',
      },
    ],
  },
  {
    name: 'a process applies again what its state already has (S4)',
    edits: [
      {
        file: 'replica/applier.ts',
        search: 'if (entry.index <= appliedBefore) return;',
        replace: '',
      },
      {
        file: 'ledger/ledger.ts',
        search: 'if (index !== this.#appliedIndex + 1) {',
        replace: 'if (index > this.#appliedIndex + 1) {',
      },
    ],
  },
  {
    name: 'a command takes effect however late it comes (S6)',
    edits: [
      {
        file: 'ledger/admission.ts',
        search: "if (atMs > notAfterMs) return refuse(refused('TOO_LATE'));",
        replace: '',
      },
    ],
  },
  {
    name: 'who asked and is not answered hears that nothing was proposed (S6)',
    edits: [
      {
        file: 'replica/waiters.ts',
        search: 'if (this.copiesOut > 0) {',
        replace: 'if (this.copiesOut > 1) {',
      },
    ],
  },
  {
    name: 'who was told that nothing was proposed is proposed all the same (S6)',
    edits: [
      {
        file: 'replica/submissions.ts',
        search: 'const fresh = this.fresh.filter((waiter) => !waiter.isSettled);',
        replace: 'const { fresh } = this;',
      },
    ],
  },
  {
    name: 'a booking that begins later is overlooked',
    edits: [
      {
        file: 'ledger/calendar.ts',
        search: 'piece[firstEndingAfter(piece, startMs) + START]! >= endMs;',
        replace: 'piece[firstEndingAfter(piece, startMs) + START]! > startMs;',
      },
      {
        file: 'ledger/calendar.ts',
        search: 'if (piece[at + START]! >= endMs) return;',
        replace: 'if (piece[at + START]! > startMs) return;',
      },
      {
        file: 'ledger/calendar.ts',
        search: 'if (at < piece.length && piece[at + START]! < endMs) {',
        replace: 'if (at < piece.length && piece[at + START]! < startMs) {',
      },
    ],
  },
  {
    name: 'a rejected save counts as done (D1)',
    edits: [
      {
        file: 'replica/saver.ts',
        search: 'this.saving = write.then(() => onSaved(saved), fail);',
        replace:
          'this.saving = write.then(\n      () => onSaved(saved),\n      () => onSaved(saved),\n    );',
      },
    ],
  },
  {
    name: 'promises leave with the turn that made them (R2)',
    edits: [
      {
        file: 'replica/replica.ts',
        search: 'for (const message of ready.messages) {',
        replace: 'for (const message of [...ready.messages, ...(ready.save?.messagesAfter ?? [])]) {',
      },
    ],
  },
  {
    name: 'a log is compacted beyond what consensus has walked (C23)',
    edits: [
      {
        file: 'replica/compactor.ts',
        search: 'const reach = Math.min(stateIndex, appliedIndex);',
        replace: 'const reach = Math.max(stateIndex, Math.min(stateIndex, appliedIndex));',
      },
    ],
  },
  {
    name: 'a log is compacted whose state is not synced (C23)',
    edits: [
      {
        file: 'replica/compactor.ts',
        search: 'Promise.all([state.sync(), trail.sync()]).then(() => {',
        replace: 'trail.sync().then(() => {',
      },
    ],
  },
  {
    name: 'a state is used before the log begins behind it (C22)',
    edits: [
      {
        file: 'replica/snapshot-installer.ts',
        search: 'await log.save(save);\n    await state.adoptStaged();',
        replace: 'await state.adoptStaged();\n    await log.save(save);',
      },
    ],
  },
  {
    name: 'a clock that was off once keeps a replica from campaigning for ever (R6)',
    edits: [
      {
        file: 'replica/ledger-clock.ts',
        search: 'if (now.monotonicMs - this.heard.atMonotonicMs > this.options.freshMs) return null;',
        replace: '',
      },
    ],
  },
  {
    name: 'a candidate leads before its own term and vote are saved (C3)',
    edits: [
      {
        file: 'raft/candidate.ts',
        search: 'else if (core.ballots.get(core.id) === true) becomeLeader(core);',
        replace: 'else becomeLeader(core);',
      },
    ],
  },
  {
    name: 'learners count towards a commit (C25)',
    edits: [
      {
        file: 'raft/tracker.ts',
        search: 'return quorumAcknowledged(this.config, this.matchOf);',
        replace:
          'const { voters, learners, votersOutgoing } = this.config;\n    return quorumAcknowledged({ voters: [...voters, ...learners], votersOutgoing }, this.matchOf);',
      },
    ],
  },
  {
    name: 'learners are asked for votes, and theirs count (C25)',
    edits: [
      {
        file: 'raft/election.ts',
        search: 'const { voters, votersOutgoing } = core.tracker.config;',
        replace:
          'const { learners, votersOutgoing } = core.tracker.config;\n  const voters = [...core.tracker.config.voters, ...learners];',
      },
      {
        file: 'raft/candidate.ts',
        search: 'switch (quorumVote(core.tracker.config, (id)',
        replace:
          'const { voters, learners, votersOutgoing } = core.tracker.config;\n  switch (quorumVote({ voters: [...voters, ...learners], votersOutgoing }, (id)',
      },
    ],
  },
  {
    name: 'the new half of a joint configuration commits alone (Raft §6)',
    edits: [
      {
        file: 'raft/quorum.ts',
        search: '    majorityAcknowledged(sets.votersOutgoing, acknowledged),\n',
        replace: '',
      },
    ],
  },
  {
    name: 'the new half of a joint configuration elects alone (Raft §6)',
    edits: [
      {
        file: 'raft/quorum.ts',
        search: 'const outgoing = majorityVote(sets.votersOutgoing, ballot);',
        replace: 'const outgoing: VoteOutcome = incoming;',
      },
    ],
  },
  {
    name: 'a second change of members is taken while one is under way (C2)',
    edits: [
      {
        file: 'raft/membership.ts',
        search:
          "if (core.pendingConfigIndex > core.log.applied) return { kind: 'refused', reason: 'pending-change' };",
        replace: '',
      },
    ],
  },
  {
    name: 'a new leader takes a change though one of its log may be unapplied (C2)',
    edits: [
      {
        file: 'raft/leader.ts',
        search: 'core.pendingConfigIndex = core.log.lastIndex();',
        replace: 'core.pendingConfigIndex = 0;',
      },
    ],
  },
  {
    name: 'changes that were applied before a restart are forgotten at it (C21, C25)',
    edits: [
      {
        file: 'replica/applier.ts',
        search: "if (payload.kind === 'config') this.options",
        replace: "if (payload.kind === 'config' && entry.index > appliedBefore) this.options",
      },
    ],
  },
  {
    name: 'a log that is compacted forgets who came, was promoted and went (C21, C25)',
    edits: [
      {
        file: 'replica/compactor.ts',
        search: 'config: configs.at(index) };',
        replace: 'config: log.snapshot().config };',
      },
      {
        file: 'replica/compactor.ts',
        search: 'const { log, configs } = this',
        replace: 'const { log } = this',
      },
    ],
  },
  {
    name: 'a stream that broke goes on a chunk too far, and nobody adds up (C24)',
    edits: [
      {
        file: 'replica/snapshot-cut.ts',
        search: 'for await (const page of this.snapshot.pages(mark?.key)) {',
        replace:
          'let skips = mark !== undefined;\n    for await (const page of this.snapshot.pages(mark?.key)) {',
      },
      {
        file: 'replica/snapshot-cut.ts',
        search: '        yield { rows, place };',
        replace: '        if (!skips) yield { rows, place };\n        skips = false;',
      },
      {
        file: 'replica/snapshot-part.ts',
        search: 'if (!isSamePlace(next, place)) {',
        replace: 'if (!isSamePlace(next, next)) {',
      },
      {
        file: 'ledger/ledger.ts',
        search: 'if (digest !== meta.digest) {',
        replace: 'if (digest.length !== meta.digest.length) {',
      },
    ],
  },
  {
    name: 'the buffer behind a stop is overlooked',
    edits: [
      {
        file: 'ledger/lifecycle.ts',
        search: 'return endMs + (terms?.bufferMs ?? 0);',
        replace: 'return endMs;',
      },
    ],
  },
  {
    name: 'who has no ticket gets what an older one claims (rule 9)',
    edits: [
      {
        file: 'ledger/tickets.ts',
        search: 'if (other >= ticket || untilMs <= atMs) continue;',
        replace: 'if (other <= ticket || untilMs <= atMs) continue;',
      },
    ],
  },
  {
    name: 'what became free is offered to the youngest wish (rule 11)',
    edits: [
      {
        file: 'ledger/operations/offers.ts',
        search: 'wishes: [...wishes.values()].sort(compareTurns) };',
        replace: 'wishes: [...wishes.values()].sort(compareTurns).reverse() };',
      },
    ],
  },
  {
    name: 'a missed offer keeps its place in the line (rule 11)',
    edits: [
      {
        file: 'ledger/operations/offers.ts',
        search: "{ ...wait, turn: index, offer: '', missedOffers }",
        replace: "{ ...wait, offer: '', missedOffers }",
      },
    ],
  },
  {
    name: 'stops stay booked at a point that failed (rule 8)',
    edits: [
      {
        file: 'ledger/operations/sweep.ts',
        search: "if (!hasPoint && point.status !== 'occupied')",
        replace: "if (!hasPoint && point.status === 'occupied')",
      },
    ],
  },
  {
    name: 'a hold that has run out can be confirmed',
    edits: [
      {
        file: 'ledger/lifecycle.ts',
        search: "if (state === 'HELD' && holdUntilMs <= atMs) return true;",
        replace: "if (state === 'HELD' && holdUntilMs < 0) return true;",
      },
    ],
  },
  {
    name: 'a page of the trail is taken from a peer without proof',
    edits: [
      {
        file: 'replica/trail-filler.ts',
        search: 'if (page === null || !arrivesAt(head, page, gap)) return false;',
        replace: 'if (page === null || page.length === 0) return false;',
      },
    ],
  },
  {
    name: 'nobody looks whether the trail goes on from its last record',
    edits: [
      {
        file: 'replica/trail.ts',
        search: 'this.settled = proven.then(() => noteGapAtEnd(trail, head));',
        replace: 'this.settled = proven.then(() => (head, noteGapAtEnd)).then(() => {});',
      },
    ],
  },
  {
    name: 'a learner is not asked what it understands before the mesh is raised',
    edits: [
      {
        file: 'replica/raising.ts',
        search: 'new Set([...voters, ...votersOutgoing, ...learners, ...learnersNext])',
        replace:
          'new Set([...voters, ...votersOutgoing, ...learners, ...learnersNext].slice(0, voters.length))',
      },
    ],
  },
  {
    name: 'ended reservations leave memory before their time',
    edits: [
      {
        file: 'ledger/reservations.ts',
        search: 'const due = this.#isFull() ? this.#ended.first() : this.#ended.due(atMs);',
        replace: 'const due = atMs > 0 ? this.#ended.first() : undefined;',
      },
    ],
  },
];
