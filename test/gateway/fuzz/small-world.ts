/**
 * A gateway over the packaged data set in which there is something of everything: a hold, a stop that begins, one that is
 * under way, one that was displaced, a wish, a notice.
 */
import { listenGateway } from '../../../src/gateway/listen.js';
import type { Door, Operation } from '../../../src/ledger/command.js';
import type { Result } from '../../../src/ledger/result.js';
import { type GatewayFixture, openGateway } from '../../support/gateway-fixture.js';
import type { World } from './tokens.js';

const MINUTE_MS = 60_000;

const HOLDERS = ['car-1', 'anonimo'] as const;
/** What each of them holds at once by a documented route. */
const BOOKED_BY_DOCUMENTED = ['8', '12'] as const;

export class SmallWorld implements World {
  /** By name, as of an index. */
  readonly #named = new Map<string, readonly string[]>();
  #namedAt = -1;
  #rows = '';
  #rowsAt = -1;

  private constructor(
    readonly gateway: GatewayFixture,
    readonly port: number,
  ) {}

  static async open(): Promise<SmallWorld> {
    const gateway = await openGateway();
    gateway.lone.raise();
    const world = new SmallWorld(gateway, await listenGateway(gateway.app, '127.0.0.1', 0));
    for (const [place, holder] of HOLDERS.entries()) await world.#furnish(holder, place);
    return world;
  }

  get nowMs(): number {
    return this.gateway.lone.nowMs;
  }

  get index(): number {
    return this.gateway.lone.index;
  }

  /** All rows but those of request keys and of the audit head, which tell that something was asked. */
  get decidedRows(): string {
    if (this.#rowsAt !== this.index) {
      const rows = [...this.gateway.lone.ledger.rows()].filter(({ key }) => !/^[ka]:/.test(key));
      this.#rows = rows.map(({ key, row }) => `${key} ${row}`).join('\n');
      this.#rowsAt = this.index;
    }
    return this.#rows;
  }

  named(name: string): readonly string[] {
    if (this.#namedAt !== this.index) this.#named.clear();
    this.#namedAt = this.index;
    const named = this.#named.get(name) ?? this.#look(name);
    this.#named.set(name, named);
    return named;
  }

  #look(name: string): readonly string[] {
    switch (name) {
      case 'pointId':
      case 'pointIds':
      case 'points':
      case 'point':
      case 'id':
        return this.#ids('p');
      case 'ids':
        return [...BOOKED_BY_DOCUMENTED, '5', '1,7'];
      case 'routes':
        return this.#ids('r');
      case 'company':
      case 'companies':
        return this.#ids('c');
      case 'reservations':
      case 'reservation':
        return this.#ids('v').slice(-10);
      case 'waitlist':
        return this.#ids('w').slice(-4);
      case 'If-Match':
        return ['*', `"${this.index}"`];
      case 'noticeIds':
        return this.#ids('n');
      case 'vehicle':
      case 'vehicleId':
      case 'Malha-Vehicle':
        return HOLDERS;
      case 'site':
      case 'place':
      case 'from':
      case 'to':
      case 'origem':
      case 'destino':
        return ['Salvador', 'Feira de Santana', 'Valente', 'Porto Seguro'];
      case 'displayId':
        return ['1', 'volt'];
      case 'connector':
        return ['ccs2', 'type2'];
      default:
        return [];
    }
  }

  #ids(table: string): readonly string[] {
    const ids = this.decidedRows.matchAll(new RegExp(`^${table}:(\\S+) `, 'gm'));
    return [...ids].map(([, id]) => id!);
  }

  async #furnish(holder: string, place: number): Promise<void> {
    const [first, second, third] = place === 0 ? ['1', '9', '3'] : ['2', '10', '4'];
    await this.#reserve(holder, first!, 120, 0);
    await this.#reserve(holder, second!, 1, 60 * MINUTE_MS);
    const active = await this.#reserve(holder, third!, 0, 0);
    await this.#do({ kind: 'start-stop', reservationId: active, stop: 0, ifIndex: 0, as: 'holder' }, holder);
    const displaced = await this.#reserve(holder, first!, 600, 0);
    await this.#do(
      { kind: 'displace-stop', reservationId: displaced, stop: 0, ifIndex: 0, reason: 'x' },
      holder,
    );
    const startMs = this.nowMs + MINUTE_MS;
    await this.#reserve(holder, BOOKED_BY_DOCUMENTED[place]!, 0, 0, 'legacy-rest');
    const wish = { pointId: second!, company: '', startMs, durationMs: 5 * MINUTE_MS };
    await this.#do({ kind: 'join-waitlist', stops: [wish], afterNoShow: 'keep' }, holder);
  }

  async #reserve(
    holder: string,
    pointId: string,
    inMinutes: number,
    holdMs: number,
    door: Door = 'rest',
  ): Promise<string> {
    const startMs = this.nowMs + inMinutes * MINUTE_MS;
    const stop = { pointId, company: '', startMs, durationMs: 120 * MINUTE_MS };
    const result = await this.#do({ kind: 'reserve', stops: [stop], holdMs }, holder, door);
    if (result.kind !== 'reserved') throw new Error(`the world is not furnished: ${JSON.stringify(result)}`);
    return result.reservationId;
  }

  async #do(operation: Operation, holder: string, door: Door = 'rest'): Promise<Result> {
    const requestKey = `furnish-${this.index}`;
    const submission = {
      door,
      holder,
      keyKind: 'node',
      traceId: 'a'.repeat(32),
      requestKey,
    } as const;
    const { result } = await this.gateway.mesh.submit({ ...submission, operation }, { timeoutMs: 1_000 });
    if (result.kind === 'refused') throw new Error(`the world is not furnished: ${result.reason}`);
    return result;
  }
}
