import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.js';
import { type DoorFixture, openDoorFixture, openReservations, repliesOn } from './door-fixture.js';

const TRIP = { veiculo_id: 'v1', bateria: 80, local: 'Salvador', destino: 'Porto Seguro' };

let fixture: DoorFixture;

beforeEach(async () => {
  fixture = await openDoorFixture();
});

afterEach(() => fixture.close());

function digest(): string {
  return fixture.lone.ledger.meta().digest;
}

describe('veiculos/solicitacao', () => {
  test('is answered with the free points of every route through both places, each once', async () => {
    const reply = await fixture.askPoints(TRIP);

    expect(reply).toEqual({ veiculo_id: 'v1', pontos_disponiveis: ['2', '9', '10', '5', '11', '12', '13'] });
  });

  test('a point that is reserved is left out', async () => {
    await fixture.askReservation('reservar', { ponto_id: '9' });

    const reply = await fixture.askPoints(TRIP);

    expect(reply.pontos_disponiveis).toEqual(['2', '10', '5', '11', '12', '13']);
  });

  test('places without a common route have no points', async () => {
    expect(await fixture.askPoints({ ...TRIP, destino: 'Atlântida' })).toEqual({
      veiculo_id: 'v1',
      pontos_disponiveis: [],
    });
  });

  test.each([0, 100, 12.5, '80', '7.5'])('takes a battery of %j', async (bateria) => {
    const reply = await fixture.askPoints({ ...TRIP, bateria });

    expect(reply.erro).toBeUndefined();
    expect(reply.pontos_disponiveis).toHaveLength(7);
  });

  test.each([
    ['bateria', -1],
    ['bateria', 100.5],
    ['bateria', 'cheia'],
    ['bateria', ''],
    ['bateria', null],
    ['bateria', [80]],
    ['bateria', true],
    ['local', ''],
    ['local', 7],
    ['local', 'x'.repeat(201)],
    ['destino', undefined],
    ['destino', { nome: 'Salvador' }],
    ['id', ''],
    ['id', 'x'.repeat(256)],
    ['id', 'não-ASCII'],
    ['id', {}],
  ])('a wrong %s (%j) is told in Portuguese with no points', async (field, value) => {
    const reply = await fixture.askPoints({ ...TRIP, [field]: value });

    expect(reply.pontos_disponiveis).toEqual([]);
    expect(reply.erro).toMatch(new RegExp(`^${field}: `));
  });

  test('a number is a vehicle id too, and the id of the request comes back', async () => {
    const reply = await fixture.ask(
      'veiculos/solicitacao',
      { ...TRIP, veiculo_id: 42, id: 'p-1' },
      'veiculos/resposta/42',
    );

    expect(reply).toMatchObject({ veiculo_id: '42', id: 'p-1' });
  });

  test('without a fresh read the local replica answers and says how old it is', async () => {
    fixture.mesh.failFreshReads = 'UNAVAILABLE';
    fixture.mesh.ageMs = 1_234;

    expect(await fixture.askPoints(TRIP)).toMatchObject({
      pontos_disponiveis: ['2', '9', '10', '5', '11', '12', '13'],
      idade_ms: 1_234,
    });
    expect(fixture.mesh.queries.map(({ options }) => [options.consistency, options.timeoutMs])).toEqual([
      ['linearizable', 500],
      ['stale', 500],
    ]);
  });

  test('when nobody can read, that is what is said', async () => {
    fixture.mesh.failFreshReads = 'DEADLINE_EXCEEDED';
    fixture.mesh.failStaleReads = 'UNAVAILABLE';

    const reply = await fixture.askPoints(TRIP);

    expect(reply.pontos_disponiveis).toEqual([]);
    expect(reply.erro).toContain('nada foi feito');
  });
});

