/**
 * Three real nodes on one Mosquitto, which all of them hear: each documented request is answered once, by the leader, and what
 * was asked while nobody led is answered by the next one.
 */
import { afterEach, describe, expect, it, test } from 'vitest';
import { NO_MOSQUITTO, type RunningMosquitto, startMosquitto } from '../mqtt/mosquitto.js';
import { connectVehicle, type VehicleClient } from '../mqtt/vehicle-client.js';
import { eventually } from '../support/eventually.js';
import { type NodeProcess, ProcessMesh } from '../support/node-process.js';
import { points } from './bahia.js';
import { askFresh, heldPoints } from './client.js';

const PATIENCE = { timeoutMs: 30_000 };

if (NO_MOSQUITTO !== null) test.skip(`three real nodes on one Mosquitto (${NO_MOSQUITTO})`);

let mesh: ProcessMesh | null = null;
let broker: RunningMosquitto | null = null;
let vehicle: VehicleClient | null = null;
let extra: VehicleClient | null = null;
afterEach(async () => {
  await vehicle?.close();
  await extra?.close();
  extra = null;
  await mesh?.stop();
  await broker?.stop();
  vehicle = null;
  mesh = null;
  broker = null;
});

/** One client that asks for many; every reply that any node ever gives is kept. */
class Sender {
  private probes = 0;

  constructor(
    private readonly client: VehicleClient,
    private readonly nodes: readonly NodeProcess[],
  ) {}

  replies(topic: string): readonly Readonly<Record<string, unknown>>[] {
    return this.client.heard
      .filter((heard) => heard.topic === topic)
      .map(({ text }) => JSON.parse(text) as Record<string, unknown>);
  }

  ask(veiculo_id: string, local = 'Salvador', destino = 'Feira de Santana'): Promise<unknown> {
    const payload = { veiculo_id, bateria: 40, local, destino };
    return this.publish('veiculos/solicitacao', payload);
  }

  act(acao: string, origem: string, ponto_id: string, empresa_id: string): Promise<unknown> {
    return this.publish(`empresa/${empresa_id}/reserva`, { ponto_id, empresa_id, acao, origem });
  }

  /** Waits until every node that runs hears this client's requests. */
  async heardByAll(): Promise<void> {
    await eventually(async () => {
      const id = await this.probe();
      return this.nodes
        .filter((node) => node.running)
        .every((node) => node.logged('MQTT: request').some(({ payload }) => String(payload).includes(id)));
    }, PATIENCE);
  }

  /** Once a request sent now is answered, so is all that was sent before it. */
  async settle(): Promise<void> {
    const topic = `veiculos/resposta/${await this.probe()}`;
    await eventually(() => this.replies(topic).length === 1, PATIENCE);
  }

  private async probe(): Promise<string> {
    this.probes += 1;
    const id = `sonda-${this.probes}.`;
    await this.ask(id);
    return id;
  }

  private publish(topic: string, payload: object): Promise<unknown> {
    return this.client.client.publishAsync(topic, JSON.stringify(payload), { qos: 1 });
  }
}

async function start(): Promise<{ running: ProcessMesh; sender: Sender }> {
  broker = await startMosquitto();
  const url = `mqtt://127.0.0.1:${broker.port}`;
  mesh = await ProcessMesh.start(3, ['--mqtt-broker', url, '--log-level', 'debug']);
  await mesh.registered();
  vehicle = await connectVehicle(broker.port, ['veiculos/resposta/+', 'empresa/+/resposta/+']);
  const sender = new Sender(vehicle, mesh.nodes);
  await sender.heardByAll();
  return { running: mesh, sender };
}

const nameOf = (reply: Readonly<Record<string, unknown>>): string => String(reply.no).split('/')[0]!;

