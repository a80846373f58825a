/**
 * `malha` with ports that may end the process at a step of a commit: for chaos runs only, nothing of it is in `src`.
 *
 *   node failpoint-entry.mjs DIST node …
 *
 * On SIGUSR2 it reads the name of a step from the file that CHAOS_FAILPOINT names, and dies (SIGKILL) when a command
 * comes by that step.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [dist, ...args] = process.argv.slice(2);
const load = (path) => import(pathToFileURL(resolve(dist, path)).href);

let armed = '';
process.on('SIGUSR2', () => {
  armed = readFileSync(process.env.CHAOS_FAILPOINT, 'utf8').trim();
});

function pass(step) {
  if (armed === step) process.kill(process.pid, 'SIGKILL');
}

const hasCommand = (entries) => entries?.some(({ payload }) => payload.kind === 'command') === true;

const carries = ({ frames }, isIt) => frames.some(({ kind, message }) => kind === 'raft' && isIt(message));

const { LevelLogStore } = await load('storage/level-log-store.js');
const { LevelStateStore } = await load('storage/level-state-store.js');
const { GrpcTransport } = await load('transport/grpc-transport.js');
const { Replica } = await load('replica/replica.js');

wrap(LevelLogStore, 'save', (save) => async (change) => {
  const counts = hasCommand(change.entries);
  if (counts) pass('before-save');
  await save(change);
  if (counts) pass('saved-not-told');
});

wrap(GrpcTransport, 'send', (send) => (batch) => {
  const sent = send(batch);
  if (carries(batch, (message) => message.kind === 'append' && hasCommand(message.entries))) {
    pass('sent-not-saved');
  }
  return sent;
});

wrap(
  GrpcTransport,
  'receive',
  (receive) => (handler) =>
    receive((batch) => {
      if (carries(batch, (message) => message.kind === 'append-reply' && message.rejected === null)) {
        pass('acknowledged-not-told');
      }
      handler(batch);
    }),
);

wrap(LevelStateStore, 'write', (write) => async (changes, meta) => {
  if (changes.length > 0) pass('before-rows');
  await write(changes, meta);
  if (changes.length > 0) pass('after-rows');
});

wrap(Replica, 'submit', (submit) => async (...submission) => {
  const answer = await submit(...submission);
  pass('decided-not-answered');
  return answer;
});

function wrap(owner, name, make) {
  const inner = owner.prototype[name];
  if (typeof inner !== 'function') throw new Error(`${owner.name} has no ${name} to wrap`);
  owner.prototype[name] = function wrapped(...given) {
    return make((...passed) => inner.apply(this, passed))(...given);
  };
}

const { main } = await load('cli/main.js');
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
const exitCode = await main(args);
process.stdout.write('', () => process.exit(exitCode));
