import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type DoorFixture, openDoorFixture } from './door-fixture.js';

const TRIP = { veiculo_id: 'v1', bateria: 80, local: 'Salvador', destino: 'Porto Seguro' };

let fixture: DoorFixture;

beforeEach(async () => {
  fixture = await openDoorFixture();
});

afterEach(() => fixture.close());

describe('the log of the MQTT door', () => {
  test('has one line for each answer, with its trace id and without its payload', async () => {
    await fixture.askPoints({ ...TRIP, segredo: 'placa-ABC1D23' });
    await fixture.askReservation('reservar');

    // What the ledger decided, and the messages at the broker, have lines of their own.
    expect(fixture.log.filter(({ level }) => level !== 'debug')).toEqual([]);
    const lines = fixture.log.filter(({ message }) => message === 'MQTT: request answered');
    expect(lines).toHaveLength(2);
    for (const { fields } of lines) {
      expect(fields.trace).toMatch(/^[0-9a-f]{32}$/);
      expect(fields.client).toBe(fixture.vehicle.client.options.clientId);
      expect(fields.bytes).toBeGreaterThan(0);
    }
    expect(JSON.stringify(lines)).not.toContain('ABC1D23');
    expect(lines[1]!.fields.trace).toBe(fixture.mesh.submissions[0]!.traceId);
  });

  test('warns of a request that this node did not get to a decision about', async () => {
    fixture.mesh.refuseSubmits = 'UNAVAILABLE';
    await fixture.askReservation('reservar');
    fixture.mesh.refuseSubmits = null;
    await fixture.askReservation('nada');

    const said = fixture.log.filter(({ level }) => level !== 'debug');
    expect(said.map(({ level, message }) => [level, message])).toEqual([['warn', 'MQTT: request failed']]);
  });
});
