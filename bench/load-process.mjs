/** The process that makes the load, as its parent sees it. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('load/generator.mjs', import.meta.url));
/** Beyond what a job should take. */
const PATIENCE_MS = 60_000;

export class LoadProcess {
  #child = fork(PROGRAM);

  /** The figures of a job; `onMoment` hears `begin` and `end` of what is measured. */
  async run(job, limitMs, onMoment = () => {}) {
    let timer;
    try {
      return await new Promise((resolve, reject) => {
        timer = setTimeout(() => reject(new Error('the load hangs')), limitMs + PATIENCE_MS);
        this.#child.once('exit', () => reject(new Error('the load ended')));
        this.#child.on('message', ({ kind, figures, why }) => {
          if (kind === 'done') resolve(figures);
          else if (kind === 'failed') reject(new Error(why));
          else onMoment(kind);
        });
        this.#child.send(job);
      });
    } finally {
      clearTimeout(timer);
      this.#child.removeAllListeners();
    }
  }

  stop() {
    this.#child.kill('SIGKILL');
  }
}
