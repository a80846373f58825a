/** Runs with something changed afterwards, as a mesh that misbehaves would have left them. */

import type { Result } from '../../../src/ledger/result.js';
import type { CommandReply, MeshReply, QueryReply } from '../mesh-history.js';
import type { FirstReservation } from '../model/rows.js';
import type { LoggedEntry, NodeRecord, Run } from '../run.js';
import type { Seen } from '../seen.js';

type Change<T> = (before: T) => T;

/** Some nodes changed; without `only` all of them. */
export function withNodes(run: Run, change: Change<NodeRecord>, only?: string): Run {
  const nodes = run.nodes.map((node) => (only === undefined || node.node === only ? change(node) : node));
  return { ...run, nodes };
}

/** The logs changed. */
export function withLogs(run: Run, change: Change<readonly LoggedEntry[]>, only?: string): Run {
  return withNodes(run, (node) => ({ ...node, log: change(node.log) }), only);
}

/** The reservations' rows changed; null takes one away. */
export function withReservations(
  run: Run,
  change: (before: FirstReservation) => FirstReservation | null,
  only?: string,
): Run {
  return withRows(
    run,
    (rows) =>
      rows.flatMap((each) => {
        if (!each.key.startsWith('v:')) return [each];
        const after = change(JSON.parse(each.row) as FirstReservation);
        return after === null ? [] : [reservationRow(after)];
      }),
    only,
  );
}

/** One more reservation. */
export function withReservation(run: Run, reservation: FirstReservation, only?: string): Run {
  return withRows(run, (rows) => [...rows, reservationRow(reservation)], only);
}

/** An answer to a command with its result changed. */
export function told(change: Change<CommandReply>): Change<MeshReply> {
  return (reply) => {
    if (reply.kind !== 'result') throw new Error('a command is answered with a result');
    return change(reply);
  };
}

/** Told that all was reserved, whatever was decided. */
export function toldReserved(reservationId: string, ...stops: readonly StopText[]): Change<MeshReply> {
  const result: Seen<Result> = {
    kind: 'reserved',
    reservationId,
    stops: stops.map(([pointId, startMs, endMs]) => ({ pointId, startMs, endMs })),
  };
  return told((reply) => ({ ...reply, result }));
}

type StopText = readonly [pointId: string, startMs: number, endMs: number];

/** An answer to a query changed. */
export function shown(change: Change<QueryReply>): Change<MeshReply> {
  return (reply) => {
    if (reply.kind !== 'view') throw new Error('a query is answered with a view');
    return change(reply);
  };
}

function withRows(run: Run, change: Change<NodeRecord['rows']>, only?: string): Run {
  return withNodes(run, (node) => ({ ...node, rows: change(node.rows) }), only);
}

function reservationRow(reservation: FirstReservation): { key: string; row: string } {
  return { key: `v:${reservation.id}`, row: JSON.stringify({ v: 1, ...reservation }) };
}
