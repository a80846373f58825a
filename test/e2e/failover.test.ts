/**
 * Three real nodes, eight clients that reserve and cancel at random nodes, and SIGKILL in the middle: nothing that was
 * acknowledged is lost, nothing is booked twice, and what clients believe is what every ledger says.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { ProcessMesh } from '../support/node-process.js';
import { Client, expectAgreement } from './load-client.js';

describe('three real nodes', () => {
  let mesh: ProcessMesh | null = null;
  afterEach(async () => {
    await mesh?.stop();
    mesh = null;
  });

  it('survive SIGKILL of the leader in the middle of the flow, and of all three', {
    timeout: 90_000,
  }, async () => {
    mesh = await ProcessMesh.start(3);
    await mesh.registered();
    const clients = Array.from({ length: 8 }, (_, k) => new Client(`car-${k}`, mesh!.nodes));
    const decided = (): number => clients.reduce((sum, client) => sum + client.granted + client.refused, 0);

    let stop = false;
    const flows = clients.map(async (client) => {
      while (!stop) await client.step();
    });
    await eventually(() => decided() >= 50, { timeoutMs: 20_000 });

    const leader = await mesh.leader();
    await leader.end('SIGKILL');
    const before = decided();
    // The others go on without it.
    await eventually(() => decided() >= before + 100, { timeoutMs: 20_000 });
    leader.start();
    await leader.ready();
    const after = decided();
    await eventually(() => decided() >= after + 50, { timeoutMs: 20_000 });
    stop = true;
    await Promise.all(flows);
    await expectAgreement(mesh, clients);
    expect(clients.every((client) => client.granted > 0)).toBe(true);

    await Promise.all(mesh.nodes.map((node) => node.end('SIGKILL')));
    for (const node of mesh.nodes) node.start();
    await Promise.all(mesh.nodes.map((node) => node.ready()));
    await expectAgreement(mesh, clients);
  });

  it('hand leadership on at SIGTERM and end with 0, while requests go on elsewhere', {
    timeout: 60_000,
  }, async () => {
    mesh = await ProcessMesh.start(3);
    await mesh.registered();
    const leader = await mesh.leader();
    const client = new Client(
      'car-1',
      mesh.nodes.filter((node) => node !== leader),
    );
    const ended = leader.end('SIGTERM');
    while (client.granted < 20) await client.step();
    expect(await ended).toBe(0);
    expect(await (await mesh.leader()).company).not.toBe(leader.company);
  });
});
