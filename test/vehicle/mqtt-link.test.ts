import { connectAsync, type MqttClient } from 'mqtt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EmbeddedBroker, startEmbeddedBroker } from '../../src/mqtt/embedded-broker.js';
import { SILENT } from '../../src/observe/logger.js';
import { vehicleClock } from '../../src/vehicle/clock.js';
import { type MqttLink, openMqttLink } from '../../src/vehicle/mqtt-link.js';
import { seededRandom } from '../../src/vehicle/random.js';
import { eventually } from '../support/eventually.js';

const QUESTION = { batteryPct: 41, place: 'Salvador', destination: 'Itabuna' };
const NEVER = new AbortController().signal;

let broker: EmbeddedBroker;
let url: string;
/** Someone else on the broker. */
let other: MqttClient;
const heard: { topic: string; retain: boolean; json: Record<string, unknown> }[] = [];
const links: MqttLink[] = [];
const failed: string[] = [];

beforeEach(async () => {
  broker = await startEmbeddedBroker({ host: '127.0.0.1', port: 0, logger: SILENT });
  url = `mqtt://127.0.0.1:${broker.port}`;
  other = await connectAsync(url);
  heard.length = 0;
  failed.length = 0;
  other.on('message', (topic, payload, packet) => {
    heard.push({ topic, retain: packet.retain, json: JSON.parse(payload.toString()) });
  });
  await other.subscribeAsync(['veiculos/solicitacao', 'malha/v1/veiculos/#']);
});

afterEach(async () => {
  for (const link of links.splice(0)) await link.close();
  other.end(true);
  await broker.close();
});

function open(...brokers: string[]): MqttLink {
  const link = openMqttLink({
    brokers,
    vehicleId: 'v1',
    clock: vehicleClock(() => Date.now(), 1),
    random: seededRandom(2),
    askTimeoutRealMs: 300,
    backOffRealMs: { base: 5, cap: 50 },
    onConnected: () => undefined,
    onBrokerFailed: (name) => failed.push(name),
  });
  links.push(link);
  return link;
}

const on = (topic: string) => heard.filter((message) => message.topic === topic);
const reply = (answer: object) => other.publish('veiculos/resposta/v1', JSON.stringify(answer));

describe('a question', () => {
  it('is asked as documented, and answered', async () => {
    const asking = open(url).ask(QUESTION, NEVER);
    const { json } = await eventually(() => on('veiculos/solicitacao')[0] ?? false);
    expect(json).toMatchObject({ veiculo_id: 'v1', bateria: 41, local: 'Salvador', destino: 'Itabuna' });
    reply({ veiculo_id: 'v1', pontos_disponiveis: ['2', 9] });
    expect(await asking).toEqual(['2', '9']);
  });

  it('is asked again when nobody answers, or nobody can', async () => {
    const asking = open(url).ask(QUESTION, NEVER);
    await eventually(() => on('veiculos/solicitacao').length >= 1);
    reply({ veiculo_id: 'v1', pontos_disponiveis: [], erro: 'sem líder' });
    other.publish('veiculos/resposta/v1', 'not JSON');
    const { json } = await eventually(() => on('veiculos/solicitacao')[2] ?? false);
    reply({ veiculo_id: 'v1', pontos_disponiveis: ['11'], id: json.id });
    expect(await asking).toEqual(['11']);
  });

  it('is not answered by what was meant for an earlier one', async () => {
    const link = open(url);
    const first = link.ask(QUESTION, NEVER);
    const asked = await eventually(() => on('veiculos/solicitacao')[0] ?? false);
    reply({ pontos_disponiveis: ['1'], id: asked.json.id });
    await first;
    const before = on('veiculos/solicitacao').length;
    const second = link.ask(QUESTION, NEVER);
    const again = await eventually(() => on('veiculos/solicitacao')[before] ?? false);
    expect(again.json.id).not.toBe(asked.json.id);
    reply({ pontos_disponiveis: ['1'], id: asked.json.id });
    reply({ pontos_disponiveis: ['2'], id: again.json.id });
    expect(await second).toEqual(['2']);
  });

  it('ends when the vehicle is told to', async () => {
    const ending = new AbortController();
    const asking = open(url).ask(QUESTION, ending.signal);
    await eventually(() => on('veiculos/solicitacao').length >= 1);
    ending.abort();
    await expect(asking).rejects.toThrow();
  });
});

describe('a session', () => {
  const presence = () => on('malha/v1/veiculos/v1/conexao').map(({ json }) => json);

  it('is announced, carries telemetry, and is taken back', async () => {
    const link = open(url);
    await eventually(() => presence().length === 1);
    const session = presence()[0]!.session;
    expect(presence()[0]).toEqual({ v: 1, session, online: true });
    const position = { latitude: -12.97, longitude: -38.5 };
    link.report({ position, socPct: 41.5, speedKmh: 88, trip: 'v1-1' });
    const { json } = await eventually(() => on('malha/v1/veiculos/v1/telemetria')[0] ?? false);
    expect(json).toEqual({ v: 1, session, position, socPct: 41.5, speedKmh: 88, trip: 'v1-1' });
    await link.close();
    await eventually(() => presence().length === 2);
    expect(presence()[1]).toEqual({ v: 1, session, online: false });
    heard.length = 0;
    await other.unsubscribeAsync('malha/v1/veiculos/#');
    await other.subscribeAsync('malha/v1/veiculos/#');
    await eventually(() => presence().length === 1);
    expect(on('malha/v1/veiculos/v1/conexao')[0]!.retain).toBe(true);
    expect(presence()[0]!.online).toBe(false);
  });

  it('gets a higher number each time, at the next broker when one fails', async () => {
    const second = await startEmbeddedBroker({ host: '127.0.0.1', port: 0, logger: SILENT });
    const link = open(`mqtt://127.0.0.1:${second.port}`, url);
    const asking = link.ask(QUESTION, NEVER);
    await second.close();
    await eventually(() => on('veiculos/solicitacao').length >= 1);
    const sessionBefore = Number(presence().at(-1)!.session);
    // A connection under the same name throws the vehicle's own out.
    const rival = await connectAsync(url, { clientId: 'v1', reconnectPeriod: 0 });
    rival.end(true);
    await eventually(() => Number(presence().at(-1)!.session) > sessionBefore);
    await eventually(() => failed.length >= 2);
    let answered = false;
    void asking.then(() => {
      answered = true;
    });
    await eventually(() => {
      reply({ pontos_disponiveis: ['5'] });
      return answered;
    });
    expect(await asking).toEqual(['5']);
  });

  it('survives an address that is none', async () => {
    const asking = open('nonsense', url).ask(QUESTION, NEVER);
    await eventually(() => on('veiculos/solicitacao').length >= 1);
    reply({ pontos_disponiveis: ['3'] });
    expect(await asking).toEqual(['3']);
  });
});
