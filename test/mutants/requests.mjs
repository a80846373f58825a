/** Mutants of requests, their keys, and the ledger that all replicas must share: S1 to S6. */

export const requests = [
  {
    scenario: 'S1',
    takesOut: 'request keys are not looked at',
    edits: [
      {
        file: 'ledger/admission.ts',
        search: "const record = requestKey === '' ? undefined : memory.keys.live(holder, requestKey, atMs);",
        replace: "const record = memory.keys.live('', '', atMs);",
      },
    ],
    tests: ['test/replica/mesh.test.ts', 'test/replica/scenarios-requests.test.ts'],
  },
  {
    scenario: 'S1',
    takesOut: 'a command is passed on again under a new key',
    edits: [
      {
        file: 'replica/dispatch.ts',
        search: '...waiter.submission,',
        replace:
          "...waiter.submission,\n        requestKey: waiter.submission.requestKey + '+'.repeat(waiter.proposedAgain + waiter.copiesOut),",
      },
    ],
    tests: ['test/replica/scenarios-requests.test.ts'],
  },
  {
    scenario: 'S2',
    takesOut: 'a deadline ends things with any entry that comes behind it',
    edits: [
      {
        file: 'ledger/ledger.ts',
        search: 'const admission = admit(memory, command, print, atMs);',
        replace:
          "execute(memory, { index, atMs, command: { ...command, operation: { kind: 'expire' } } }, LEDGER_VERSION);\n    const admission = admit(memory, command, print, atMs);",
      },
    ],
    tests: ['test/ledger/expire.test.ts', 'test/ledger/properties.test.ts'],
  },
  {
    scenario: 'S2',
    takesOut: 'a replica applies entries by its own clock',
    edits: [
      {
        file: 'ledger/ledger.ts',
        search: 'this.#nowMs = Math.max(this.#nowMs, entry.atMs);',
        replace: 'this.#nowMs = Math.max(this.#nowMs, entry.atMs, 2 * Date.now());',
      },
    ],
    tests: ['test/replica/scenarios-ledger.test.ts'],
  },
  {
    scenario: 'S3',
    takesOut: 'the key table is no part of a snapshot',
    edits: [
      {
        file: 'ledger/memory.ts',
        search: 'const prefixes = [...this.#tables.keys()].sort();',
        replace: "const prefixes = [...this.#tables.keys()].filter((prefix) => prefix !== 'k:').sort();",
      },
      {
        file: 'ledger/ledger.ts',
        search: 'if (digest !== meta.digest) {',
        replace: 'if (digest.length !== meta.digest.length) {',
      },
    ],
    tests: ['test/ledger/keys.test.ts'],
  },
  {
    scenario: 'S3',
    takesOut: 'the key table that came with a state is not read',
    edits: [
      {
        file: 'ledger/memory.ts',
        search: 'table.load(this.#atHand);',
        replace: 'if (table !== this.keys) table.load(this.#atHand);',
      },
      {
        file: 'ledger/ledger.ts',
        search: 'if (digest !== meta.digest) {',
        replace: 'if (digest.length !== meta.digest.length) {',
      },
    ],
    tests: ['test/ledger/keys.test.ts', 'test/replica/snapshot-scenarios.test.ts'],
  },
  {
    scenario: 'S4',
    takesOut: 'rows and applied index are written one after the other, and nobody adds up',
    edits: [
      {
        file: 'replica/state-writer.ts',
        search: '        await state.write(changes, meta);',
        replace: '        await state.write([], meta);\n        await state.write(changes, meta);',
      },
      {
        file: 'ledger/ledger.ts',
        search: 'if (digest !== meta.digest) {',
        replace: 'if (digest.length !== meta.digest.length) {',
      },
    ],
    tests: ['test/replica/scenarios-ledger.test.ts'],
  },
  {
    scenario: 'S4',
    takesOut: 'the applied index runs ahead of the rows that are written with it',
    edits: [
      {
        file: 'replica/state-writer.ts',
        search: '        await state.write(changes, meta);',
        replace: '        await state.write(changes, { ...meta, appliedIndex: meta.appliedIndex + 1 });',
      },
    ],
    tests: ['test/replica/scenarios-ledger.test.ts'],
  },
  {
    scenario: 'S5',
    takesOut: 'what is due at the same time ends in the order in which it came',
    edits: [
      {
        file: 'ledger/deadlines.ts',
        search: 'return dueMs !== otherMs ? dueMs < otherMs : id < this.#ids.get(other)!;',
        replace: 'return dueMs < otherMs;',
      },
    ],
    tests: ['test/ledger/properties.test.ts'],
  },
  {
    scenario: 'S5',
    takesOut: 'chance has a part in what the ledger keeps',
    edits: [
      {
        file: 'ledger/ledger.ts',
        search: 'const expiresAtMs = expiryOf(command, atMs);',
        replace: 'const expiresAtMs = expiryOf(command, atMs) + Math.floor(Math.random() * 1_000);',
      },
    ],
    tests: [
      'test/ledger/properties.test.ts',
      'test/replica/scenarios-ledger.test.ts',
      'test/architecture/architecture.test.ts',
    ],
  },
  {
    scenario: 'S6',
    takesOut: 'who is not answered in time hears that nothing was proposed',
    edits: [
      {
        file: 'replica/waiters.ts',
        search: 'if (this.copiesOut > 0) {',
        replace: 'if (this.copiesOut > 1_000) {',
      },
    ],
    tests: [
      'test/replica/submissions.test.ts',
      'test/replica/mesh.test.ts',
      'test/replica/scenarios-requests.test.ts',
    ],
  },
  {
    scenario: 'S6',
    takesOut: 'a command takes effect however late it comes',
    edits: [
      {
        file: 'ledger/admission.ts',
        search: "if (atMs > notAfterMs) return refuse(refused('TOO_LATE'));",
        replace: '',
      },
    ],
    tests: ['test/ledger/scenarios-late.test.ts'],
  },
];
