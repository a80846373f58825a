/**
 * `malha member` on real nodes: companies come and go while requests run, lost disks are replaced, and nothing that was
 * acknowledged is lost on the way.
 */
import { rm } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { listMembers } from '../../src/cli/member/ask-mesh.js';
import { type ChangeJson, type ListJson, listJson, type MemberJson } from '../../src/cli/member/tell.js';
import { CallFailure } from '../../src/rpc/call-failure.js';
import { MemberClient } from '../../src/rpc/member-client.js';
import { malha } from '../cli/malha-process.js';
import { eventually } from '../support/eventually.js';
import { type NodeProcess, ProcessMesh, placeOf } from '../support/node-process.js';
import { Client, expectAgreement } from './load-client.js';

const NO_MEMBER = 'this replica is not a member of the mesh (any more)';

interface Refusal {
  readonly code: string;
  readonly reason: string;
  readonly message: string;
}

/** What `malha member … --json` prints. */
type Printed = ListJson & ChangeJson & { readonly error: Refusal };

let mesh: ProcessMesh;
afterEach(() => mesh.stop());

/** Runs `malha member …` against all nodes that run; resolves with its exit code, its JSON, and what it said. */
async function member(
  ...args: readonly string[]
): Promise<{ code: number | null; json: Printed; said: string }> {
  const { code, stdout, stderr } = await malha(
    ['member', ...args, '--json', '--node', addresses().join(',')],
    mesh.directory,
  );
  return { code, json: JSON.parse(stdout), said: stderr.trim() };
}

async function change(...args: readonly string[]): Promise<ChangeJson> {
  const { code, json, said } = await member(...args);
  if (code !== 0) throw new Error(said);
  return json;
}

async function refusal(...args: readonly string[]): Promise<Refusal> {
  const { code, json, said } = await member(...args);
  expect(code).toBe(1);
  expect(said).toContain(`malha: ${json.error.message}`);
  return json.error;
}

/** The members by company, without a process of their own to ask. */
async function members(): Promise<readonly MemberJson[]> {
  return listJson((await listMembers(addresses(), 10_000)).list).members;
}

async function voters(): Promise<readonly string[]> {
  return (await members()).filter(({ role }) => role !== 'learner').map(({ company }) => company);
}

/** gRPC addresses of the nodes that can be asked. */
function addresses(): readonly string[] {
  return mesh.nodes.filter(({ running, paused }) => running && !paused).map(addressOf);
}

function addressOf({ ports }: NodeProcess): string {
  return `127.0.0.1:${ports.grpc}`;
}

/** Starts the node of a new company, takes it in, and lets it vote. */
async function grow(company: string): Promise<NodeProcess> {
  const node = await mesh.newcomer(company);
  node.start();
  const added = await eventually(() => change('add', placeOf(node)), { timeoutMs: 20_000 });
  expect(added.member).toMatchObject({ company, role: 'learner', address: `127.0.0.1:${node.ports.grpc}` });
  await node.ready();
  expect((await change('promote', company)).member?.role).toBe('voter');
  mesh.nodes.push(node);
  return node;
}

/** A node with an empty directory in the place of one that is gone. */
async function wipe(node: NodeProcess): Promise<void> {
  await node.end('SIGKILL');
  await rm(node.dataDirectory, { recursive: true });
  node.start();
}

async function problemsOf(node: NodeProcess): Promise<readonly string[]> {
  return (await node.status()).problems as readonly string[];
}

function take(node: NodeProcess): void {
  mesh.nodes.splice(mesh.nodes.indexOf(node), 1);
}

/** Clients that go on until they are told to stop; `decided` counts their requests. */
function load(count: number) {
  // The nodes as they are at each request.
  const clients = Array.from({ length: count }, (_, k) => new Client(`car-${k}`, mesh.nodes));
  const decided = (): number => clients.reduce((sum, client) => sum + client.granted + client.refused, 0);
  let stopped = false;
  const flows = Promise.all(
    clients.map(async (client) => {
      while (!stopped) await client.step();
    }),
  );
  return {
    clients,
    /** Waits until so many more requests were decided. */
    async goesOn(more: number): Promise<void> {
      const before = decided();
      await eventually(() => decided() >= before + more, { timeoutMs: 40_000 });
    },
    async stop(): Promise<void> {
      stopped = true;
      await flows;
    },
  };
}