describe('empresa/{nome}/reserva', () => {
  test('reservar takes the point for the asking holder', async () => {
    expect(await fixture.askReservation('reservar')).toEqual({
      ponto_id: '2',
      empresa_id: '1',
      disponivel: false,
      reservado: true,
      mensagem: 'ponto reservado',
    });
    expect(openReservations(fixture.lone, 'v1')).toBe(1);
    expect(fixture.mesh.submissions.at(-1)).toMatchObject({
      door: 'legacy-mqtt',
      holder: 'v1',
      keyKind: 'node',
    });
  });

  test('the reservation covers the legacy window and then ends by itself', async () => {
    await fixture.askReservation('reservar');
    fixture.lone.advance(240 * 60_000);

    expect(openReservations(fixture.lone, 'v1')).toBe(0);
    expect(await fixture.askReservation('verificar')).toMatchObject({ disponivel: true, reservado: false });
  });

  test('reservar again by the same holder is reserved too, without a second reservation', async () => {
    await fixture.askReservation('reservar');

    expect(await fixture.askReservation('reservar')).toMatchObject({ disponivel: false, reservado: true });
    expect(openReservations(fixture.lone, 'v1')).toBe(1);
  });

  test('reservar of what another holds is not reserved', async () => {
    await fixture.askReservation('reservar');

    expect(await fixture.askReservation('reservar', { origem: 'v2' })).toMatchObject({
      disponivel: false,
      reservado: false,
      mensagem: 'ponto já reservado',
    });
    expect(openReservations(fixture.lone, 'v2')).toBe(0);
  });

  test('liberar frees it, and a liberar that comes twice says the same of the point twice', async () => {
    await fixture.askReservation('reservar');

    const first = await fixture.askReservation('liberar');
    const second = await fixture.askReservation('liberar');

    expect(first).toMatchObject({ disponivel: true, reservado: false, mensagem: 'ponto liberado' });
    expect(second).toMatchObject({
      disponivel: true,
      reservado: false,
      mensagem: 'ponto sem reserva deste veículo',
    });
    expect(openReservations(fixture.lone, 'v1')).toBe(0);
  });

  test('liberar of what another holds frees nothing', async () => {
    await fixture.askReservation('reservar');

    expect(await fixture.askReservation('liberar', { origem: 'v2' })).toMatchObject({
      disponivel: false,
      reservado: false,
    });
    expect(openReservations(fixture.lone, 'v1')).toBe(1);
  });

  test('verificar tells the state to each and changes nothing', async () => {
    expect(await fixture.askReservation('verificar')).toMatchObject({ disponivel: true, reservado: false });
    await fixture.askReservation('reservar');
    const before = digest();

    expect(await fixture.askReservation('verificar')).toMatchObject({ disponivel: false, reservado: true });
    expect(await fixture.askReservation('verificar', { origem: 'v2' })).toMatchObject({
      disponivel: false,
      reservado: false,
    });
    expect(digest()).toBe(before);
  });

  test.each([
    ['1', '1'],
    ['empresa_a', '1'],
    ['1', 'empresa_a'],
    ['empresa_a', 'empresa_a'],
    ['1', 1],
  ])('the owner may be named %j in the topic and %j in the payload', async (nome, empresa_id) => {
    expect(await fixture.askReservation('reservar', { empresa_id }, nome)).toMatchObject({
      empresa_id: String(empresa_id),
      reservado: true,
    });
  });

  test.each([
    ['2', '1'],
    ['1', '2'],
    ['empresa_b', 'empresa_b'],
    ['ninguem', '1'],
  ])('a point is not had from %j/%j, who do not own it', async (nome, empresa_id) => {
    const before = digest();

    for (const acao of ['reservar', 'liberar', 'verificar']) {
      expect(await fixture.askReservation(acao, { empresa_id }, nome)).toMatchObject({
        disponivel: false,
        reservado: false,
        mensagem: 'o ponto é de outra empresa',
      });
    }
    expect(digest()).toBe(before);
  });

  test('an unknown point is told as one', async () => {
    expect(await fixture.askReservation('reservar', { ponto_id: '99' })).toMatchObject({
      disponivel: false,
      reservado: false,
      mensagem: 'ponto desconhecido',
    });
  });

  test.each([
    ['acao', 'RESERVAR'],
    ['acao', undefined],
    ['acao', ['reservar']],
    ['empresa_id', undefined],
    ['empresa_id', 'a/b'],
    ['id', ''],
  ])('a wrong %s (%j) is answered and changes nothing', async (field, value) => {
    const before = digest();

    expect(await fixture.askReservation('reservar', { [field]: value })).toMatchObject({
      disponivel: false,
      reservado: false,
      erro: 'invalido',
      mensagem: expect.stringMatching(new RegExp(`^${field}: `)),
    });
    expect(digest()).toBe(before);
  });

  test('requests of one holder about one point are decided in the order in which they came', async () => {
    const { vehicle } = fixture;
    const actions = ['reservar', 'liberar', 'reservar', 'liberar', 'reservar', 'verificar'];

    for (const acao of actions) {
      const payload = JSON.stringify({ ponto_id: '2', empresa_id: '1', acao, origem: 'v1' });
      vehicle.client.publish('empresa/1/reserva', payload, { qos: 1 });
    }

    const topic = 'empresa/v1/resposta/2';
    await eventually(() => repliesOn(vehicle, topic).length === actions.length);
    expect(repliesOn(vehicle, topic).map(({ reservado }) => reservado)).toEqual([
      true,
      false,
      true,
      false,
      true,
      true,
    ]);
  });
});

