import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ASKS } from '../../src/mqtt/vehicle-asks.js';
import { readVehicleRequest, VEHICLE_REQUEST_BYTES_MAX } from '../../src/mqtt/vehicle-requests.js';

const TOPIC = 'malha/v1/veiculos/v1/pedido';
const WINDOW = { inicio: '2026-01-05T12:00:00Z', fim: '2026-01-05T12:30:00Z' };
const STOP = { ponto_id: '9', ...WINDOW };

function read(payload: unknown, topic = TOPIC) {
  const bytes = payload instanceof Uint8Array ? payload : Buffer.from(JSON.stringify(payload));
  return readVehicleRequest(topic, bytes);
}

function faultOf(payload: unknown): string {
  const reading = read(payload);
  return reading.kind === 'request' ? 'none' : reading.fault;
}

const reserve = (paradas: unknown, more: object = {}) => ({
  v: 1,
  id: 'a',
  tipo: 'reservar',
  paradas,
  ...more,
});

describe('a request', () => {
  test('of each kind is read', () => {
    const onStop = { reserva_id: 'r1', parada: 0 };
    const bodies: Record<string, object> = {
      planejar: { local: 'Salvador', destino: 'Valente' },
      consultar: {},
      alternativas: onStop,
      reservar: { paradas: [STOP] },
      viagem: { paradas: [STOP] },
      confirmar: { reserva_id: 'r1' },
      estender: { reserva_id: 'r1', prazo_s: 60 },
      cancelar: { reserva_id: 'r1' },
      replanejar: { reserva_id: 'r1', paradas: [{ manter: 0 }, STOP] },
      adiar: { ...onStop, atraso_s: 60 },
      substituir: { ...onStop, candidatos: [STOP] },
      inicio: onStop,
      fim: onStop,
      esperar: { paradas: [STOP] },
      desistir: { espera_id: 'w1' },
      confirmar_aviso: { avisos: ['n7.0'] },
    };
    expect(Object.keys(bodies).sort()).toEqual([...ASKS.keys()].sort());
    for (const [tipo, body] of Object.entries(bodies)) {
      expect(read({ v: 1, id: 'a', tipo, ...body })).toMatchObject({
        kind: 'request',
        key: 'a',
        address: { vehicle: 'v1', id: 'a', type: tipo },
      });
    }
  });

  test('is told by the field what is wrong with it', () => {
    const onStop = { v: 1, id: 'a', tipo: 'adiar', reserva_id: 'r1', parada: 0 };
    const wrong: [unknown, string][] = [
      [[], 'envie um objeto JSON em UTF-8'],
      [null, 'envie um objeto JSON em UTF-8'],
      [Buffer.from('{"v":1'), 'envie um objeto JSON em UTF-8'],
      [Buffer.from([0x22, 0xff, 0x22]), 'envie um objeto JSON em UTF-8'],
      [{ id: 'a', tipo: 'consultar' }, 'v: use 1'],
      [{ v: 2, id: 'a', tipo: 'consultar' }, 'v: use 1'],
      [{ v: '1', id: 'a', tipo: 'consultar' }, 'v: use 1'],
      [{ v: 1, tipo: 'consultar' }, 'id: use de 1 a 255 caracteres ASCII imprimíveis'],
      [{ v: 1, id: 7, tipo: 'consultar' }, 'id: use de 1 a 255 caracteres ASCII imprimíveis'],
      [{ v: 1, id: 'x'.repeat(256), tipo: 'consultar' }, 'id: use de 1 a 255 caracteres ASCII imprimíveis'],
      [{ v: 1, id: 'a', tipo: 'constructor' }, `tipo: use ${[...ASKS.keys()].join(', ')}`],
      [{ v: 1, id: 'a', tipo: ['consultar'] }, `tipo: use ${[...ASKS.keys()].join(', ')}`],
      [{ v: 1, id: 'a', tipo: 'consultar', extra: 1 }, 'campo desconhecido: extra'],
      [
        { v: 1, id: 'a', tipo: 'consultar', reserva_id: 'r/1' },
        'reserva_id: use de 1 a 64 letras, dígitos, "_", "." ou "-"',
      ],
      [{ v: 1, id: 'a', tipo: 'confirmar', reserva_id: 'r1', se_indice: 0 }, 'se_indice: no mínimo 1'],
      [reserve(undefined), 'paradas: falta, ou é de outro tipo'],
      [reserve([]), 'paradas: no mínimo 1'],
      [reserve(Array(51).fill(STOP)), 'paradas: no máximo 50'],
      [reserve(Array(3_000).fill({})), 'paradas: no máximo 100'],
      [reserve([{ ...STOP, cor: 'azul' }]), 'paradas[0]: campo desconhecido: cor'],
      [reserve([WINDOW]), 'paradas[0]: informe ponto_id, ou então local e conector'],
      [reserve([{ ...STOP, local: 'Salvador' }]), 'paradas[0]: informe ponto_id, ou então local e conector'],
      [reserve([{ ...STOP, fim: undefined }]), 'paradas[0]: informe fim ou duracao_s'],
      [reserve([{ ...STOP, duracao_s: 600 }]), 'paradas[0]: informe fim ou duracao_s'],
      [reserve([{ ...STOP, inicio: 'agora' }]), 'paradas[0]: com inicio "agora" informe duracao_s'],
      [reserve([{ ...STOP, fim: STOP.inicio }]), 'paradas[0]: a janela dura de um minuto a 30 dias'],
      [
        reserve([{ ...STOP, inicio: '2026-01-05T12:00:00' }]),
        'paradas[0].inicio: use um horário com fuso, como 2026-01-05T12:00:00Z',
      ],
      [reserve([{ ...STOP, inicio: 1_767_614_400_000 }]), 'paradas[0].inicio: falta, ou é de outro tipo'],
      [reserve([STOP], { prazo_s: 0.5 }), 'prazo_s: falta, ou é de outro tipo'],
      [reserve([STOP], { prazo_s: 86_401 }), 'prazo_s: no máximo 86400'],
      [reserve([STOP], { apos_falta: 'keep' }), 'apos_falta: use manter, liberar'],
      [{ ...onStop, atraso_s: 59 }, 'atraso_s: no mínimo 60'],
      [{ ...onStop, atraso_s: 60, parada: 100 }, 'parada: no máximo 99'],
      [
        { v: 1, id: 'a', tipo: 'esperar', paradas: [{ ponto_id: '9', inicio: 'agora', duracao_s: 60 }] },
        'a espera não começa "agora"',
      ],
      [
        { v: 1, id: 'a', tipo: 'replanejar', reserva_id: 'r1', paradas: [{ manter: -1 }] },
        'paradas[0].manter: no mínimo 0',
      ],
      [
        { v: 1, id: 'a', tipo: 'replanejar', reserva_id: 'r1', paradas: [{ ...STOP, fim: 'logo' }] },
        'paradas[0].fim: use um horário com fuso, como 2026-01-05T12:00:00Z',
      ],
    ];
    for (const [payload, fault] of wrong) expect([payload, faultOf(payload)]).toEqual([payload, fault]);
  });

  test('a key of every object is an unknown field like any other', () => {
    const text = '{"v":1,"id":"a","tipo":"consultar","__proto__":{"reserva_id":"r1"}}';

    expect(read(Buffer.from(text))).toMatchObject({
      kind: 'invalid',
      fault: 'campo desconhecido: __proto__',
    });
  });

  test('one that is too large is not even parsed', () => {
    const reading = read(Buffer.alloc(VEHICLE_REQUEST_BYTES_MAX + 1, '['));

    expect(reading).toMatchObject({
      kind: 'invalid',
      code: 'BODY_TOO_LARGE',
      address: { id: null, type: null },
    });
  });

  test.each([
    'malha/v1/veiculos//pedido',
    `malha/v1/veiculos/${'v'.repeat(65)}/pedido`,
    'malha/v1/veiculos/vé/pedido',
  ])('on %s has nobody to answer', (topic) => {
    expect(read({ v: 1, id: 'a', tipo: 'consultar' }, topic).kind).toBe('unanswerable');
  });

  test('whatever it is, it is read without a throw and answered with what it repeats at most', () => {
    const value = fc.oneof(
      fc.jsonValue(),
      fc.record(
        {
          v: fc.oneof(fc.constant(1), fc.jsonValue()),
          id: fc.oneof(fc.constant('a'), fc.jsonValue()),
          tipo: fc.oneof(fc.constantFrom(...ASKS.keys()), fc.string()),
          paradas: fc.oneof(fc.constant([STOP]), fc.jsonValue()),
          reserva_id: fc.oneof(fc.constant('r1'), fc.jsonValue()),
        },
        { requiredKeys: [] },
      ),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          value.map((json) => Buffer.from(JSON.stringify(json))),
          fc.uint8Array(),
        ),
        (payload) => {
          const reading = readVehicleRequest(TOPIC, payload);
          expect(['request', 'invalid']).toContain(reading.kind);
          if (reading.kind === 'unanswerable') return;
          expect(reading.address.vehicle).toBe('v1');
          expect(reading.address.type === null || ASKS.has(reading.address.type)).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
});