describe('malha member', () => {
  it('takes companies in and out while requests run, the leader too, and all of it survives everybody’s end', {
    timeout: 240_000,
  }, async () => {
    mesh = await ProcessMesh.start(3, ['--compact-entries', '60']);
    await mesh.registered();
    const running = load(4);
    await running.goesOn(20);
    await grow('empresa_d');
    await grow('empresa_e');
    expect(await voters()).toEqual(['empresa_a', 'empresa_b', 'empresa_c', 'empresa_d', 'empresa_e']);
    await running.goesOn(40);

    const leader = await mesh.leader();
    take(leader);
    expect((await change('remove', leader.company)).removed?.company).toBe(leader.company);
    await eventually(async () => (await problemsOf(leader))[0] === NO_MEMBER);
    await running.goesOn(40);
    const follower = mesh.others(await mesh.leader())[0]!;
    take(follower);
    expect((await change('remove', follower.company)).removed?.company).toBe(follower.company);
    expect((await change('remove', follower.company)).removed?.company).toBe(follower.company);
    await running.goesOn(40);
    await running.stop();
    expect(await voters()).toEqual(mesh.nodes.map(({ company }) => company).sort());
    await expectAgreement(mesh, running.clients);

    // Addresses that no setting names are in the state by now, and not in the log any more.
    const before = (await members()).map(({ address }) => address);
    expect(before.filter((address) => address !== '')).toHaveLength(2);
    await Promise.all(mesh.nodes.map((node) => node.end('SIGKILL')));
    for (const node of mesh.nodes) node.start();
    await Promise.all(mesh.nodes.map((node) => node.ready()));
    await expectAgreement(mesh, running.clients);
    expect((await members()).map(({ address }) => address)).toEqual(before);

    // Who was taken out comes back only on a new directory, as another replica.
    mesh.nodes.push(follower);
    expect(await problemsOf(follower)).toEqual([NO_MEMBER]);
    expect(await refusal('add', placeOf(follower))).toMatchObject({ reason: 'NOT_WAITING' });
    await wipe(follower);
    await eventually(() => change('add', placeOf(follower)), { timeoutMs: 20_000 });
    await follower.ready();
    await change('promote', follower.company);
    await expectAgreement(mesh, running.clients);
  });

  it('D5: replaces a lost disk while requests run, also when the leader dies on the way, and asked again', {
    timeout: 180_000,
  }, async () => {
    mesh = await ProcessMesh.start(3, ['--compact-entries', '60']);
    await mesh.registered();
    const running = load(4);
    await running.goesOn(60);
    const lost = mesh.others(await mesh.leader())[0]!;
    const { replica } = await lost.status();
    await wipe(lost);
    const done = await eventually(() => change('replace', lost.company), { timeoutMs: 60_000 });
    expect(done).toMatchObject({
      member: { company: lost.company, role: 'voter' },
      removed: { company: lost.company, replica },
    });
    const again = await change('replace', lost.company);
    expect([again.member?.replica, again.removed]).toEqual([done.member?.replica, done.removed]);
    await running.goesOn(20);

    // The next one, with its leader killed as soon as the newcomer learns: whoever leads then goes on.
    await lost.ready();
    const leader = await mesh.leader();
    const next = mesh.others(leader).find((node) => node !== lost)!;
    await wipe(next);
    const asked = eventually(() => change('replace', next.company), { timeoutMs: 90_000 });
    await eventually(async () => (await members()).length > 3, { timeoutMs: 60_000 });
    await leader.end('SIGKILL');
    leader.start();
    expect((await asked).member).toMatchObject({ company: next.company, role: 'voter' });
    await Promise.all(mesh.nodes.map((node) => node.ready()));
    await running.goesOn(20);
    await running.stop();
    expect(await voters()).toEqual(['empresa_a', 'empresa_b', 'empresa_c']);
    await expectAgreement(mesh, running.clients);
  });

  it('says what is in the way, and changes nothing', { timeout: 120_000 }, async () => {
    mesh = await ProcessMesh.start(3);
    await mesh.registered();
    const before = (await members()).map(({ replica }) => replica);
    const leader = await mesh.leader();
    const [one, other] = mesh.others(leader);
    const elsewhere = await mesh.newcomer('empresa_z');
    const nobody = `127.0.0.1:${elsewhere.ports.grpc}`;

    expect(await refusal('remove', 'empresa_d')).toMatchObject({ reason: 'UNKNOWN_COMPANY' });
    expect((await member('promote', 'empresa_aa')).said).toContain('did you mean empresa_a?');
    expect(await refusal('add', 'empresa_d')).toMatchObject({ reason: 'NO_ADDRESS' });
    expect(await refusal('add', `empresa_d=${nobody}`)).toMatchObject({ reason: 'NOT_REACHED' });
    expect(await refusal('add', `empresa_d=127.0.0.1:${one!.ports.grpc}`)).toEqual({
      code: 'FAILED_PRECONDITION',
      reason: 'OTHER_COMPANY',
      message: `the node at 127.0.0.1:${one!.ports.grpc} is of company ${one!.company}, not of empresa_d`,
    });
    // A replica that is a member already has nothing to replace, and one of another mesh does not wait.
    expect((await change('replace', placeOf(one!))).removed).toBeNull();
    const alone = await ProcessMesh.start(1);
    try {
      const place = `empresa_a=127.0.0.1:${alone.nodes[0]!.ports.grpc}`;
      expect(await refusal('replace', place)).toMatchObject({ reason: 'OTHER_MESH' });
    } finally {
      await alone.stop();
    }

    one!.pause();
    expect(await refusal('remove', other!.company)).toMatchObject({
      reason: 'WOULD_LOSE_QUORUM',
      message: `too few of the 2 that would vote were heard lately: not ${one!.company}`,
    });
    one!.resume();
    await mesh.agree();

    const learner = await mesh.newcomer('empresa_d');
    learner.start();
    await eventually(() => change('add', placeOf(learner)), { timeoutMs: 20_000 });
    await learner.ready();
    learner.pause();
    expect(await eventually(async () => (await refusal('promote', 'empresa_d')).reason === 'LAGGING')).toBe(
      true,
    );
    learner.resume();
    await learner.ready();
    await change('remove', 'empresa_d');
    expect((await members()).map(({ replica }) => replica)).toEqual(before);

    // Without a majority nothing is decided, and it says so. Who is a member is told all the same.
    one!.pause();
    other!.pause();
    const silent = await refusal('remove', one!.company, '--timeout-ms', '3000');
    // Which it is depends on whether the node or the caller gave up first.
    expect(['UNAVAILABLE', 'DEADLINE_EXCEEDED']).toContain(silent.code);
    await eventually(async () => (await leader.status()).leader === '');
    expect((await members()).map(({ active }) => active)).toEqual([null, null, null]);
  });

  it('takes in who knows only one node, which does not lead: the mesh tells where the others are', {
    timeout: 60_000,
  }, async () => {
    mesh = await ProcessMesh.start(3);
    const leader = await mesh.leader();
    const follower = mesh.others(leader)[0]!;
    const told = await change('add', placeOf(leader));
    expect(told.member).toMatchObject({ role: 'leader', address: addressOf(leader) });
    const newcomer = await mesh.newcomer('empresa_d', [follower]);
    newcomer.start();
    await eventually(() => change('add', placeOf(newcomer)), { timeoutMs: 20_000 });
    await newcomer.ready();
    expect((await change('promote', 'empresa_d')).member?.role).toBe('voter');
  });

  it('takes calls at every node, and passes each on once at most', { timeout: 60_000 }, async () => {
    mesh = await ProcessMesh.start(3);
    const leader = await mesh.leader();
    const follower = new MemberClient(addressOf(mesh.others(leader)[0]!));
    const newcomer = await mesh.newcomer('empresa_d');
    newcomer.start();
    await eventually(() => newcomer.logged('waiting for a mesh').length > 0);
    const waiting = new MemberClient(addressOf(newcomer));
    const failureOf = async (call: Promise<unknown>): Promise<string> => {
      const outcome = await call.catch((error: unknown) => error);
      return outcome instanceof CallFailure ? outcome.reason : 'none';
    };
    const terms = { timeoutMs: 10_000 };
    try {
      const known = await follower.list(terms);
      expect(known.members.map(({ active }) => active)).toEqual([true, true, true]);
      expect(known.members.find((member) => member.leader)?.company).toBe(leader.company);
      const passedOn = { ...terms, passedOn: true };
      expect(await failureOf(follower.promote('empresa_a', passedOn))).toBe('NOT_LEADER');
      expect(await failureOf(follower.promote('', terms))).toBe('BAD_REQUEST');
      expect(await failureOf(follower.add({ company: 'x', address: 'x:0' }, terms))).toBe('BAD_REQUEST');
      expect(await failureOf(waiting.list(terms))).toBe('NO_MESH');
      // A leader that stands still is given up for the next one, within the time of one call.
      leader.pause();
      const gone = await follower.remove(leader.company, terms);
      expect(gone.removed?.company).toBe(leader.company);
      // It was not there when that was decided, and nobody sends it anything any more: it asks.
      leader.resume();
      await eventually(async () => (await problemsOf(leader))[0] === NO_MEMBER);
    } finally {
      follower.close();
      waiting.close();
    }
  });
});
