import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describe as describeReport } from '../../src/cli/commands/doctor.js';
import type { PeerAnswer } from '../../src/cli/doctor/ask-peers.js';
import { checkBroker } from '../../src/cli/doctor/check-broker.js';
import { checkClock } from '../../src/cli/doctor/check-clock.js';
import { checkDisk } from '../../src/cli/doctor/check-disk.js';
import { checkNode } from '../../src/cli/doctor/check-node.js';
import { checkPeers } from '../../src/cli/doctor/check-peers.js';
import { effectiveSettings } from '../../src/cli/doctor/effective-settings.js';
import { resolveNodeSettings } from '../../src/cli/settings.js';
import { startEmbeddedBroker } from '../../src/mqtt/embedded-broker.js';
import { SILENT } from '../../src/observe/logger.js';
import { replicaId } from '../../src/raft/entry.js';

function effective(env: Record<string, string>, dotEnv = '') {
  const files: Record<string, string> = { '/op/.env': dotEnv, '/op/m.yaml': 'retry-max: 7' };
  const world = {
    flags: { config: 'm.yaml', rest: '127.0.0.1:1' },
    env,
    cwd: '/op',
    readFile: (path: string) => files[path],
  };
  const resolved = resolveNodeSettings(world, '/package/bahia.json');
  if (!resolved.ok) throw new Error(resolved.faults.join('\n'));
  const byName = new Map(effectiveSettings(resolved).map(({ name, ...rest }) => [name, rest]));
  return (name: string) => byName.get(name);
}

describe('the effective settings', () => {
  it('say where each came from, and under which older name', () => {
    const setting = effective({ NOME_EMPRESA: 'volt', MALHA_RETRY_BASE_MS: '10' }, 'MALHA_GRPC=127.0.0.1:2');
    expect(setting('rest')).toEqual({ value: '127.0.0.1:1', source: 'flag --rest', olderNameOf: '' });
    expect(setting('company')).toMatchObject({
      source: 'environment NOME_EMPRESA',
      olderNameOf: 'MALHA_COMPANY',
    });
    expect(setting('retry-base-ms')).toMatchObject({
      value: '10',
      source: 'environment MALHA_RETRY_BASE_MS',
    });
    expect(setting('grpc')).toMatchObject({ value: '127.0.0.1:2', source: '.env MALHA_GRPC' });
    expect(setting('retry-max')).toMatchObject({ value: '7', source: 'm.yaml retry-max' });
    expect(setting('heartbeat-ms')).toEqual({ value: '100', source: 'default', olderNameOf: '' });
    expect(setting('data')).toMatchObject({ value: '/op/.malha/volt', source: 'default' });
  });

  it('never show a password, and show what a setting makes of another', () => {
    const setting = effective({ MQTT_BROKER: 'tcp://operator:s3cr,et@broker:1883' });
    expect(setting('mqtt-broker')).toMatchObject({
      value: 'tcp://***@broker:1883',
      olderNameOf: 'MALHA_MQTT_BROKER',
    });
    expect(setting('mqtt')?.value).toBe('off');
  });
});

describe('the version of Node.js', () => {
  it.each([
    ['20.19.0', 'ok'],
    ['20.20.2', 'ok'],
    ['24.0.0', 'ok'],
    ['20.18.9', 'fault'],
    ['18.20.0', 'fault'],
  ])('%s is %s', (version, verdict) => {
    expect(checkNode(version).verdict).toBe(verdict);
  });
});

function answerOf(
  company: string,
  given: Partial<PeerAnswer> & { readonly cluster?: string } = {},
): PeerAnswer {
  const { cluster = 'c'.repeat(16), ...rest } = given;
  const identity = {
    ...{
      replica: replicaId('00000000000000a1'),
      cluster,
      company,
      peerCompanies: [],
      founders: [],
      members: [],
    },
    ...{ membersIndex: 0, understands: 2 },
  };
  return { company, address: 'host:1', identity, fault: '', ledgerTimeMs: null, ...rest };
}

const SILENT_PEER = { identity: null, fault: 'nobody listens there' };
const PEERS = { peers: ['a', 'b', 'c'].map((company) => ({ company, address: 'host:1' })) };

describe('peers', () => {
  const verdicts = (answers: readonly PeerAnswer[]) =>
    checkPeers(PEERS, answers, null).map(({ verdict }) => verdict);

  it('are a fault only when those who answer are no majority', () => {
    expect(verdicts([answerOf('b'), answerOf('c')])).toEqual(['ok', 'ok']);
    expect(verdicts([answerOf('b'), answerOf('c', SILENT_PEER)])).toEqual(['ok', 'note']);
    expect(verdicts([answerOf('b', SILENT_PEER), answerOf('c', SILENT_PEER)])).toEqual([
      'fault',
      'fault',
      'fault',
    ]);
  });

  it('of two meshes are a fault, and those that wait for one are not', () => {
    expect(verdicts([answerOf('b'), answerOf('c', { cluster: '' })])).toEqual(['ok', 'ok']);
    const [, , fault] = checkPeers(PEERS, [answerOf('b'), answerOf('c', { cluster: 'd'.repeat(16) })], null);
    expect(fault).toMatchObject({ verdict: 'fault', text: expect.stringContaining('different meshes') });
  });
});

