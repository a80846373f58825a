import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.js';
import { type DoorFixture, type Json, openDoorFixture, openReservations, repliesOn } from './door-fixture.js';
import { companySays, MINUTE_MS, minutesFrom, stopFrom } from './wishes.js';

let fixture: DoorFixture;

beforeEach(async () => {
  fixture = await openDoorFixture();
  fixture.lone.raise();
});

afterEach(() => fixture.close());

const inMinutes = (minutes: number) => minutesFrom(fixture.lone, minutes);
const stop = (pointId: string, fromMinutes: number) => stopFrom(fixture.lone, pointId, fromMinutes);

function digest(): string {
  return fixture.lone.ledger.meta().digest;
}

type Answered = Json & {
  readonly reserva: Json & { readonly id: string; readonly paradas: readonly Json[] };
  readonly erro: Json & { readonly codigo: string; readonly mensagem: string };
};

const askVehicle = (tipo: string, more: Json = {}, vehicle = 'v1') =>
  fixture.askVehicle(tipo, more, vehicle) as Promise<Answered>;

async function reserved(...paradas: readonly Json[]): Promise<string> {
  return (await askVehicle('reservar', { paradas })).reserva.id;
}

describe('reservar', () => {
  test('reserves every stop of a trip over companies, confirmed at once, for the vehicle of the topic', async () => {
    const reply = await askVehicle('reservar', { id: 'viagem-1', paradas: [stop('9', 60), stop('11', 300)] });

    expect(reply).toEqual({
      v: 1,
      id: 'viagem-1',
      tipo: 'reservar',
      ok: true,
      indice: fixture.lone.index,
      em: inMinutes(0),
      reserva: {
        id: `r${fixture.lone.index}`,
        estado: 'confirmada',
        paradas: [
          { parada: 0, ...stop('9', 60), estado: 'planejada' },
          { parada: 1, ...stop('11', 300), estado: 'planejada' },
        ],
      },
    });
    expect(openReservations(fixture.lone, 'v1')).toBe(1);
    const submitted = { door: 'mqtt', holder: 'v1', requestKey: 'viagem-1', keyKind: 'client' };
    expect(fixture.mesh.submissions).toMatchObject([submitted]);
  });

  test('with a term it is a hold, until its first window is over at the latest', async () => {
    const long = await askVehicle('reservar', { prazo_s: 86_400, paradas: [stop('9', 60)] });
    const short = await askVehicle('reservar', { prazo_s: 600, paradas: [stop('9', 90)] });

    expect(long.reserva).toMatchObject({ estado: 'pre_reservada', confirmar_ate: inMinutes(90) });
    expect(short.reserva).toMatchObject({ estado: 'pre_reservada', confirmar_ate: inMinutes(10) });
  });

  test('takes a point from now on, and any point of a connector at a place', async () => {
    const site = {
      local: 'itabuna',
      conector: 'ccs2',
      potencia_kw: 100.5,
      duracao_s: 1_800,
      inicio: 'agora',
    };
    const reply = await askVehicle('reservar', {
      paradas: [{ ponto_id: '9', inicio: 'agora', duracao_s: 3_600 }, site],
    });

    expect(reply.reserva.paradas).toEqual([
      { parada: 0, ponto_id: '9', inicio: inMinutes(0), fim: inMinutes(60), estado: 'planejada' },
      { parada: 1, ponto_id: '11', inicio: inMinutes(0), fim: inMinutes(30), estado: 'planejada' },
    ]);
  });

  test('a time with another offset is the same time', async () => {
    const local = (minutes: number) => inMinutes(minutes - 180).replace('Z', '-03:00');
    const paradas = [{ ponto_id: '9', inicio: local(60), fim: local(90) }];

    expect((await askVehicle('reservar', { paradas })).reserva.paradas).toMatchObject([stop('9', 60)]);
  });

  test('is refused as a whole, and every stop that stands in the way is named with its reason', async () => {
    await reserved(stop('9', 60));
    const before = openReservations(fixture.lone, 'v2');

    const paradas = [
      stop('5', 60),
      stop('9', 75),
      stop('77', 60),
      { ...stop('11', 60), empresa_id: 'empresa_a' },
    ];
    const reply = await askVehicle('reservar', { paradas }, 'v2');

    expect(reply).toMatchObject({ ok: false, indice: fixture.lone.index });
    expect(reply).not.toHaveProperty('reserva');
    expect(reply).not.toHaveProperty('tente_de_novo_em_s');
    expect(reply.erro).toEqual({
      codigo: 'STOPS_UNAVAILABLE',
      mensagem: 'nenhum ponto foi reservado',
      conflitos: [
        { parada: 1, ponto_id: '9', motivo: 'POINT_TAKEN', mensagem: 'ponto já reservado' },
        { parada: 2, ponto_id: '77', motivo: 'UNKNOWN_POINT', mensagem: 'ponto desconhecido' },
        { parada: 3, ponto_id: '11', motivo: 'WRONG_COMPANY', mensagem: 'o ponto é de outra empresa' },
      ],
    });
    expect(openReservations(fixture.lone, 'v2')).toBe(before);
  });
});

