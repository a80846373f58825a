/** The audit trail: which commands make records, what these say, how they are chained. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type AuditRecord, FIRST_HEAD, headAfter, subjectOf } from '../../src/ledger/audit.js';
import { Ledger } from '../../src/ledger/ledger.js';
import type { AuditHead } from '../../src/ledger/state.js';
import { type Log, MINUTE_MS, refusal, reserve, START_MS, seededLog, stop } from './log.js';
import { cancel, reserved, tripLog } from './trips.js';
import { atTen, declare, join, joined } from './waiting.js';

const raise = { kind: 'raise-version', ledgerVersion: 2 } as const;

function headOf(log: Log): AuditHead | undefined {
  const row = log.rows().get('a:head');
  return row === undefined ? undefined : (JSON.parse(row) as AuditHead);
}

/** A log in which something of every kind happens, and its records. */
function audited(): { readonly log: Log; readonly records: readonly AuditRecord[] } {
  const log = seededLog();
  const records: AuditRecord[] = [];
  const apply: Log['apply'] = (operation, envelope) => {
    const applied = log.apply(operation, envelope);
    if (applied.record !== null) records.push(applied.record);
    return applied;
  };
  apply(reserve([stop('1')]));
  apply(raise);
  const { answer } = apply(declare([atTen('1'), atTen('3')]), { holder: 'São', requestKey: 'a' });
  apply(declare([atTen('1'), atTen('3')]), { holder: 'x', requestKey: 'a', traceId: 'f'.repeat(32) });
  apply(declare([atTen('4'), atTen('3')]), { holder: 'x', requestKey: 'a' });
  apply(declare([atTen('4')]), { holder: 'x', requestKey: 'late', notAfterMs: log.atMs - 1 });
  apply(join([atTen('4')]), { holder: 'y' });
  log.atMs += 10 * MINUTE_MS;
  apply({ kind: 'expire' });
  apply(cancel(`r${answer.index + 1}`), { holder: 'x' });
  apply({ kind: 'prune' });
  return { log, records };
}

