import { beforeEach, describe, expect, it } from 'vitest';
import type { Logger } from '../../src/observe/logger.js';
import { NodeMetrics } from '../../src/observe/metrics/node-metrics.js';
import { NOBODY, replicaId } from '../../src/raft/entry.js';
import { type Samples, samplesOf } from './metrics-text.js';

const A = replicaId('000000000000000a');
const B = replicaId('000000000000000b');

let metrics: NodeMetrics;
beforeEach(() => {
  metrics = new NodeMetrics({ version: '0.0.0', company: 'empresa_a' });
});

async function samples(): Promise<Samples> {
  return samplesOf(await metrics.text());
}

describe('requests over HTTP', () => {
  it('are told by the template of their route and the class of their status', async () => {
    const { doors } = metrics;
    doors.httpAnswered({ method: 'GET', route: '/v1/points/{id}', status: 200, seconds: 0.004 });
    doors.httpAnswered({ method: 'GET', route: '/v1/points/{id}', status: 204, seconds: 0.004 });
    doors.httpAnswered({ method: 'GET', route: '/v1/points/{id}', status: 503, seconds: 5 });
    const told = await samples();
    const name = 'malha_http_request_duration_seconds_count';
    expect(told.get(`${name}{method="GET",route="/v1/points/{id}",status="2xx"}`)).toBe(2);
    expect(told.get(`${name}{method="GET",route="/v1/points/{id}",status="5xx"}`)).toBe(1);
  });

  it('get no label from what a caller made up', async () => {
    for (let k = 0; k < 50; k += 1) {
      metrics.doors.httpAnswered({ method: `M${k}`, route: undefined, status: 404, seconds: 0.001 });
    }
    const told = [...(await samples())].filter(([name]) =>
      name.startsWith('malha_http_request_duration_seconds_count'),
    );
    expect(told).toEqual([
      ['malha_http_request_duration_seconds_count{method="other",route="other",status="4xx"}', 50],
    ]);
  });
});

describe('what else comes and goes', () => {
  it('is counted: calls, messages, clients, lines', async () => {
    const { doors } = metrics;
    doors.callEnded({ path: '/malha.mesh.v1.PointService/GetPoint', code: 'OK', seconds: 0.002 });
    doors.mqttMessage(7);
    doors.mqttMessage(5);
    metrics.ask({ mqttClients: () => 3 });
    const said: string[] = [];
    const note = (_: object, message: string) => said.push(message);
    const logger: Logger = doors.meterLog({ debug: note, info: note, warn: note, error: note });
    logger.warn({}, 'one');
    logger.error({ a: 1 }, 'two');
    logger.error({}, 'three');
    const told = await samples();
    expect(
      told.get(
        'malha_grpc_call_duration_seconds_count{service="malha.mesh.v1.PointService",method="GetPoint",code="OK"}',
      ),
    ).toBe(1);
    expect(told.get('malha_mqtt_messages_total')).toBe(2);
    expect(told.get('malha_mqtt_payload_bytes_total')).toBe(12);
    expect(told.get('malha_mqtt_clients')).toBe(3);
    expect(told.get('malha_log_lines_total{level="error"}')).toBe(2);
    expect(told.get('malha_log_lines_total{level="info"}')).toBe(0);
    expect(said).toEqual(['one', 'two', 'three']);
  });
});

describe('leadership', () => {
  it('counts elections once each, and a leader that is another or leads a later term', async () => {
    const { raft } = metrics;
    const leaders = async () => (await samples()).get('malha_raft_leader_changes_total');
    raft.leadership({ role: 'pre-candidate', leader: NOBODY, term: 1 });
    raft.leadership({ role: 'candidate', leader: NOBODY, term: 2 });
    raft.leadership({ role: 'candidate', leader: NOBODY, term: 3 });
    expect((await samples()).get('malha_raft_elections_total')).toBe(2);
    expect(await leaders()).toBe(0);
    raft.leadership({ role: 'leader', leader: A, term: 3 });
    raft.leadership({ role: 'follower', leader: NOBODY, term: 3 });
    raft.leadership({ role: 'follower', leader: A, term: 3 });
    expect(await leaders()).toBe(1);
    raft.leadership({ role: 'follower', leader: A, term: 4 });
    raft.leadership({ role: 'follower', leader: B, term: 5 });
    expect(await leaders()).toBe(3);
  });
});

describe('peers', () => {
  it('are told by company, and go with the leadership', async () => {
    const peer = { company: 'b', voter: true, lagEntries: 4, inflight: 1 };
    const figures = {
      ...{
        submissionsWaiting: 1,
        readsWaiting: 2,
        clockSkewMs: -1_500,
        clockSkewMaxMs: 2_000,
        diskStalls: false,
      },
      ...{ uncommittedBytes: 10, voters: 3, learners: 1, lossesTolerated: 1 as number | null },
      // While b's replica is replaced it has two.
      peers: [peer, { ...peer, lagEntries: 9 }, { ...peer, voter: false, lagEntries: 700 }],
    };
    let now: typeof figures = figures;
    const links = [
      { company: 'b', state: 'up', pendingBytes: 5 } as const,
      { company: 'c', state: 'down', pendingBytes: 0 } as const,
    ];
    metrics.ask({ figures: () => now, links: () => links });
    const led = await samples();
    expect(led.get('malha_raft_peer_lag_entries{peer="b",voter="true"}')).toBe(9);
    expect(led.get('malha_raft_peer_lag_entries{peer="b",voter="false"}')).toBe(700);
    expect(led.get('malha_raft_peer_inflight_appends{peer="b"}')).toBe(3);
    expect(led.get('malha_raft_losses_tolerated')).toBe(1);
    expect(led.get('malha_clock_offset_seconds')).toBe(-1.5);
    expect(led.get('malha_peers_connected')).toBe(1);
    expect(led.get('malha_peer_link_up{peer="c"}')).toBe(0);
    expect(led.get('malha_peer_link_pending_bytes{peer="b"}')).toBe(5);
    now = { ...figures, peers: [], lossesTolerated: null };
    const follows = await samples();
    expect([...follows.keys()].filter((name) => /peer_lag|inflight|losses/.test(name))).toEqual([]);
    expect(follows.get('malha_raft_voters')).toBe(3);
  });
});