describe('a repeated id', () => {
  test('gets the first answer, whatever came since, and books nothing more', async () => {
    const request = { id: 'um', prazo_s: 600, paradas: [stop('9', 60)] };
    const first = await askVehicle('reservar', request);
    await askVehicle('cancelar', { reserva_id: first.reserva.id });

    expect(await askVehicle('reservar', request)).toEqual(first);
    expect(openReservations(fixture.lone, 'v1')).toBe(0);
  });

  test('gets the first refusal, too', async () => {
    const other = await reserved(stop('9', 60));
    const request = { id: 'dois', paradas: [stop('9', 60)] };
    const first = await askVehicle('reservar', request, 'v2');
    await askVehicle('cancelar', { reserva_id: other });

    expect(await askVehicle('reservar', request, 'v2')).toEqual(first);
    expect(first.erro.codigo).toBe('STOPS_UNAVAILABLE');
  });

  test('is another request of another vehicle', async () => {
    await askVehicle('reservar', { id: 'um', paradas: [stop('9', 60)] });

    const reply = await askVehicle('reservar', { id: 'um', paradas: [stop('5', 60)] }, 'v2');

    expect(reply.ok).toBe(true);
  });

  test('for something else is refused', async () => {
    await askVehicle('reservar', { id: 'um', paradas: [stop('9', 60)] });

    const reply = await askVehicle('reservar', { id: 'um', paradas: [stop('5', 60)] });

    expect(reply.erro.codigo).toBe('KEY_REUSED');
  });

  test('asks again for an outcome that nobody knew', async () => {
    fixture.mesh.loseAnswers = true;
    const request = { id: 'tres', paradas: [stop('9', 60)] };
    const lost = await askVehicle('reservar', request);
    fixture.mesh.loseAnswers = false;

    expect(lost).toMatchObject({
      id: 'tres',
      ok: false,
      resultado_desconhecido: true,
      tente_de_novo_em_s: 1,
    });
    expect(lost.erro.codigo).toBe('DEADLINE_EXCEEDED');
    expect(await askVehicle('reservar', request)).toMatchObject({ ok: true });
    expect(openReservations(fixture.lone, 'v1')).toBe(1);
  });
});