describe.skipIf(NO_MOSQUITTO !== null)('three real nodes on one Mosquitto', () => {
  it('answer each documented request once, and the next leader answers what nobody did', {
    timeout: 120_000,
  }, async () => {
    const { running, sender } = await start();
    const leader = await running.leader();

    const holders = ['h1', 'h2', 'h3', 'h4'];
    for (const [at, holder] of holders.entries()) {
      await sender.ask(holder);
      // Points 1 and 2 are the first company's; two want each.
      await sender.act('reservar', holder, String((at % 2) + 1), at < 2 ? '1' : 'empresa_a');
    }
    await sender.act('verificar', 'h1', '1', '1');
    const point = (holder: string, id: string) => sender.replies(`empresa/${holder}/resposta/${id}`);
    await eventually(() => point('h1', '1').length >= 2 && point('h4', '2').length >= 1, PATIENCE);
    await sender.settle();

    for (const [at, holder] of holders.entries()) {
      const asked = sender.replies(`veiculos/resposta/${holder}`);
      expect(asked).toHaveLength(1);
      expect(asked[0]).toMatchObject({ veiculo_id: holder, pontos_disponiveis: expect.any(Array) });
      const id = String((at % 2) + 1);
      const company = at < 2 ? '1' : 'empresa_a';
      expect(point(holder, id)).toHaveLength(at === 0 ? 2 : 1);
      expect(point(holder, id)[0]).toEqual({
        ...{ ponto_id: id, empresa_id: company, disponivel: false, reservado: at < 2 },
        ...{ mensagem: expect.any(String), pedido: expect.any(String), no: expect.any(String) },
      });
      expect([...asked, ...point(holder, id)].map(nameOf)).toContain(leader.company);
    }
    expect(point('h1', '1')[1]).toMatchObject({ disponivel: false, reservado: true });
    expect((await askFresh(leader, '/points')).json).toEqual(points(['1', '2']));

    await leader.end('SIGKILL');
    const survivors = running.others(leader);
    const heardBefore = vehicle!.heard.length;
    // Nobody leads: one request after the other, until somebody answers the first.
    const sent: string[] = [];
    await eventually(
      async () => {
        if (vehicle!.heard.length > heardBefore) return true;
        const id = `gap-${sent.length}`;
        sent.push(id);
        await sender.act(sent.length % 2 === 0 ? 'verificar' : 'reservar', id, '9', '1');
        return false;
      },
      { ...PATIENCE, everyMs: 50 },
    );
    const next = await running.leader();
    expect(survivors).toContain(next);
    // Kept for two election time-outs: of an election that took longer the oldest are dropped, and the log says how many.
    const dropped = next
      .logged('MQTT: no leader answered in time; dropped here')
      .reduce((sum, { requests }) => sum + Number(requests), 0);
    expect(dropped).toBeLessThan(sent.length);
    const kept = sent.slice(dropped);
    await eventually(() => kept.every((id) => point(id, '9').length >= 1), PATIENCE);
    await sender.settle();
    for (const id of sent.slice(0, dropped)) expect(point(id, '9')).toEqual([]);
    for (const id of kept) expect(point(id, '9')).toHaveLength(1);
    expect(new Set(kept.map((id) => nameOf(point(id, '9')[0]!)))).toEqual(new Set([next.company]));
    // The first that wanted the point has it, and nobody else.
    const winners = kept.filter((id) => point(id, '9')[0]!.reservado === true);
    expect(winners).toEqual([kept.find((id) => Number(id.split('-')[1]) % 2 === 0)]);
    for (const node of survivors) expect(await heldPoints(node, winners[0]!)).toEqual(['9']);

    // The killed one comes back, hears requests again, and answers nothing that was answered.
    const countBefore = sent.map((id) => point(id, '9').length);
    leader.start();
    await leader.ready();
    await sender.heardByAll();
    await sender.act('liberar', winners[0]!, '9', '1');
    await eventually(() => point(winners[0]!, '9').length === 2, PATIENCE);
    await sender.settle();
    expect(point(winners[0]!, '9')[1]).toMatchObject({ disponivel: true, reservado: false });
    const counts = sent.map((id) => point(id, '9').length - (id === winners[0] ? 1 : 0));
    expect(counts).toEqual(countBefore);
    await running.agree();
    expect((await askFresh(leader, '/points')).json).toEqual(points(['1', '2']));
  });

  it('decide a vehicle’s request once, whoever leads, and tell it what happened until it says that it knows', {
    timeout: 120_000,
  }, async () => {
    const { running } = await start();
    const topic = 'malha/v1/veiculos/car-1';
    const car = await connectVehicle(broker!.port, [`${topic}/resposta`, `${topic}/avisos`]);
    extra = car;
    type Json = Readonly<Record<string, unknown>>;
    const on = (leaf: string) =>
      car.heard
        .filter((heard) => heard.topic === `${topic}/${leaf}`)
        .map(({ text }) => JSON.parse(text) as Json);
    const send = (leaf: string, payload: object, retain = false) =>
      car.client.publishAsync(`${topic}/${leaf}`, JSON.stringify({ v: 1, ...payload }), { qos: 1, retain });
    const replyTo = (id: string, nth = 0) =>
      eventually(() => on('resposta').filter((reply) => reply.id === id)[nth] ?? false, PATIENCE);
    await send('conexao', { session: 1, online: true }, true);

    // A mesh raises its version a moment after its first leader: until then it is asked again.
    const paradas = [{ ponto_id: '9', inicio: 'agora', duracao_s: 3_600 }];
    let tries = 0;
    const reserved = await eventually(async () => {
      const id = `reserva-${tries}`;
      tries += 1;
      await send('pedido', { id, tipo: 'reservar', paradas });
      const reply = await replyTo(id);
      return reply.ok === true && reply;
    }, PATIENCE);
    expect(await heldPoints(running.nodes[0]!, 'car-1')).toEqual(['9']);
    const leader = await running.leader();
    expect(nameOf(reserved)).toBe(leader.company);

    await leader.end('SIGKILL');
    const next = await running.leader();
    await send('pedido', { id: reserved.id, tipo: 'reservar', paradas });
    const repeated = await replyTo(String(reserved.id), 1);
    expect(nameOf(repeated)).toBe(next.company);
    expect({ ...repeated, no: reserved.no }).toEqual(reserved);

    // Nobody comes: after a quarter of an hour that would be a no-show; a hold that runs out is told sooner.
    await send('pedido', {
      id: 'curta',
      tipo: 'reservar',
      prazo_s: 1,
      paradas: [{ ...paradas[0], ponto_id: '5' }],
    });
    expect(await replyTo('curta')).toMatchObject({ ok: true, reserva: { estado: 'pre_reservada' } });
    const notice = await eventually(() => on('avisos')[0] ?? false, PATIENCE);
    expect(notice).toMatchObject({ tipo: 'prazo_esgotado', reserva: { estado: 'vencida' } });
    await send('conexao', { session: 2, online: true }, true);
    await eventually(() => expect(on('avisos')).toEqual([notice, notice]), PATIENCE);
    await send('pedido', { id: 'ciente', tipo: 'confirmar_aviso', avisos: [notice.id] });
    expect(await replyTo('ciente')).toMatchObject({ avisos_fechados: 1 });
    await send('conexao', { session: 3, online: true }, true);
    await send('pedido', { id: 'fim', tipo: 'consultar' });
    await replyTo('fim');
    expect(on('avisos')).toHaveLength(2);
    leader.start();
    await leader.ready();
    await running.agree();
  });
});
