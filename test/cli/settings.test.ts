import { describe, expect, it } from 'vitest';
import type { NodeSettings } from '../../src/cli/node-settings.js';
import { SETTING_KEYS, variableOf } from '../../src/cli/settings/keys.js';
import { type Resolved, resolveNodeSettings, resolveVehicleSettings } from '../../src/cli/settings.js';

interface Given {
  readonly flags?: Record<string, string>;
  readonly env?: Record<string, string>;
  readonly files?: Record<string, string>;
}

function worldOf({ flags = {}, env = {}, files = {} }: Given) {
  return { flags, env, cwd: '/home/op', readFile: (path: string) => files[path] };
}

function resolve(given: Given = {}): Resolved<NodeSettings> {
  return resolveNodeSettings(worldOf(given), '/package/data/bahia.json');
}

function settingsOf(given: Given = {}): NodeSettings {
  const resolved = resolve(given);
  if (!resolved.ok) throw new Error(resolved.faults.join('\n'));
  return resolved.settings;
}

function faultsOf(given: Given): readonly string[] {
  const resolved = resolve(given);
  return resolved.ok ? [] : resolved.faults;
}

describe('defaults', () => {
  it('are those of the contract, without a warning', () => {
    const resolved = resolve();
    expect(resolved).toEqual({
      ok: true,
      shown: expect.any(Object),
      sources: {},
      warnings: [],
      settings: {
        company: 'empresa_a',
        companyName: undefined,
        rest: { host: '127.0.0.1', port: 8085 },
        grpc: { host: '127.0.0.1', port: 9085 },
        mqtt: { host: '127.0.0.1', port: 1883 },
        mqttBroker: undefined,
        peers: [{ company: 'empresa_a', address: '127.0.0.1:9085' }],
        dataDir: '/home/op/.malha/empresa_a',
        seed: '/package/data/bahia.json',
        jsonDir: undefined,
        jsonBytesMax: 512 * 1024 * 1024,
        logLevel: 'info',
        requestTimeoutMs: 5000,
        heartbeatMs: 100,
        electionMs: 1000,
        leaseReads: false,
        clockSkewMs: 2000,
        retryMax: 5,
        retryBaseMs: 50,
        retryCapMs: 2000,
        legacyWindowMinutes: 240,
        chargeMinutes: 30,
        chargeGraceMinutes: 5,
        diskReserveBytes: 64 * 1024 * 1024,
        compactEntries: 10_000,
        clock: undefined,
      },
    });
  });

  it('follow the company and the gRPC address', () => {
    const settings = settingsOf({ env: { MALHA_COMPANY: 'volt', MALHA_GRPC: '10.0.0.1:7000' } });
    expect(settings.dataDir).toBe('/home/op/.malha/volt');
    expect(settings.peers).toEqual([{ company: 'volt', address: '10.0.0.1:7000' }]);
  });
});