describe('what becomes of a reservation', () => {
  test('a hold is extended, confirmed, and then no hold any more', async () => {
    const { reserva } = await askVehicle('reservar', { prazo_s: 600, paradas: [stop('9', 60)] });
    const reserva_id = reserva.id;

    const extended = await askVehicle('estender', { reserva_id, prazo_s: 1_200 });
    const confirmed = await askVehicle('confirmar', { reserva_id });
    const again = await askVehicle('confirmar', { reserva_id });

    expect(extended.reserva).toMatchObject({ estado: 'pre_reservada', confirmar_ate: inMinutes(20) });
    expect(confirmed.reserva).toMatchObject({ id: reserva_id, estado: 'confirmada' });
    expect(confirmed.reserva).not.toHaveProperty('confirmar_ate');
    expect(again.erro.codigo).toBe('ALREADY_CONFIRMED');
  });

  test('a charge begins and ends, and the last one fulfils the trip', async () => {
    const reserva_id = await reserved(stop('9', 10));

    const early = await askVehicle('inicio', { reserva_id: await reserved(stop('5', 60)), parada: 0 });
    const begun = await askVehicle('inicio', { reserva_id, parada: 0 });
    fixture.lone.advance(20 * MINUTE_MS);
    const ended = await askVehicle('fim', { reserva_id, parada: 0 });

    expect(early.erro).toMatchObject({ codigo: 'TOO_EARLY', mensagem: 'cedo demais para começar' });
    expect(begun.reserva.paradas).toMatchObject([{ parada: 0, estado: 'em_uso' }]);
    expect(ended.reserva).toMatchObject({ estado: 'cumprida', paradas: [{ estado: 'cumprida' }] });
  });

  test('one stop is cancelled, then all', async () => {
    const reserva_id = await reserved(stop('9', 60), stop('11', 300));

    const one = await askVehicle('cancelar', { reserva_id, paradas: [1], motivo: 'mudança de planos' });
    const all = await askVehicle('cancelar', { reserva_id });

    expect(one.reserva).toMatchObject({ paradas: [{ estado: 'planejada' }, { estado: 'liberada' }] });
    expect(all.reserva.estado).toBe('cancelada');
  });

  test('late: this stop and all later ones move, or what is in the way is named', async () => {
    const reserva_id = await reserved(stop('9', 60), stop('11', 300));
    await askVehicle('reservar', { paradas: [stop('11', 360)] }, 'v2');

    const moved = await askVehicle('adiar', { reserva_id, parada: 0, atraso_s: 1_800 });
    const blocked = await askVehicle('adiar', { reserva_id, parada: 0, atraso_s: 1_800 });

    expect(moved.reserva.paradas).toMatchObject([stop('9', 90), stop('11', 330)]);
    expect(blocked.erro).toMatchObject({
      codigo: 'STOPS_UNAVAILABLE',
      conflitos: [{ parada: 1, ponto_id: '11', motivo: 'POINT_TAKEN' }],
    });
  });

  test('planned anew: what is kept stays, the rest is given back once the new stops are had', async () => {
    const reserva_id = await reserved(stop('9', 60), stop('11', 300));

    const reply = await askVehicle('replanejar', { reserva_id, paradas: [{ manter: 0 }, stop('12', 330)] });

    expect(reply.reserva.paradas).toMatchObject([
      { ponto_id: '9', estado: 'planejada' },
      { ponto_id: '11', estado: 'liberada' },
      { ...stop('12', 330), estado: 'planejada' },
    ]);
  });

  test('what changed since the index that the vehicle knows is told', async () => {
    const { reserva, indice } = await askVehicle('reservar', { prazo_s: 600, paradas: [stop('9', 60)] });
    await askVehicle('estender', { reserva_id: reserva.id, prazo_s: 900 });

    const reply = await askVehicle('confirmar', { reserva_id: reserva.id, se_indice: indice });

    expect(reply.erro.codigo).toBe('CHANGED_SINCE');
  });

  test('another vehicle’s does not exist', async () => {
    const reserva_id = await reserved(stop('9', 60));
    const before = digest();

    for (const [tipo, more] of [
      ['consultar', {}],
      ['alternativas', { parada: 0 }],
    ] as const) {
      const reply = await askVehicle(tipo, { reserva_id, ...more }, 'v2');
      expect(reply.erro.codigo).toBe('UNKNOWN_RESERVATION');
    }
    expect(digest()).toBe(before);
    const reply = await askVehicle('cancelar', { reserva_id }, 'v2');
    expect(reply.erro).toMatchObject({ codigo: 'UNKNOWN_RESERVATION', mensagem: 'reserva desconhecida' });
  });
});

describe('a point that fails', () => {
  test('has alternatives, which substituir takes as they are', async () => {
    const reserva_id = await reserved(stop('11', 60));
    const untilMs = fixture.lone.nowMs + 5 * 60 * MINUTE_MS;
    await companySays(fixture.lone, 'empresa_b', {
      kind: 'report-status',
      pointId: '11',
      status: 'faulted',
      untilMs,
    });

    const shown = await askVehicle('alternativas', { reserva_id, parada: 0, desvio_km: 200 });
    expect(shown.detalhes).toEqual([]);
    const other = { ponto_id: '12', inicio: inMinutes(60), fim: inMinutes(90) };
    const reply = await askVehicle('substituir', { reserva_id, parada: 0, candidatos: [other] });

    expect(reply.reserva.paradas).toMatchObject([{ parada: 0, ...other, estado: 'planejada' }]);
  });

  test('alternatives name point, window, place, power and the extra way', async () => {
    const reserva_id = await reserved(stop('12', 60));

    const shown = await askVehicle('alternativas', { reserva_id, parada: 0, desvio_km: 60 });

    const candidatos = [{ ponto_id: '11', inicio: inMinutes(60), fim: inMinutes(90) }];
    expect(shown).toMatchObject({ ok: true, candidatos });
    expect(shown.detalhes).toMatchObject([
      { ponto_id: '11', empresa_id: 'empresa_b', local: 'Itabuna', conector: 'ccs2', potencia_kw: 120 },
    ]);
  });

  test('is told from this replica when there is no fresh read, and how old that is', async () => {
    const reserva_id = await reserved(stop('12', 60));
    fixture.mesh.failFreshReads = 'UNAVAILABLE';
    fixture.mesh.ageMs = 321;

    expect(await askVehicle('alternativas', { reserva_id, parada: 0 })).toMatchObject({
      ok: true,
      idade_ms: 321,
    });
    expect(await askVehicle('consultar', { reserva_id })).toMatchObject({ ok: true, idade_ms: 321 });
  });
});

