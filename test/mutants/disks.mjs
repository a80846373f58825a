/** Mutants of the stores: D1 to D7. Where strace or a small file system is missing, some cannot be tried. */

export const disks = [
  {
    scenario: 'D1',
    takesOut: 'a log is used on after a save that failed',
    edits: [
      {
        file: 'storage/level-log-store.ts',
        search: 'if (this.#failure !== null) throw this.#failure;',
        replace: '',
      },
    ],
    tests: ['test/storage/disk-failure.test.ts'],
  },
  {
    scenario: 'D1',
    takesOut: 'a save that failed counts as done',
    edits: [
      {
        file: 'replica/saver.ts',
        search: 'this.saving = write.then(() => onSaved(saved), fail);',
        replace:
          'this.saving = write.then(\n      () => onSaved(saved),\n      () => onSaved(saved),\n    );',
      },
    ],
    tests: ['test/replica/scenarios-promises.test.ts'],
  },
  {
    scenario: 'D2',
    takesOut: 'a log is used on after a sync of its mark that failed',
    edits: [
      {
        file: 'storage/level-log-store.ts',
        search: 'if (this.#failure !== null) throw this.#failure;',
        replace: '',
      },
    ],
    tests: ['test/storage/scenarios-disk.test.ts'],
  },
  {
    scenario: 'D3',
    takesOut: 'a row is believed whatever its checksum says',
    edits: [
      {
        file: 'storage/checked-row.ts',
        search: 'return crc === crcOf(row) ? null :',
        replace: 'return crc >= 0 ? null :',
      },
    ],
    tests: ['test/storage/log-damage.test.ts'],
  },
  {
    scenario: 'D3',
    takesOut: 'nobody looks whether the log reaches what is known to be in it',
    edits: [
      {
        file: 'storage/log-recovery.ts',
        search: 'prover.reaches(index, mark);',
        replace: '',
      },
    ],
    tests: ['test/storage/log-damage.test.ts'],
  },
  {
    scenario: 'D3',
    takesOut: 'a tail that was replaced may come back',
    edits: [
      {
        file: 'storage/log-recovery.ts',
        search: 'if (entry.previousCrc !== previousCrc) {',
        replace: 'if (entry.previousCrc < 0) {',
      },
    ],
    tests: ['test/storage/log-damage.test.ts'],
  },
  {
    scenario: 'D4',
    takesOut: 'a vote has no second copy',
    edits: [
      {
        file: 'storage/level-log-store.ts',
        search: 'this.#mark.update({ ...lowered, term, vote })',
        replace: 'this.#mark.update({ ...lowered })',
      },
    ],
    tests: ['test/storage/log-damage.test.ts'],
  },
  {
    scenario: 'D4',
    takesOut: 'the second copy of a vote is not looked at',
    edits: [
      {
        file: 'storage/log-recovery.ts',
        search: 'const hardState = prover.agreed(copy, mark);',
        replace: 'const hardState = copy;',
      },
    ],
    tests: ['test/storage/log-damage.test.ts'],
  },
  {
    scenario: 'D5',
    takesOut: 'a replica’s id follows from its company and not from its directory',
    edits: [
      {
        file: 'storage/replica-directory.ts',
        search: 'const id = replicaIdFromFixed64(Buffer.from(random(8)).readBigUInt64BE());',
        replace: 'const id = replicaIdFromFixed64(Buffer.alloc(random(8).length, 7).readBigUInt64BE());',
      },
    ],
    tests: ['test/storage/replica-directory.test.ts'],
  },
  {
    scenario: 'D5',
    takesOut: 'an empty replica founds a mesh though a peer knows of one',
    edits: [
      {
        file: 'replica/bootstrap.ts',
        search: 'if (founded.length > 0) {',
        replace: 'if (founded.length > 1_000) {',
      },
      {
        file: 'replica/bootstrap.ts',
        search: 'const replacing = known.find((peer) => peer.founders.length > 0);',
        replace: 'const replacing = known.find((peer) => peer.founders.length > 1_000);',
      },
    ],
    tests: ['test/replica/bootstrap.test.ts'],
  },
  {
    scenario: 'D6',
    takesOut: 'that a directory is in use counts as an error like any other',
    edits: [
      {
        file: 'storage/level-db.ts',
        search: "if (code === 'LEVEL_LOCKED') {",
        replace: "if (code === 'LEVEL_UNLOCKED') {",
      },
    ],
    tests: ['test/storage/replica-directory.test.ts'],
  },
  {
    scenario: 'D6',
    takesOut: 'a message of another mesh is taken',
    edits: [
      {
        file: 'transport/exchange-acceptor.ts',
        search: 'if (cluster !== self.cluster)',
        replace: "if (cluster === '')",
      },
    ],
    tests: ['test/transport/exchange-acceptor.test.ts'],
  },
  {
    scenario: 'D7',
    takesOut: 'saves are not synced',
    edits: [
      {
        file: 'storage/level-log-store.ts',
        search: 'this.#db.batch(rows.operations, { sync })',
        replace: 'this.#db.batch(rows.operations, { sync: sync && false })',
      },
    ],
    tests: ['test/storage/disk-failure.test.ts', 'test/storage/scenarios-power.test.ts'],
  },
  {
    scenario: 'D7',
    takesOut: 'a save is told before the sync that it needs',
    edits: [
      {
        file: 'storage/level-log-store.ts',
        search:
          'this.#saving = this.#write(plan, this.#rowsOf(plan), save.mustSync);\n    await this.#saving;',
        replace:
          'this.#saving = this.#write(plan, this.#rowsOf(plan), save.mustSync);\n    await Promise.race([this.#saving, Promise.resolve()]);',
      },
    ],
    tests: ['test/storage/scenarios-power.test.ts'],
  },
  {
    scenario: 'D7',
    takesOut: 'the second copy of a vote is written and not synced',
    edits: [
      {
        file: 'storage/mark-file.ts',
        search: '      await this.#file.datasync();\n',
        replace: '',
      },
    ],
    tests: ['test/storage/disk-failure.test.ts'],
  },
  {
    scenario: 'D7',
    takesOut: 'the high-water mark is raised beside the batch, not behind it',
    edits: [
      {
        file: 'storage/level-log-store.ts',
        search: 'const marked = lowered !== null || plan.promises ?',
        replace:
          'this.#mark.update({ confirmedIndex: plan.newLast, confirmedTerm: plan.entries.at(-1)?.term ?? this.#index.term(plan.newLast)! }).catch(() => {});\n    const marked = lowered !== null || plan.promises ?',
      },
    ],
    tests: ['test/storage/scenarios-power.test.ts'],
  },
];
