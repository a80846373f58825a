/** All clients of a run: drivers at each door, and companies that report the status of their points. */
import type { NodeProcess } from '../../support/node-process.js';
import type { Recorder } from '../../torture/recorder.js';
import { RestWay } from '../../torture/rest-way.js';
import { type Temper, Tormentor } from '../../torture/tormentor.js';
import type { Way } from '../../torture/way.js';
import { statusReport, wish } from '../../torture/wishes.js';
import { Pacer } from '../pacer.js';
import { GrpcWay } from './grpc-way.js';
import { MqttWay } from './mqtt-way.js';

/** Mostly patient; a node that stands still costs its clients no more than this. */
const TIMEOUTS_MS = [80, 500, 3_000, 3_000, 3_000, 3_000, 3_000, 3_000];
const DRIVERS_PER_DOOR = 20;
/** The data set has points of three companies. */
const OWNERS = 3;

export class Crowd {
  readonly #tormentors: Tormentor[];
  readonly #ways: readonly { readonly way: Way; attempts: number }[];
  #goesOn = true;
  #flows: Promise<readonly string[]> | null = null;

  constructor(nodes: readonly NodeProcess[], recorder: Recorder, attemptsPerSecond: number) {
    const pacer = new Pacer(1_000 / attemptsPerSecond);
    this.#ways = [new RestWay(), new GrpcWay(), new MqttWay()].map((way) => ({ way, attempts: 0 }));
    const drivers = this.#ways.flatMap((counted) => {
      const pace = (): Promise<void> => {
        counted.attempts += 1;
        return pacer.turn();
      };
      const temper: Temper = { way: counted.way, timeoutsMs: TIMEOUTS_MS, pace, wants: wantsAt(counted.way) };
      const names = Array.from({ length: DRIVERS_PER_DOOR }, (_, k) => `${counted.way.door}-car-${k + 1}`);
      return names.map((name) => new Tormentor(name, nodes, recorder, temper));
    });
    const owners = nodes.slice(0, OWNERS).map((node) => {
      const wants: typeof wish = () => ({ operation: statusReport(node.company), door: 'rest' });
      const temper = { wants, timeoutsMs: TIMEOUTS_MS, pace: () => pacer.turn() };
      return new Tormentor(`of-${node.company}`, [node], recorder, temper);
    });
    this.#tormentors = [...drivers, ...owners];
  }

  begin(): void {
    const goesOn = (): boolean => this.#goesOn;
    this.#flows = Promise.all(
      this.#tormentors.map((each) =>
        each.run(goesOn).then(
          () => [],
          (error: unknown) => [
            `a client: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
          ],
        ),
      ),
    ).then((faults) => faults.flat());
  }

  attemptsByDoor(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#ways.map(({ way, attempts }) => [way.door, attempts]));
  }

  /** Resolves when the last attempt has ended, with what no client may hear. */
  async end(): Promise<readonly string[]> {
    this.#goesOn = false;
    const faults = (await this.#flows) ?? [];
    await Promise.all(this.#ways.map(({ way }) => way.close()));
    return faults;
  }
}

/** What is wanted through a door: documented operations only over REST. */
function wantsAt({ door }: Way): typeof wish {
  if (door === 'rest') return wish;
  return (...has) => {
    for (;;) {
      const { operation, door: wantedDoor } = wish(...has);
      if (wantedDoor !== 'rest') continue;
      // Over MQTT vehicles say what is to become of the later stops.
      const isShort = door === 'mqtt' && operation.kind === 'reserve';
      return { operation: isShort ? { ...operation, afterNoShow: 'keep' } : operation, door: 'rest' };
    }
  };
}