describe('an id in the payload', () => {
  test('is the request key: a repeat gets the first answer', async () => {
    const first = await fixture.askReservation('reservar', { id: 'r-1' });
    await fixture.askReservation('liberar', { id: 'r-2' });

    expect(await fixture.askReservation('reservar', { id: 'r-1' })).toEqual(first);
    expect(openReservations(fixture.lone, 'v1')).toBe(0);
    expect(fixture.mesh.submissions.map(({ requestKey, keyKind }) => [requestKey, keyKind])).toEqual([
      ['r-1', 'client'],
      ['r-2', 'client'],
      ['r-1', 'client'],
    ]);
  });

  test('of another request is refused', async () => {
    await fixture.askReservation('reservar', { id: 'r-1' });

    expect(await fixture.askReservation('liberar', { id: 'r-1' })).toMatchObject({
      reservado: false,
      erro: 'recusado',
      id: 'r-1',
    });
    expect(openReservations(fixture.lone, 'v1')).toBe(1);
  });
});

describe('when the mesh cannot decide', () => {
  test.each(['UNAVAILABLE', 'RESOURCE_EXHAUSTED'] as const)(
    '%s is told at once: nothing was done',
    async (code) => {
      fixture.mesh.refuseSubmits = code;

      expect(await fixture.askReservation('reservar')).toMatchObject({
        disponivel: false,
        reservado: false,
        erro: 'indisponivel',
        mensagem: expect.stringContaining('nada foi feito'),
      });
      expect(fixture.mesh.submissions).toHaveLength(1);
    },
  );

  test('an unknown outcome is asked for again under the same key until it is known', async () => {
    fixture.mesh.loseAnswers = true;
    const reply = fixture.askReservation('reservar');
    await eventually(() => fixture.mesh.submissions.length >= 3);
    // A later refusal does not make the first try undone.
    fixture.mesh.refuseSubmits = 'UNAVAILABLE';
    await eventually(() => fixture.mesh.submissions.length >= 5);
    fixture.mesh.refuseSubmits = null;
    fixture.mesh.loseAnswers = false;

    expect(await reply).toMatchObject({ reservado: true, mensagem: 'ponto reservado' });
    expect(new Set(fixture.mesh.submissions.map(({ requestKey }) => requestKey)).size).toBe(1);
    expect(openReservations(fixture.lone, 'v1')).toBe(1);
  });

  test('an outcome that stays unknown is told so, with the key to ask again with', async () => {
    await fixture.close();
    fixture = await openDoorFixture({ requestTimeoutMs: 20, electionMs: 50 });
    fixture.mesh.loseAnswers = true;

    const reply = await fixture.askReservation('reservar');
    fixture.mesh.loseAnswers = false;

    expect(reply).toMatchObject({ disponivel: false, reservado: false, erro: 'desconhecido' });
    expect(reply.id).toBe(fixture.mesh.submissions[0]!.requestKey);
    expect(await fixture.askReservation('reservar', { id: reply.id })).toMatchObject({ reservado: true });
    expect(openReservations(fixture.lone, 'v1')).toBe(1);
  });

  test('a liberar that was done is told as done, also when the point cannot be read afterwards', async () => {
    await fixture.askReservation('reservar');
    const pass = holdAnswers();
    const reply = fixture.askReservation('liberar');
    await eventually(() => openReservations(fixture.lone, 'v1') === 0);
    fixture.mesh.failStaleReads = 'UNAVAILABLE';
    pass();

    expect(await reply).toMatchObject({ reservado: false, mensagem: 'ponto liberado' });
    expect((await reply).erro).toBeUndefined();
  });

  test('a bug below is logged, told as unknown, and the door stays open', async () => {
    fixture.mesh.bug = new Error('a bug of this test');

    expect(await fixture.askReservation('reservar')).toMatchObject({
      reservado: false,
      erro: 'desconhecido',
    });
    fixture.mesh.bug = null;

    expect(fixture.log.filter(({ level }) => level === 'error')).toHaveLength(1);
    expect(await fixture.askReservation('reservar')).toMatchObject({ reservado: true });
  });
});

