import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { malha } from './malha-process.js';

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'malha-cli-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('the command line', () => {
  it('prints the version of the package', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(await malha(['--version'], directory)).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('lists its commands, and every setting of a node as a flag', async () => {
    const help = await malha(['--help'], directory);
    for (const command of ['node', 'demo', 'vehicle', 'status'])
      expect(help.stdout).toContain(`\n  ${command} `);
    expect(help.code).toBe(0);
    const nodeHelp = await malha(['node', '--help'], directory);
    for (const flag of ['--rest', '--peers', '--log-level', '--disk-reserve-mb', '--config']) {
      expect(nodeHelp.stdout).toContain(flag);
    }
    expect(nodeHelp.code).toBe(0);
  });

  it.each([
    [['nod'], "malha: unknown command 'nod' (did you mean node?)\n"],
    [['node', '--peer', 'x'], "malha: unknown option '--peer' (did you mean --peers?)\n"],
    [['demo', '--vehicle', '3'], "malha: unknown option '--vehicle' (did you mean --vehicles?)\n"],
    [['status', '--zzzzzzzz'], "malha: unknown option '--zzzzzzzz'\n"],
    [['node', '--rest'], "malha: option '--rest <HOST:PORT>' argument missing\n"],
  ])('answers %j with one line and exit code 2', async (args, line) => {
    expect(await malha(args, directory)).toEqual({ code: 2, stdout: '', stderr: line });
  });

  it('shows the help and exits 2 when no command is given', async () => {
    const { code, stderr } = await malha([], directory);
    expect(code).toBe(2);
    expect(stderr).toContain('Usage: malha');
  });

  it('lists every fault of the settings, of all layers, with exit code 2 and nothing started', async () => {
    writeFileSync(join(directory, '.env'), 'MALHA_RETRY_MAX=many\n');
    const env = { MALHA_GRPC: 'nowhere' };
    const ended = await malha(['node', '--rest', 'x', '--data', 'never'], directory, env);
    rmSync(join(directory, '.env'));
    expect(ended.code).toBe(2);
    expect(ended.stdout).toBe('');
    expect(ended.stderr.trim().split('\n')).toEqual([
      'malha: --rest (flag): must be host:port with a port up to 65535, got "x"',
      'malha: MALHA_GRPC (environment): must be host:port with a port up to 65535, got "nowhere"',
      'malha: MALHA_RETRY_MAX (.env): must be a whole number from 0 to 1000, got "many"',
    ]);
  });

  it.each([
    [['demo', '--companies', '10', '--duration', 'soon'], 2],
    [['vehicle', '--count', '0'], 1],
    [['vehicle', '--model', 'coche'], 1],
    [['status', '--node', 'ftp://x', '--timeout', 'never'], 2],
  ])('finds the faults of %j', async (args, faults) => {
    const { code, stderr } = await malha(args, directory);
    expect(code).toBe(2);
    expect(stderr.trim().split('\n')).toHaveLength(faults);
  });

  it('says that nobody answers, with exit code 1, also as JSON', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    await new Promise((resolve) => server.close(resolve));
    const node = `http://127.0.0.1:${port}`;

    const { code, stdout } = await malha(['status', '--node', node], directory);
    expect(code).toBe(1);
    expect(stdout).toContain('down: no node answers');
    const json = await malha(['status', '--json', '--wait', '--timeout', '0.3', '--node', node], directory);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({
      healthy: false,
      state: 'down',
      canLose: 0,
      nodes: [{ url: node, status: null, fault: 'does not answer' }],
    });
  });
});