describe('priority and waiting', () => {
  test('a declared trip reserves its first stop and protects the others for a while', async () => {
    const paradas = [stop('9', 60), stop('11', 300)];
    const declared = await askVehicle('viagem', { paradas });
    const later = await askVehicle('reservar', { paradas: [stop('11', 310)] }, 'v2');

    expect(declared).toMatchObject({
      ok: true,
      prioridade: { bilhete: Number(declared.indice), ate: inMinutes(2) },
      reserva: { estado: 'confirmada', paradas: [{ parada: 0, ponto_id: '9' }] },
    });
    expect(later.erro).toMatchObject({ conflitos: [{ motivo: 'POINT_PRIORITY' }] });
  });

  test('who waits is offered what becomes free, as a hold', async () => {
    const first = await reserved(stop('9', 60));
    const waiting = await askVehicle('esperar', { paradas: [stop('9', 60)] }, 'v2');
    await askVehicle('cancelar', { reserva_id: first });

    const { reservas } = await askVehicle('consultar', {}, 'v2');

    expect(waiting).toMatchObject({
      ok: true,
      espera: { id: `w${Number(waiting.indice)}`, ate: inMinutes(60) },
    });
    expect(reservas).toMatchObject([
      { estado: 'pre_reservada', espera_id: `w${Number(waiting.indice)}`, paradas: [{ ponto_id: '9' }] },
    ]);
  });

  test('who waits no longer says so', async () => {
    await reserved(stop('9', 60));
    const { espera } = (await askVehicle('esperar', { paradas: [stop('9', 60)] }, 'v2')) as unknown as {
      espera: { id: string };
    };

    const left = await askVehicle('desistir', { espera_id: espera.id }, 'v2');
    const again = await askVehicle('desistir', { espera_id: espera.id }, 'v2');

    expect(left).toMatchObject({ ok: true, espera: { id: espera.id, encerrada: true } });
    expect(again.erro).toMatchObject({ codigo: 'UNKNOWN_WAIT' });
  });
});

describe('when nothing can be decided', () => {
  test('before the mesh knows the newer requests it says so, and keeps nothing under the id', async () => {
    const young = await openDoorFixture();
    const paradas = [{ ponto_id: '9', inicio: 'agora', duracao_s: 600 }];
    const asked = { id: 'cedo', paradas, apos_falta: 'liberar' };
    const before = await young.askVehicle('reservar', asked);
    young.lone.raise();
    const after = await young.askVehicle('reservar', asked);
    await young.close();

    expect(before).toMatchObject({ ok: false, erro: { codigo: 'VERSION_NOT_RAISED' } });
    expect(after).toMatchObject({ ok: true, reserva: { estado: 'confirmada' } });
  });

  test.each(['UNAVAILABLE', 'RESOURCE_EXHAUSTED'] as const)(
    '%s: nothing was done, and when to try again',
    async (code) => {
      fixture.mesh.refuseSubmits = code;

      const reply = await askVehicle('reservar', { paradas: [stop('9', 60)] });

      expect(reply).toMatchObject({ ok: false, erro: { codigo: code }, tente_de_novo_em_s: 1 });
      expect(reply).not.toHaveProperty('resultado_desconhecido');
    },
  );

  test('a bug is told as an unknown outcome, without its words', async () => {
    fixture.mesh.bug = new Error('secret');

    const reply = await askVehicle('reservar', { paradas: [stop('9', 60)] });

    expect(reply).toMatchObject({ ok: false, erro: { codigo: 'INTERNAL' }, resultado_desconhecido: true });
    expect(JSON.stringify(reply)).not.toContain('secret');
  });

  test('requests of one vehicle are decided in the order in which they came', async () => {
    const { vehicle } = fixture;
    const topic = 'malha/v1/veiculos/v7';
    const ids = Array.from({ length: 20 }, (_, k) => `ordem-${k}`);
    for (const id of ids) {
      const request = { v: 1, id, tipo: 'reservar', paradas: [stop('9', 60)] };
      vehicle.client.publish(`${topic}/pedido`, JSON.stringify(request), { qos: 1 });
    }

    await eventually(() => repliesOn(vehicle, `${topic}/resposta`).length === ids.length);
    const replies = repliesOn(vehicle, `${topic}/resposta`);
    expect(replies.map(({ id }) => id)).toEqual(ids);
    expect(replies.map(({ ok }) => ok)).toEqual([true, ...Array(19).fill(false)]);
  });
});
