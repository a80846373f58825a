/**
 * The drivers' side: each client reserves and releases, asks again with the same key where it was told nothing
 * or too little, and reads. A node's owner also registers its company and points first.
 */
import type { Operation, WantedStop } from '../../src/ledger/command.js';
import type { Answer } from '../../src/ledger/result.js';
import type { Chance } from './chance.js';
import type { Coverage } from './coverage.js';
import type { Fleet } from './fleet.js';
import type { SimNode } from './node.js';
import { EPOCH_MS } from './node-clock.js';
import type { Profile } from './profile.js';
import type { Ending, Requests, Wish } from './requests.js';
import type { Timeline } from './timeline.js';

export interface ClientOptions {
  readonly holder: string;
  readonly home: SimNode;
  readonly fleet: Fleet;
  readonly profile: Profile;
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly coverage: Coverage;
  readonly requests: Requests;
  /** Whether clients still begin something new. */
  readonly open: () => boolean;
}

const MINUTE_MS = 60_000;
const TRIES_MAX = 6;
/** What an owner does first it does at home, which may not be a member any more. */
const FIRST_TRIES_MAX = 100;
const REMEMBERED_MAX = 10;

export class Client {
  private wishes = 0;
  /** Wishes that were answered, the newest last. */
  private readonly done: Wish[] = [];
  /** Points that this client may hold now. */
  private held: string[] = [];
  /** Ledger time as last heard. */
  private ledgerMs = EPOCH_MS;

  constructor(private readonly options: ClientOptions) {}

  /** Begins: `first` are done at home, in this order, before anything else. */
  start(first: readonly Operation[] = []): void {
    const [next, ...rest] = first;
    if (next === undefined) {
      this.pause();
      return;
    }
    const wish = this.wish(next, 'node');
    this.attempt(wish, this.options.home, FIRST_TRIES_MAX, () => this.start(rest));
  }

  private pause(): void {
    const { timeline, chance, profile } = this.options;
    timeline.after(chance.below(2 * profile.thinkUs), () => this.act());
  }

  private act(): void {
    const { chance, open } = this.options;
    if (!open()) return;
    const dice = chance.below(100);
    if (dice < 20) this.read();
    else if (dice < 30 && this.done.length > 0) this.askAgain(chance.pick(this.done));
    else if (dice < 33 && this.done.length > 0) this.misuseKeyOf(chance.pick(this.done));
    else if (dice < 45 && this.held.length > 0) this.release();
    else this.reserve();
  }

  private read(): void {
    const { chance, requests } = this.options;
    const node = chance.hits(300_000) ? this.someLeader() : this.someNode();
    if (node === null) {
      this.pause();
      return;
    }
    const consistency = chance.hits(800_000) ? 'linearizable' : 'stale';
    const query = { kind: 'open-reservations', holder: this.options.holder } as const;
    requests.read(node, query, { consistency, timeoutMs: this.timeoutMs() }, (atMs) => {
      if (atMs !== null) this.ledgerMs = Math.max(this.ledgerMs, atMs);
      this.pause();
    });
  }

  private reserve(): void {
    const { chance } = this.options;
    const now = chance.hits(400_000);
    const startMs = now ? 'now' : (Math.floor(this.ledgerMs / MINUTE_MS) + chance.between(1, 60)) * MINUTE_MS;
    const stops = this.somePoints().map(
      (pointId): WantedStop => ({
        pointId,
        company: '',
        startMs,
        durationMs: chance.pick([1, 2]) * MINUTE_MS,
      }),
    );
    const holdMs = chance.hits(600_000) ? chance.between(1_000, 3_000) : 0;
    const wish = this.wish({ kind: 'reserve', stops, holdMs }, now ? 'legacy-rest' : 'rest');
    this.begin(wish, (answer) => {
      if (now && answer?.result.kind === 'reserved') this.held = stops.map(({ pointId }) => pointId);
    });
  }

  private release(): void {
    const { chance } = this.options;
    const mode = chance.pick(['all-or-none', 'any'] as const);
    const wish = this.wish({ kind: 'release', pointIds: this.held, mode }, 'legacy-mqtt');
    this.held = [];
    this.begin(wish);
  }