describe('the audit trail', () => {
  it('begins with the entry that raises the mesh to version 2', () => {
    const log = seededLog();
    expect(log.apply(reserve([stop('1')])).record).toBeNull();
    expect(headOf(log)).toBeUndefined();
    const { record, answer } = log.apply(raise);
    expect(record).toMatchObject({ index: answer.index, before: FIRST_HEAD });
    expect(headOf(log)).toEqual({ v: 1, index: answer.index, head: headAfter(record!) });
  });

  it('has a record of each command, refusals of admission too, and none of a repeat', () => {
    const log = tripLog();
    const command = reserve([atTen('1')]);
    expect(log.apply(command, { requestKey: 'k' }).record).not.toBeNull();
    const before = log.ledger.meta().digest;
    const again = log.apply(command, { requestKey: 'k' });
    expect(again).toMatchObject({ repeated: true, record: null, changes: [] });
    expect(log.ledger.meta().digest).toBe(before);
    const used = log.apply(reserve([atTen('3')]), { requestKey: 'k' });
    expect(used.answer.result).toMatchObject(refusal('KEY_REUSED'));
    expect(used.changes.map(({ key }) => key)).toEqual(['a:head']);
    expect(JSON.parse(used.record!.text)).toMatchObject({
      index: used.answer.index,
      requestKey: 'k',
      kind: 'reserve',
      result: { kind: 'refused', reason: 'KEY_REUSED' },
      events: [],
    });
  });

  it('says who, when, through which door, and what came of it, in one order for ever', () => {
    const log = tripLog();
    const { record } = log.apply(join([atTen('3')]), { holder: 'y', requestKey: 'ação', door: 'grpc' });
    expect(record!.text).toBe(
      '{"v":1,"index":9,"atMs":1767225600000,"holder":"y","door":"grpc","originCompany":"empresa_a",' +
        '"traceId":"00000000000000000000000000000000","requestKey":"ação","kind":"join-waitlist",' +
        '"result":{"kind":"refused","reason":"INVALID","conflicts":[],' +
        '"detail":"a request key is 1 to 255 printable ASCII characters"},"events":[]}',
    );
    const offered = log.apply(join([atTen('3')]), { holder: 'y', requestKey: 'k', door: 'grpc' }).record!;
    expect(offered.text).toBe(
      '{"v":1,"index":10,"atMs":1767225600000,"holder":"y","door":"grpc","originCompany":"empresa_a",' +
        '"traceId":"00000000000000000000000000000000","requestKey":"k","kind":"join-waitlist",' +
        '"result":{"kind":"waiting","waitId":"w10","endsAtMs":1767261600000},"events":[' +
        '{"kind":"wait","waitId":"w10","holder":"y","to":"waiting","reservationId":""},' +
        '{"kind":"reservation","reservationId":"r10.1","holder":"y","from":"","to":"HELD","who":"","reason":""},' +
        '{"kind":"stop","reservationId":"r10.1","holder":"y","stop":0,"pointId":"3","company":"empresa_b",' +
        '"startMs":1767261600000,"endMs":1767265200000,"from":"","to":"PLANNED","reason":""},' +
        '{"kind":"wait","waitId":"w10","holder":"y","to":"offered","reservationId":"r10.1"},' +
        '{"kind":"notice","noticeId":"n10.0","holder":"y","notice":"wait-offered","reservationId":"r10.1",' +
        '"to":"open"}]}',
    );
  });

  it('is chained by SHA-256, so that each record vouches for all before it', () => {
    const { log, records } = audited();
    let head = FIRST_HEAD;
    for (const { before, text } of records) {
      expect(before).toBe(head);
      head = createHash('sha256').update(`${before}\n${text}`, 'utf8').digest('hex');
    }
    expect(headOf(log)).toMatchObject({ index: records.at(-1)!.index, head });
    expect(records.length).toBe(9);
    // Whatever is changed of a record shows in the head.
    const { before, text } = records[3]!;
    for (let at = 0; at < text.length; at += 17) {
      const changed = `${text.slice(0, at)}~${text.slice(at + 1)}`;
      expect(headAfter({ before, text: changed })).not.toBe(records[4]!.before);
    }
  });

  it('is the same on a replica that was restored at any entry', () => {
    const { log, records } = audited();
    for (let cut = 8; cut <= log.entries.length; cut += 1) {
      const ledger = Ledger.empty();
      for (const entry of log.entries.slice(0, cut)) ledger.apply(entry, 1);
      const restored = Ledger.restore(ledger.rows(), ledger.meta());
      const again = log.entries.slice(cut).map((entry) => restored.apply(entry, 1).record);
      expect(again).toEqual(records.slice(records.length - again.length));
      expect(restored.meta()).toEqual(log.ledger.meta());
    }
  });

  it('can be asked by reservation, by wish, by point and by who gave the command, whatever these are called', () => {
    const log = tripLog();
    const id = reserved(log, [atTen('3')], { holder: 'z' });
    const waitId = joined(log, 'y', [atTen('3')]);
    const { record, answer } = log.apply(cancel(id), { holder: 'z' });
    expect(record!.subjects).toEqual([
      subjectOf('holder', 'z'),
      subjectOf('reservation', id),
      subjectOf('point', '3'),
      subjectOf('reservation', `r${answer.index}.1`),
      subjectOf('wait', waitId),
    ]);
    // A pseudonym that looks like a reservation's id is no way to its history.
    expect(log.apply(cancel(id), { holder: id }).record!.subjects).toEqual([`holder:${id}`]);
    expect(log.apply({ kind: 'expire' }, { holder: '' }).record!.subjects).toEqual([]);
  });

  it('has no record that is too long to be hashed at once, however much is due', () => {
    const log = tripLog();
    const trips = 700;
    for (let n = 0; n < trips; n += 1) {
      const wanted = [stop('3', { startMs: START_MS + (1 + 2 * n) * MINUTE_MS, durationMs: MINUTE_MS })];
      reserved(log, wanted, { holder: `${n}`.padStart(128, 'v') });
    }
    log.atMs += 30 * 24 * 60 * MINUTE_MS;
    let ended = 0;
    for (let entries = 1; ended < trips; entries += 1) {
      const { answer, record } = log.apply({ kind: 'expire' });
      if (answer.result.kind === 'expired') ended += answer.result.ended;
      expect(record!.text.length).toBeLessThan(600_000);
      expect(entries).toBeLessThanOrEqual(2);
    }
  });
});