describe('the clock', () => {
  const settings = { clock: undefined, clockSkewMs: 2_000, heartbeatMs: 100 };
  const at = (ledgerTimeMs: number | null) => [answerOf('b', { ledgerTimeMs })];

  it('is compared with ledger time, as far as anybody tells it', () => {
    expect(checkClock(settings, at(1_000_000), 1_001_500)).toMatchObject({ verdict: 'ok' });
    expect(checkClock(settings, at(1_000_000), 1_003_000)).toMatchObject({
      ...{ verdict: 'fault', text: expect.stringContaining('3000 ms ahead of ledger time') },
    });
    expect(checkClock(settings, at(1_000_000), 990_000).text).toContain('10000 ms behind ledger time');
    expect(checkClock(settings, at(null), 990_000).verdict).toBe('note');
  });

  it('that runs faster is compared in real time', () => {
    const clock = { speed: 100, realEpochMs: 0, epochMs: 0 };
    expect(checkClock({ ...settings, clock }, at(1_000_000), 1_150_000).verdict).toBe('ok');
    expect(checkClock({ ...settings, clock }, at(1_000_000), 1_300_000).verdict).toBe('fault');
  });
});

describe('the disk', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'malha-doctor-test-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const look = (given: object = {}) =>
    checkDisk({
      ...{
        dataDir: join(root, 'data'),
        company: 'one',
        jsonDir: undefined,
        diskReserveBytes: 1,
        electionMs: 1_000_000,
      },
      ...given,
    });

  it('is measured without leaving anything behind', async () => {
    const found = await look({ jsonDir: join(root, 'dados') });
    expect(found.map(({ check, verdict }) => [check, verdict === 'fault'])).toEqual([
      ...[
        ['disk', false],
        ['disk', false],
        ['disk', false],
        ['files', false],
      ],
    ]);
    expect(found[1]?.text).toMatch(/^a sync takes \d+\.\d ms/);
    expect(await readdir(root)).toEqual([]);
  });

  it('that is too full or too slow for a node is a fault', async () => {
    const [room, sync] = await look({ diskReserveBytes: Number.MAX_SAFE_INTEGER, electionMs: 0 });
    expect(room).toMatchObject({ verdict: 'fault', text: expect.stringContaining('MALHA_DISK_RESERVE_MB') });
    expect(sync).toMatchObject({ verdict: 'fault', text: expect.stringContaining('election time-out') });
  });

  it('with a file where the directory should be is a fault, of the JSON files only a note', async () => {
    await writeFile(join(root, 'data'), 'in the way');
    const verdicts = (await look({ jsonDir: join(root, 'data', 'dados') })).map(({ verdict }) => verdict);
    expect(verdicts).toEqual(['fault', 'fault', 'fault', 'note']);
  });

  it('with an identity that is damaged is a fault', async () => {
    await mkdir(join(root, 'data'));
    await writeFile(join(root, 'data', 'identity.json'), '{"version":1}');
    const [, , replica] = await look();
    expect(replica).toMatchObject({ verdict: 'fault', text: expect.stringContaining('identity.json') });
  });
});

describe('a broker beside the node', () => {
  it('takes connections or not, and its password is not told', async () => {
    const broker = await startEmbeddedBroker({ host: '127.0.0.1', port: 0, logger: SILENT });
    const url = `mqtt://operator:s3cret@127.0.0.1:${broker.port}`;
    expect(await checkBroker(url)).toMatchObject([{ check: 'broker', verdict: 'ok' }]);
    await broker.close();
    const [found] = await checkBroker(url);
    expect(found).toMatchObject({ verdict: 'fault', text: expect.stringContaining('ECONNREFUSED') });
    expect(found?.text).not.toContain('s3cret');
    expect(await checkBroker(undefined)).toEqual([]);
  });

  it('that accepts and says nothing is given up', async () => {
    const mute = createServer((socket) => socket.resume());
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const { port } = mute.address() as { port: number };
    const [found] = await checkBroker(`mqtt://127.0.0.1:${port}`);
    expect(found?.verdict).toBe('fault');
    await new Promise((resolve) => mute.close(resolve));
  });
});

describe('the report', () => {
  it('says in its last line whether anything keeps a node from working', () => {
    const setting = {
      name: 'rest',
      value: '127.0.0.1:1',
      source: 'environment PORTA',
      olderNameOf: 'MALHA_REST',
    };
    const fault = { check: 'ports', verdict: 'fault', text: 'taken' } as const;
    const plain = (_colour: string, text: string) => text;
    expect(describeReport([setting], ['beware'], [fault], plain)).toEqual([
      'settings',
      '  rest  127.0.0.1:1  environment PORTA (older name of MALHA_REST)',
      '  note  beware',
      '',
      'checks',
      '  fault  ports   taken',
      '',
      '1 fault keeps a node from working with these settings',
    ]);
    expect(describeReport([setting], [], [], plain).at(-1)).toBe(
      'nothing keeps a node from working with these settings',
    );
  });
});
