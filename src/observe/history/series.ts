/**
 * What the built-in history keeps. A name or an order that changes lets every node begin its history anew; docs/metrics.md
 * lists them.
 */
import type { Reading, Where } from './readings.js';

export interface SampledSeries {
  readonly name: string;
  readonly unit: string;
  readonly meaning: string;
  readonly reading: Reading;
}

const FAILED = ['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'RESOURCE_EXHAUSTED', 'BUG'];

export const SERIES: readonly SampledSeries[] = [
  value('ready', '0 or 1', 'Whether the node was caught up with a leader.', 'malha_ready'),
  value('leading', '0 or 1', 'Whether its replica led.', 'malha_raft_leader'),
  value('leader_known', '0 or 1', 'Whether it knew a leader.', 'malha_raft_leader_known'),
  value('term', 'term', 'The term that it was in.', 'malha_raft_term'),
  value('voters', 'voters', 'Voters of the mesh.', 'malha_raft_voters'),
  value(
    'losses_tolerated',
    'voters',
    'How many more voters could be lost; known while it led.',
    'malha_raft_losses_tolerated',
  ),
  value('peers_connected', 'peers', 'Peers that it had a working link to.', 'malha_peers_connected'),
  rate(
    'leader_changes_rate',
    'per second',
    'Other leaders that became known.',
    'malha_raft_leader_changes_total',
  ),
  value('applied_index', 'entries', 'Index up to which entries were applied.', 'malha_raft_applied_index'),
  rate('entries_rate', 'per second', 'Entries that were applied.', 'malha_raft_applied_index'),
  value('apply_lag', 'entries', 'Entries committed and not yet applied.', 'malha_raft_apply_lag_entries'),
  highest('peer_lag', 'entries', 'What the member furthest behind lacked; known while it led.', {}),
  highest('learner_lag', 'entries', 'The same of those who only learn.', { voter: ['false'] }),
  value(
    'submissions_waiting',
    'requests',
    'Requests without an answer yet.',
    'malha_raft_submissions_waiting',
  ),
  value('reads_waiting', 'reads', 'Reads that waited for the leader.', 'malha_raft_reads_waiting'),
  rate('granted_rate', 'per second', 'Commands that the ledger granted.', 'malha_commands_total', {
    outcome: ['granted'],
  }),
  rate('refused_rate', 'per second', 'Commands that the ledger refused.', 'malha_commands_total', {
    outcome: ['refused'],
  }),
  rate('failed_rate', 'per second', 'Commands that failed for the moment.', 'malha_commands_total', {
    outcome: FAILED,
  }),
  rate('reservations_rate', 'per second', 'Reservations that were granted.', 'malha_reservations_total', {
    result: ['granted'],
  }),
  quantile(
    'commit_p50',
    'Half of the decided commands were answered within.',
    0.5,
    'malha_submission_duration_seconds',
    {
      outcome: ['granted', 'refused'],
    },
  ),
  quantile('commit_p99', '99 of 100 of them were.', 0.99, 'malha_submission_duration_seconds', {
    outcome: ['granted', 'refused'],
  }),
  quantile(
    'read_p99',
    '99 of 100 linearizable reads were answered within.',
    0.99,
    'malha_read_duration_seconds',
    {
      consistency: ['linearizable'],
      outcome: ['answered'],
    },
  ),
  quantile('save_p50', 'Half of the saves of the log took at most.', 0.5, 'malha_log_save_duration_seconds'),
  quantile('save_p99', '99 of 100 of them did.', 0.99, 'malha_log_save_duration_seconds'),
  value(
    'open_reservations',
    'reservations',
    'Reservations that had not ended.',
    'malha_ledger_open_reservations',
  ),
  value('holds', 'reservations', 'Those that were only held.', 'malha_ledger_holds'),
  value('waiting_wishes', 'wishes', 'Wishes on the waiting list.', 'malha_ledger_waiting_wishes'),
  value('open_notices', 'notices', 'Notices that nobody had acknowledged.', 'malha_ledger_open_notices'),
  points('points_available', 'Points that their company called available.', ['available']),
  points('points_occupied', 'Points that were occupied without a reservation.', ['occupied']),
  points('points_out_of_service', 'Points faulted, offline or in maintenance.', [
    'faulted',
    'offline',
    'maintenance',
  ]),
  rate('http_rate', 'per second', 'Requests over HTTP.', 'malha_http_request_duration_seconds'),
  rate('http_error_rate', 'per second', 'Those answered with 5xx.', 'malha_http_request_duration_seconds', {
    status: ['5xx'],
  }),
  rate('grpc_rate', 'per second', 'Calls over gRPC.', 'malha_grpc_call_duration_seconds'),
  rate('mqtt_rate', 'per second', 'Messages over MQTT.', 'malha_mqtt_messages_total'),
  value('mqtt_clients', 'clients', 'Clients of the embedded broker.', 'malha_mqtt_clients'),
  rate('troubles_rate', 'per second', 'Lines logged as warn or error.', 'malha_log_lines_total', {
    level: ['warn', 'error'],
  }),
  value(
    'clock_offset',
    'seconds',
    'How far its clock was ahead of the median.',
    'malha_clock_offset_seconds',
  ),
  value('disk_free', 'bytes', 'Free where its data directory is.', 'malha_disk_free_bytes'),
  quantile(
    'loop_delay_p99',
    '99 of 100 seconds had no longer delay of the event loop.',
    0.99,
    'malha_event_loop_delay_seconds',
  ),
  value('memory', 'bytes', 'Resident memory of the process.', 'process_resident_memory_bytes'),
  rate('cpu', 'seconds per second', 'Processor time of the process.', 'process_cpu_seconds_total'),
];

function value(name: string, unit: string, meaning: string, metric: string): SampledSeries {
  return { name, unit, meaning, reading: { kind: 'value', metric } };
}

function highest(name: string, unit: string, meaning: string, where: Where): SampledSeries {
  const metric = 'malha_raft_peer_lag_entries';
  return { name, unit, meaning, reading: { kind: 'value', metric, where, fold: 'max' } };
}

function points(name: string, meaning: string, status: readonly string[]): SampledSeries {
  const reading = { kind: 'value', metric: 'malha_ledger_points', where: { status } } as const;
  return { name, unit: 'points', meaning, reading };
}

function rate(name: string, unit: string, meaning: string, metric: string, where: Where = {}): SampledSeries {
  return { name, unit, meaning, reading: { kind: 'rate', metric, where } };
}

function quantile(
  name: string,
  meaning: string,
  part: number,
  metric: string,
  where: Where = {},
): SampledSeries {
  return { name, unit: 'seconds', meaning, reading: { kind: 'quantile', metric, part, where } };
}