describe('precedence', () => {
  const layers = {
    flags: { rest: '127.0.0.1:1', config: 'malha.yaml' },
    env: { MALHA_REST: '127.0.0.1:2' },
    files: { '/home/op/.env': 'MALHA_REST=127.0.0.1:3', '/home/op/malha.yaml': 'rest: 127.0.0.1:4' },
  };

  it.each([
    ['a flag', layers, 1, 'flag --rest'],
    ['the environment', { ...layers, flags: { config: 'malha.yaml' } }, 2, 'environment MALHA_REST'],
    ['.env', { ...layers, flags: { config: 'malha.yaml' }, env: {} }, 3, '.env MALHA_REST'],
    [
      'the file',
      { flags: { config: 'malha.yaml' }, files: { '/home/op/malha.yaml': 'rest: 127.0.0.1:4' } },
      4,
      'malha.yaml rest',
    ],
  ])('%s wins over what is weaker, and is named as the source', (_, given, port, source) => {
    const resolved = resolve(given);
    expect(resolved).toMatchObject({ ok: true, settings: { rest: { port } }, sources: { rest: source } });
  });

  it('counts an empty variable as not given', () => {
    expect(settingsOf({ env: { MALHA_REST: '', MALHA_MQTT_BROKER: '' } })).toMatchObject({
      rest: { port: 8085 },
      mqttBroker: undefined,
    });
  });

  it('every setting can be given as a flag, a variable and a key of the file', () => {
    const values: Record<string, string> = {
      company: 'volt',
      'company-name': 'Volt',
      rest: '127.0.0.1:1',
      grpc: '127.0.0.1:2',
      mqtt: 'off',
      'mqtt-broker': 'mqtt://broker:1883',
      peers: 'volt=127.0.0.1:2,watt=127.0.0.1:3',
      data: 'd',
      seed: 'none',
      'json-dir': 'j',
      'json-max-mb': '2',
      'log-level': 'DEBUG',
      'request-timeout-ms': '1000',
      'heartbeat-ms': '20',
      'election-ms': '100',
      'lease-reads': 'On',
      'clock-skew-ms': '3',
      'retry-max': '0',
      'retry-base-ms': '1',
      'retry-cap-ms': '2',
      'legacy-window-minutes': '5',
      'charge-minutes': '6',
      'charge-grace-minutes': '0',
      'disk-reserve-mb': '1',
      'compact-entries': '77',
      clock: '60:1000:2000',
    };
    const names = SETTING_KEYS.map((key) => key.name);
    expect(Object.keys(values).sort()).toEqual([...names].sort());

    const byFlag = settingsOf({ flags: values });
    const byVariable = settingsOf({
      env: Object.fromEntries(names.map((name) => [variableOf(name), values[name]!])),
    });
    const yaml = names.map((name) => `${name}: ${values[name]}`).join('\n');
    const byFile = settingsOf({ flags: { config: 'm.yaml' }, files: { '/home/op/m.yaml': yaml } });
    expect(byVariable).toEqual(byFlag);
    expect(byFile).toEqual(byFlag);
    expect(byFlag).toMatchObject({
      companyName: 'Volt',
      mqtt: 'off',
      seed: 'none',
      dataDir: '/home/op/d',
      jsonDir: '/home/op/j',
      logLevel: 'debug',
      leaseReads: true,
      diskReserveBytes: 1_048_576,
      compactEntries: 77,
      clock: { speed: 60, realEpochMs: 1000, epochMs: 2000 },
    });
  });
});

describe('older names', () => {
  it('keep working in the environment', () => {
    const settings = settingsOf({
      env: {
        NOME_EMPRESA: 'empresa_b',
        PORTA: '8090',
        MQTT_BROKER: 'tcp://broker:1883',
        DADOS_RECARGA: '/dados',
        LOG_LEVEL: 'WARN',
      },
    });
    expect(settings).toMatchObject({
      company: 'empresa_b',
      rest: { host: '127.0.0.1', port: 8090 },
      mqttBroker: 'mqtt://broker:1883',
      mqtt: 'off',
      jsonDir: '/dados',
      logLevel: 'warn',
    });
  });

  it('are weaker than the new name of the same layer and stronger than any name of a weaker one', () => {
    expect(settingsOf({ env: { NOME_EMPRESA: 'old', MALHA_COMPANY: 'new' } }).company).toBe('new');
    const files = { '/home/op/.env': 'MALHA_COMPANY=new' };
    expect(settingsOf({ env: { NOME_EMPRESA: 'old' }, files }).company).toBe('old');
  });

  it('PORTA is a port alone: the host is that of the weaker layers', () => {
    const files = { '/etc/malha.yaml': 'rest: 0.0.0.0:8085' };
    expect(settingsOf({ flags: { config: '/etc/malha.yaml' }, env: { PORTA: '81' }, files }).rest).toEqual({
      host: '0.0.0.0',
      port: 81,
    });
    expect(faultsOf({ env: { PORTA: 'http' } })[0]).toContain('PORTA (environment): must be');
    expect(faultsOf({ env: { PORTA: '70000' } })).toHaveLength(1);
  });

  it('retired names are ignored with one warning', () => {
    const resolved = resolve({
      env: { GIN_MODE: 'release', EMPRESA_A_URL: 'http://a', EMPRESA_B_URL: 'http://b' },
    });
    expect(resolved.ok).toBe(true);
    expect(resolved.warnings).toHaveLength(1);
    expect(resolved.warnings[0]).toContain('EMPRESA_A_URL, EMPRESA_B_URL, GIN_MODE');
  });
});