  /** A client that lost the answer asks for it once more. */
  private askAgain(wish: Wish): void {
    this.options.coverage.count('asked again elsewhere');
    this.begin(wish);
  }

  private misuseKeyOf({ requestKey, keyKind }: Wish): void {
    // A key that a node made is known to nobody who could use it for something else.
    if (keyKind === 'node') {
      this.pause();
      return;
    }
    const operation = { kind: 'release', pointIds: this.somePoints(), mode: 'any' } as const;
    this.begin({ ...this.wish(operation, 'rest'), requestKey, keyKind });
  }

  /** Tries a wish at some node, now and then at two at a time, and goes on when its end is known or given up. */
  private begin(wish: Wish, then: (answer: Answer | null) => void = () => {}): void {
    const { chance } = this.options;
    const twin = chance.hits(50_000) ? this.someNode() : null;
    if (twin !== null) this.options.requests.submit(twin, wish, this.timeoutMs(), () => {});
    this.attempt(wish, null, TRIES_MAX, (answer) => {
      then(answer);
      this.pause();
    });
  }

  /** `at`: the only node that may be asked; null for any. */
  private attempt(
    wish: Wish,
    at: SimNode | null,
    tries: number,
    then: (answer: Answer | null) => void,
  ): void {
    const { timeline, chance, coverage, requests, open } = this.options;
    const again = (): void => {
      timeline.after(chance.below(200_000), () => this.attempt(wish, at, tries - 1, then));
    };
    const node = at ?? this.someNode();
    if (tries === 0 || !open()) {
      then(null);
    } else if (node === null || !node.isUp) {
      again();
    } else {
      requests.submit(node, wish, this.timeoutMs(), (ending: Ending) => {
        if (ending.kind === 'answer') {
          this.remember(wish, ending.answer);
          then(ending.answer);
        } else {
          if (at === null) coverage.count('asked again elsewhere');
          again();
        }
      });
    }
  }

  private remember(wish: Wish, { atMs }: Answer): void {
    this.ledgerMs = Math.max(this.ledgerMs, atMs);
    if (this.done.includes(wish)) return;
    this.done.push(wish);
    if (this.done.length > REMEMBERED_MAX) this.done.shift();
  }

  private wish(operation: Operation, door: Wish['door']): Wish {
    const { holder, chance } = this.options;
    this.wishes += 1;
    const keyKind = chance.hits(800_000) ? 'client' : 'node';
    return { holder, requestKey: `${holder}-${this.wishes}`, keyKind, door, operation };
  }

  /** Mostly the home node; null when the one chosen is down. */
  private someNode(): SimNode | null {
    const { chance, home, fleet } = this.options;
    const { members } = fleet;
    const atHome = members.includes(home) ? 500_000 : 50_000;
    const node = chance.hits(atHome) ? home : chance.pick(chance.hits(950_000) ? members : fleet.present);
    return node.isUp ? node : null;
  }

  /** One that believes that it leads, perhaps wrongly; null when there is none. */
  private someLeader(): SimNode | null {
    const { chance, fleet } = this.options;
    const leaders = fleet.present.filter(({ running }) => running?.probe.role === 'leader');
    return leaders.length === 0 ? null : chance.pick(leaders);
  }

  private somePoints(): string[] {
    const { chance, profile } = this.options;
    const points = Array.from({ length: profile.points }, (_, k) => pointId(k));
    return chance.some(points, chance.between(1, Math.min(3, points.length)));
  }

  private timeoutMs(): number {
    return this.options.chance.pick([1, 2, 5]) * this.options.profile.timing.electionMs;
  }
}

/** The id of the point with this number, from 0. */
export function pointId(number: number): string {
  return `P${number}`;
}

/** What the owner of `node` registers: its company, and points of it. */
export function registrations(node: SimNode, pointIds: readonly string[]): readonly Operation[] {
  return [
    { kind: 'register-company', name: node.company, displayId: `company-${node.name}` },
    ...pointIds.map(
      (id): Operation => ({
        kind: 'register-point',
        pointId: id,
        place: 'Feira de Santana',
        latitudeMicrodegrees: -12_266_700,
        longitudeMicrodegrees: -38_966_700,
        connector: 'CCS2',
        powerWatts: 60_000,
      }),
    ),
  ];
}
