/** Identity and directory live and die together (R9, D5, D6). */
import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NOBODY, replicaId } from '../../src/raft/entry.js';
import { DamagedStore, DirectoryRefused } from '../../src/storage/errors.js';
import { openReplicaDirectory } from '../../src/storage/replica-directory.js';
import { copyOf, freshDirectory, freshPath, openDirectory, openLog } from './fixture.js';

const FOUNDERS = [
  { id: replicaId('000000000000000a'), company: 'empresa_a', address: '' },
  { id: replicaId('000000000000000b'), company: 'empresa_b', address: '' },
];

async function refusal(opening: Promise<unknown>): Promise<DirectoryRefused> {
  const error = await opening.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DirectoryRefused);
  return error as DirectoryRefused;
}

describe('a replica directory', () => {
  it('is made with a random id of 64 bits and keeps it', async () => {
    const path = await freshPath();
    const options = { company: 'empresa_a', random: () => Buffer.from('0123456789abcdef', 'hex') };
    const made = await openReplicaDirectory(path, options);
    expect(made.identity).toEqual({
      replica: '0123456789abcdef',
      company: 'empresa_a',
      cluster: '',
      founders: [],
    });
    expect((await openDirectory(path)).identity).toEqual(made.identity);
    expect((await readdir(path)).sort()).toEqual(['identity.json', 'log', 'mark', 'state', 'trail']);
  });

  it('never takes 64 zero bits, which mean nobody, for its id', async () => {
    const draws = [Buffer.alloc(8), Buffer.from('00000000000000ff', 'hex')];
    const directory = await openReplicaDirectory(await freshPath(), {
      company: 'empresa_a',
      random: () => draws.shift()!,
    });
    expect(directory.identity.replica).toBe('00000000000000ff');
    expect(directory.identity.replica).not.toBe(NOBODY);
  });

  it('gets a new id when its disk was lost (D5)', async () => {
    const path = await freshPath();
    const first = (await openDirectory(path)).identity.replica;
    await rm(path, { recursive: true });
    expect((await openDirectory(path)).identity.replica).not.toBe(first);
  });

  it('may be an empty volume with its lost+found', async () => {
    const path = await freshPath();
    await mkdir(join(path, 'lost+found'), { recursive: true });
    expect((await openDirectory(path)).identity.company).toBe('empresa_a');
  });

  it('notes its mesh for ever', async () => {
    const path = await freshPath();
    const directory = await openDirectory(path);
    await directory.establish('00000000000000cc', FOUNDERS);
    await directory.establish('00000000000000cc', FOUNDERS);
    const reopened = await openDirectory(path);
    expect(reopened.identity).toEqual(directory.identity);
    expect(reopened.identity).toMatchObject({ cluster: '00000000000000cc', founders: FOUNDERS });
    expect((await refusal(reopened.establish('00000000000000dd', FOUNDERS))).reason).toBe('other-mesh');
    expect((await openDirectory(path)).identity.cluster).toBe('00000000000000cc');
  });

  it('is refused to another company', async () => {
    const path = await freshDirectory();
    const error = await refusal(openDirectory(path, 'empresa_b'));
    expect(error.reason).toBe('other-company');
    expect(error.message).toContain('company empresa_a, not of empresa_b');
  });

  it.each(['log', 'mark', 'state', 'trail'])(
    'is refused when it was left half-made, with %s only',
    async (part) => {
      const path = await freshPath();
      await mkdir(join(path, part), { recursive: true });
      const error = await refusal(openDirectory(path));
      expect(error.reason).toBe('half-made');
      expect(await readdir(path)).toEqual([part]);
    },
  );

  it('is refused when its identity is gone', async () => {
    const path = await freshDirectory();
    await rm(join(path, 'identity.json'));
    expect((await refusal(openDirectory(path))).reason).toBe('half-made');
  });

  it('is not made among the files of others', async () => {
    const path = await freshPath();
    await mkdir(path);
    await writeFile(join(path, 'thesis.tex'), '');
    const error = await refusal(openDirectory(path));
    expect(error.reason).toBe('foreign-files');
    expect(error.message).toContain('thesis.tex');
    expect(await readdir(path)).toEqual(['thesis.tex']);
  });

  it('is made by one of two processes that come at the same time', async () => {
    const path = await freshPath();
    const outcomes = await Promise.allSettled([openDirectory(path), openDirectory(path)]);
    const made = outcomes.filter((each) => each.status === 'fulfilled');
    expect(made).toHaveLength(1);
    expect((await openDirectory(path)).identity).toEqual(made[0]!.value.identity);
  });

  it('says when its identity is not as it was written', async () => {
    const sound = await freshDirectory();
    await (await openDirectory(sound)).establish('00000000000000cc', FOUNDERS);
    const content = await readFile(join(sound, 'identity.json'), 'utf8');
    const changes: [string, string][] = [
      ['00000000000000cc', '00000000000000cd'],
      ['empresa_b', 'empresa_c'],
      ['"version": 1', '"version": 2'],
      ['"crc32": "', '"crc32": "0'],
      ['}', ''],
      [content, ''],
      [content, '[]'],
      [content, 'null'],
    ];
    for (const [text, other] of changes) {
      const path = await copyOf(sound);
      await writeFile(join(path, 'identity.json'), content.replace(text, other));
      await expect(openDirectory(path)).rejects.toBeInstanceOf(DamagedStore);
    }
  });

  it('keeps the old identity when the process dies while it writes the new one', async () => {
    const path = await freshDirectory();
    await writeFile(join(path, 'identity.json.tmp'), '{"vers');
    const directory = await openDirectory(path);
    await directory.establish('00000000000000cc', FOUNDERS);
    expect((await openDirectory(path)).identity.cluster).toBe('00000000000000cc');
  });

  it('runs once: a second process is refused, and a killed one leaves no lock behind (D6)', async () => {
    const path = await freshDirectory();
    const holder = spawn(process.execPath, ['--input-type=module', '-e', HOLD, join(path, 'log')], {
      cwd: process.cwd(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise((resolve) => holder.once('exit', resolve));
    try {
      await new Promise((resolve) => holder.stdout.once('data', resolve));
      const error = await refusal(openLog(path));
      expect(error.reason).toBe('in-use');
      expect(error.message).toContain('in use by another process');
    } finally {
      holder.kill('SIGKILL');
    }
    await ended;
    await (await openLog(path)).close();
  });

  it('runs once: a second store in the same process is refused too (D6)', async () => {
    const path = await freshDirectory();
    const log = await openLog(path);
    expect((await refusal(openLog(path))).reason).toBe('in-use');
    await log.close();
  });
});

/** Opens a database and holds it until it is killed. */
const HOLD = `
import { Level } from 'level';
await new Level(process.argv[1]).open();
console.log('open');
setInterval(() => {}, 1000);
`;