describe('faults', () => {
  it('are all listed at once, one line each, with name, layer and value', () => {
    const faults = faultsOf({
      flags: { rest: 'nowhere', config: 'm.yaml' },
      env: { MALHA_HEARTBEAT_MS: '-1', MALHA_LOG_LEVEL: 'loud', MALHA_COMPANY: 'a b' },
      files: { '/home/op/.env': 'MALHA_RETRY_MAX=many', '/home/op/m.yaml': 'grcp: x\ngrpc: [1]\n' },
    });
    expect(faults).toEqual([
      'm.yaml: unknown key grcp (did you mean grpc?)',
      'm.yaml: grpc must be a single value',
      'MALHA_COMPANY (environment): must be 1 to 64 of A-Z a-z 0-9 _ . -, got "a b"',
      '--rest (flag): must be host:port with a port up to 65535, got "nowhere"',
      'MALHA_HEARTBEAT_MS (environment): must be a whole number from 10 to 60000, got "-1"',
      'MALHA_LOG_LEVEL (environment): must be debug, info, warn or error, got "loud"',
      'MALHA_RETRY_MAX (.env): must be a whole number from 0 to 1000, got "many"',
    ]);
    for (const fault of faults) expect(fault).not.toContain('\n');
  });

  it.each([
    [{ MALHA_HEARTBEAT_MS: '400' }, 'MALHA_ELECTION_MS: must be at least 3 times the heartbeat (400 ms)'],
    [{ MALHA_RETRY_BASE_MS: '3000' }, 'MALHA_RETRY_CAP_MS: must not be below the first back-off (3000 ms)'],
    [{ MALHA_PEERS: 'empresa_b=h:1' }, 'MALHA_PEERS: does not contain the own company empresa_a'],
    [{ MALHA_PEERS: 'empresa_a=h:1,empresa_a=h:2' }, 'MALHA_PEERS: names empresa_a more than once'],
    [{ MALHA_PEERS: 'empresa_a=h:1,b=h:1' }, 'MALHA_PEERS: gives h:1 to more than one company'],
    [{ MALHA_GRPC: '127.0.0.1:8085' }, 'MALHA_GRPC: 127.0.0.1:8085 is that of MALHA_REST'],
  ])('compare settings with each other: %j', (env, fault) => {
    expect(faultsOf({ env })).toEqual([fault]);
  });

  it.each([
    { MALHA_REST: '127.0.0.1' },
    { MALHA_REST: '127.0.0.1:65536' },
    { MALHA_REST: ':8085' },
    { MALHA_REST: '8085' },
    { MALHA_MQTT: 'no' },
    { MALHA_MQTT_BROKER: 'http://broker' },
    { MALHA_MQTT_BROKER: 'mqtt://' },
    { MALHA_PEERS: 'empresa_a' },
    { MALHA_PEERS: 'empresa_a=h:0' },
    { MALHA_PEERS: 'empresa_a=h:1,' },
    { MALHA_CLOCK: '0:1:2' },
    { MALHA_CLOCK: '1:2' },
    { MALHA_COMPANY: 'x'.repeat(65) },
    { MALHA_REQUEST_TIMEOUT_MS: '5s' },
    { MALHA_REQUEST_TIMEOUT_MS: '1e3' },
  ])('refuse %j', (env) => {
    expect(faultsOf({ env })).toHaveLength(1);
  });

  it('do not compare what is itself faulty', () => {
    expect(faultsOf({ env: { MALHA_HEARTBEAT_MS: '4000', MALHA_ELECTION_MS: 'soon' } })).toHaveLength(1);
  });

  it('name a file that is missing, is not a mapping or is not YAML, in one line', () => {
    const flags = { config: 'm.yaml' };
    expect(faultsOf({ flags })).toEqual(['--config: no file m.yaml']);
    expect(faultsOf({ flags, files: { '/home/op/m.yaml': '- rest' } })).toEqual([
      'm.yaml: must be a mapping of settings',
    ]);
    const [broken, ...others] = faultsOf({ flags, files: { '/home/op/m.yaml': 'rest: [1\ngrpc: x' } });
    expect(broken).toMatch(/^m\.yaml: .*line/);
    expect(broken).not.toContain('\n');
    expect(others).toEqual([]);
  });

  it("never show a broker's URL, which may carry a password", () => {
    const env = { MALHA_MQTT_BROKER: 'amqp://user:s3cret@host' };
    const text = JSON.stringify(resolve({ env }));
    expect(text).toContain('MALHA_MQTT_BROKER (environment): must be a URL');
    expect(text).not.toContain('s3cret');
    const vehicle = resolveVehicleSettings(worldOf({ flags: { broker: 'amqp://user:s3cret@host' } }));
    expect(vehicle.ok).toBe(false);
    expect(JSON.stringify(vehicle)).not.toContain('s3cret');
  });
});

