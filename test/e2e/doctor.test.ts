/**
 * `malha doctor` beside real nodes: with the settings of a node that runs, of one that does not, and of one that could not.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { malha } from '../cli/malha-process.js';
import { type NodeProcess, ProcessMesh } from '../support/node-process.js';

const TEST = { timeout: 60_000 };

interface Report {
  readonly sound: boolean;
  readonly settings: readonly { readonly name: string; readonly value: string; readonly source: string }[];
  readonly findings: readonly { readonly check: string; readonly verdict: string; readonly text: string }[];
}

let mesh: ProcessMesh;
beforeAll(async () => {
  mesh = await ProcessMesh.start(3);
  await mesh.registered();
}, 60_000);
afterAll(() => mesh.stop());

async function doctor(
  node: NodeProcess,
  ...more: string[]
): Promise<{ code: number | null; report: Report }> {
  const { code, stdout } = await malha(['doctor', ...node.args, ...more, '--json'], mesh.directory);
  return { code, report: JSON.parse(stdout) as Report };
}

function textsOf({ findings }: Report, check: string, verdict: string): readonly string[] {
  return findings.filter((each) => each.check === check && each.verdict === verdict).map(({ text }) => text);
}

it('finds nothing wrong with a node that runs among its peers, and changes nothing', TEST, async () => {
  const [a] = mesh.nodes as [NodeProcess];
  const before = await a.status();
  const { code, report } = await doctor(a);
  expect(report.findings.filter(({ verdict }) => verdict === 'fault')).toEqual([]);
  expect([code, report.sound]).toEqual([0, true]);
  expect(textsOf(report, 'ports', 'ok')).toEqual(
    Object.entries(a.ports).map(([name, port]) => `${name}: 127.0.0.1:${port} is the running node's`),
  );
  const known = new RegExp(`^empresa_[bc] at .* answers: replica [0-9a-f]{16}, of mesh ${before.cluster}$`);
  expect(textsOf(report, 'peers', 'ok')).toEqual([
    expect.stringMatching(known),
    expect.stringMatching(known),
  ]);
  expect(textsOf(report, 'disk', 'ok')).toContainEqual(
    `${a.dataDirectory} holds replica ${before.replica} of mesh ${before.cluster}`,
  );
  expect(textsOf(report, 'clock', 'ok')).toEqual([
    expect.stringMatching(/^the clock is \d+ ms .* ledger time$/),
  ]);
  expect(report.settings.find(({ name }) => name === 'company')).toMatchObject({
    ...{ value: 'empresa_a', source: 'flag --company' },
  });
  expect((await a.status()).term).toBe(before.term);
});

it('tells who is silent, and that too few are there', TEST, async () => {
  const [a, b, c] = mesh.nodes as [NodeProcess, NodeProcess, NodeProcess];
  await c.end('SIGTERM');
  const one = await doctor(a);
  expect(textsOf(one.report, 'peers', 'note')).toEqual([
    `empresa_c at 127.0.0.1:${c.ports.grpc} does not answer: nobody listens there`,
  ]);
  expect(one.code).toBe(0);

  await b.end('SIGTERM');
  const two = await doctor(c);
  expect(textsOf(two.report, 'peers', 'note')).toEqual([
    `empresa_b at 127.0.0.1:${b.ports.grpc} does not answer: nobody listens there`,
  ]);
  expect(textsOf(two.report, 'peers', 'ok')).toHaveLength(1);
  expect(textsOf(two.report, 'ports', 'ok')).toContain(`rest: 127.0.0.1:${c.ports.rest} is free`);
  await a.end('SIGTERM');
  const none = await doctor(c);
  expect(none.code).toBe(1);
  expect(textsOf(none.report, 'peers', 'fault')).toContain(
    'with this node 1 of 3 are there, and 2 are needed',
  );
  for (const node of mesh.nodes) node.start();
  await Promise.all(mesh.nodes.map((node) => node.ready()));
});

it(
  'tells a port that another has, a directory of another company, and a peer that is another one',
  TEST,
  async () => {
    const [a, b, c] = mesh.nodes as [NodeProcess, NodeProcess, NodeProcess];
    const peers = `empresa_x=127.0.0.1:${b.ports.grpc},empresa_y=127.0.0.1:1`;
    const { code, report } = await doctor(
      a,
      ...['--company', 'empresa_y', '--peers', peers, '--grpc', '127.0.0.1:1', '--mqtt', 'off'],
    );
    expect(code).toBe(1);
    expect(textsOf(report, 'ports', 'fault')).toContain(
      `rest: 127.0.0.1:${a.ports.rest} is taken: choose another with --rest HOST:PORT`,
    );
    expect(textsOf(report, 'disk', 'fault')).toEqual([
      `${a.dataDirectory} holds the replica of empresa_a, not of empresa_y`,
    ]);
    expect(textsOf(report, 'peers', 'fault')).toContain(
      `at 127.0.0.1:${b.ports.grpc} answers empresa_b, not empresa_x: check MALHA_PEERS`,
    );
    expect(c.running).toBe(true);
  },
);