/** Holds back what the ledger decides until the returned function is called. */
function holdAnswers(): () => void {
  let pass = (): void => {};
  fixture.mesh.answersWait = new Promise<void>((resolve) => {
    pass = resolve;
  });
  return pass;
}

function reserveAs(origem: string): void {
  const payload = JSON.stringify({ ponto_id: '2', empresa_id: '1', acao: 'reservar', origem });
  fixture.vehicle.client.publish('empresa/1/reserva', payload, { qos: 1 });
}

test('what is under way is bounded: the rest is told at once to try later', async () => {
  const { vehicle, mesh } = fixture;
  const pass = holdAnswers();
  const underWayMax = 512;
  const excess = 30;

  for (let i = 0; i < underWayMax + excess; i += 1) reserveAs(`v${i}`);
  await eventually(() => vehicle.heard.length === excess);
  const busy = vehicle.heard.map(({ text }) => JSON.parse(text) as Record<string, unknown>);
  expect(busy.every(({ erro, reservado }) => erro === 'indisponivel' && reservado === false)).toBe(true);
  pass();

  await eventually(() => vehicle.heard.length === underWayMax + excess);
  expect(mesh.submissions).toHaveLength(underWayMax);
});

describe('closing', () => {
  test('waits for what is under way, which is answered', async () => {
    const { door, mesh, vehicle } = fixture;
    const pass = holdAnswers();
    reserveAs('v1');
    await eventually(() => mesh.submissions.length === 1);

    let closed = false;
    const closing = door.close().then(() => {
      closed = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(closed).toBe(false);
    pass();
    await closing;

    await eventually(() => repliesOn(vehicle, 'empresa/v1/resposta/2').length === 1);
  });

  test('ends the asking again for an unknown outcome', async () => {
    fixture.mesh.loseAnswers = true;
    const reply = fixture.askReservation('reservar');
    await eventually(() => fixture.mesh.submissions.length >= 1);

    await fixture.door.close();

    expect(await reply).toMatchObject({ erro: 'desconhecido' });
  });

  test('takes no further requests', async () => {
    const { door, broker, vehicle, mesh } = fixture;
    await door.close();

    await broker.publish('veiculos/solicitacao', JSON.stringify(TRIP), { qos: 1, retain: false });

    expect(mesh.queries).toEqual([]);
    expect(vehicle.heard).toEqual([]);
  });
});