describe('the file', () => {
  it('may write peers as a mapping, and numbers and underscores as YAML users do', () => {
    const file = 'company: b\npeers:\n  a: h:1\n  b: "[::1]:2"\nheartbeat_ms: 50\nmqtt: off\n';
    const settings = settingsOf({ flags: { config: '/m.yaml' }, files: { '/m.yaml': file } });
    expect(settings).toMatchObject({ heartbeatMs: 50, mqtt: 'off' });
    expect(settings.peers).toEqual([
      { company: 'a', address: 'h:1' },
      { company: 'b', address: '[::1]:2' },
    ]);
  });

  it('may be empty', () => {
    expect(settingsOf({ flags: { config: '/m.yaml' }, files: { '/m.yaml': '' } }).company).toBe('empresa_a');
  });
});

describe('warnings', () => {
  it('tell of every address that other machines can reach', () => {
    const resolved = resolve({
      env: { MALHA_REST: '0.0.0.0:8085', MALHA_GRPC: '[::1]:9085' },
      flags: { mqtt: 'h:1' },
    });
    expect(resolved.warnings).toEqual([
      'MALHA_REST: 0.0.0.0:8085 can be reached from other machines',
      '--mqtt: h:1 can be reached from other machines',
    ]);
  });

  it('tell of a variable that looks like a setting and is none', () => {
    expect(resolve({ env: { MALHA_PERS: 'a=h:1', MALHA_CONFORMANCE: 'x' } }).warnings).toEqual([
      'MALHA_PERS is no setting (did you mean MALHA_PEERS?)',
    ]);
  });
});

describe('the vehicle', () => {
  it('asks the default node and broker', () => {
    expect(resolveVehicleSettings(worldOf({}))).toMatchObject({
      ok: true,
      settings: { nodes: ['http://127.0.0.1:8085'], brokers: ['mqtt://127.0.0.1:1883'] },
    });
  });

  it('takes SERVER_URL and MQTT_BROKER, also lists of them', () => {
    const env = { SERVER_URL: 'http://a:1/, http://b:2', MQTT_BROKER: 'tcp://a:3,mqtts://b:4' };
    expect(resolveVehicleSettings(worldOf({ env }))).toMatchObject({
      ok: true,
      settings: { nodes: ['http://a:1', 'http://b:2'], brokers: ['mqtt://a:3', 'mqtts://b:4'] },
    });
  });

  it('prefers its flags', () => {
    const env = { SERVER_URL: 'http://a:1', MQTT_BROKER: 'tcp://a:3' };
    const flags = { node: 'https://c:1', broker: 'ws://c:2' };
    expect(resolveVehicleSettings(worldOf({ env, flags }))).toMatchObject({
      settings: { nodes: ['https://c:1'], brokers: ['ws://c:2'] },
    });
  });

  it('lists all its faults', () => {
    const resolved = resolveVehicleSettings(
      worldOf({ flags: { node: 'ftp://x', broker: 'x', 'charge-minutes': 'a' } }),
    );
    expect(resolved.ok ? [] : resolved.faults).toHaveLength(3);
  });
});
