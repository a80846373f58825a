/**
 * The drivers' side: each client reserves, changes its mind, comes, leaves and waits, asks again with the same key where it
 * was told nothing or too little, and reads. A node's owner also registers its company and points first, and looks after
 * them from then on.
 */
import type { Operation } from '../../src/ledger/command.js';
import type { Answer } from '../../src/ledger/result.js';
import type { Chance } from './chance.js';
import { documentedWish } from './clients-documented.js';
import { driverWish } from './clients-driver.js';
import { ClientMemory } from './clients-memory.js';
import { actsOnVisitors, leaveAndReturn, ownerWish, visitorWish } from './clients-owner.js';
import type { Coverage } from './coverage.js';
import type { Fleet } from './fleet.js';
import type { SimNode } from './node.js';
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

/** What a client wants, before it has a key. `at`: the only node that may be asked; null for any. */
export interface Want {
  readonly operation: Operation;
  readonly door: Wish['door'];
  readonly at?: SimNode;
}

const TRIES_MAX = 6;
/** What an owner does first it does at home, which may not be a member any more. */
const FIRST_TRIES_MAX = 100;
const REMEMBERED_MAX = 10;

export class Client {
  private wishes = 0;
  /** Wishes that were answered, the newest last. */
  private readonly done: Wish[] = [];
  private readonly memory: ClientMemory;
  /** What it registers when its company is founded, and again when it was deleted. */
  private possessions: readonly Operation[] = [];
  /** What it has yet to say before it says anything else of its own. */
  private plans: readonly Operation[] = [];

  constructor(private readonly options: ClientOptions) {
    this.memory = new ClientMemory(options.profile.points);
  }

  /** Begins: `first` are done at home, in this order, before anything else. */
  start(first: readonly Operation[] = []): void {
    this.possessions = first;
    this.register(first);
  }

  private register([next, ...rest]: readonly Operation[]): void {
    if (next === undefined) {
      this.pause();
      return;
    }
    const wish = this.wish({ operation: next, door: 'node' });
    this.attempt(wish, this.options.home, FIRST_TRIES_MAX, () => this.register(rest));
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
    else if (!this.isRaised()) this.wants(documentedWish(this.memory, chance));
    else if (dice < 43) this.wants(documentedWish(this.memory, chance));
    else if (dice < (this.plans.length > 0 ? 80 : 55) && this.possessions.length > 0) this.lookAfter();
    else this.wants(driverWish(this.memory, chance));
  }

  /** Whether the mesh runs version 2, as far as the home node knows: a door takes what is new only then. */
  private isRaised(): boolean {
    return (this.options.home.running?.probe.ledger.ledgerVersion ?? 1) > 1;
  }

  private wants({ operation, door, at }: Want): void {
    this.begin(this.wish({ operation, door }), at ?? null);
  }

  private read(): void {
    const { chance, requests, holder } = this.options;
    const node = chance.hits(300_000) ? this.someLeader() : this.someNode();
    if (node === null) {
      this.pause();
      return;
    }
    const consistency = chance.hits(800_000) ? 'linearizable' : 'stale';
    const options = { consistency, timeoutMs: this.timeoutMs() } as const;
    if (chance.hits(200_000)) {
      requests.read(node, { kind: 'notices', holder }, options, (answer) => {
        if (answer !== null) this.memory.toldNotices(answer.reply, answer.atMs);
        this.pause();
      });
      return;
    }
    requests.read(node, { kind: 'open-reservations', holder }, options, (answer) => {
      if (answer !== null) this.memory.saw(answer.reply, answer.atMs);
      this.pause();
    });
  }

  /** What an owner does it does at home: only its own node may. */
  private lookAfter(): void {
    const { chance, home, requests } = this.options;
    if (!home.isUp) {
      this.pause();
      return;
    }
    const [next, ...plans] = this.plans;
    this.plans = plans;
    if (next !== undefined) {
      this.wants({ operation: next, door: 'rest', at: home });
      return;
    }
    if (chance.hits(30_000)) this.plans = leaveAndReturn(this.possessions);
    // Now and then somebody tries who may not.
    const at = chance.hits(950_000) ? home : (this.someNode() ?? home);
    const pointId = actsOnVisitors(this.possessions, chance);
    if (pointId === null) {
      this.wants({ ...ownerWish(this.possessions, this.memory.ledgerMs, chance), at });
      return;
    }
    const options = { consistency: 'stale', timeoutMs: this.timeoutMs() } as const;
    requests.read(home, { kind: 'holder-now', pointId }, options, (answer) => {
      const want = answer === null ? null : visitorWish(answer.reply, pointId, chance);
      if (want === null) this.pause();
      else this.wants({ ...want, at });
    });
  }

  /** A client that lost the answer asks for it once more. */
  private askAgain(wish: Wish): void {
    this.options.coverage.count('asked again elsewhere');
    this.begin(wish, null);
  }

  private misuseKeyOf({ requestKey, keyKind }: Wish): void {
    // A key that a node made is known to nobody who could use it for something else.
    if (keyKind === 'node') {
      this.pause();
      return;
    }
    const pointIds = this.memory.somePoints(this.options.chance);
    const operation = { kind: 'release', pointIds, mode: 'any' } as const;
    this.begin({ ...this.wish({ operation, door: 'rest' }), requestKey, keyKind }, null);
  }

  /** Tries a wish at some node, now and then at two at a time, and goes on when its end is known or given up. */
  private begin(wish: Wish, at: SimNode | null): void {
    const { chance } = this.options;
    const twin = chance.hits(50_000) && at === null ? this.someNode() : null;
    if (twin !== null) this.options.requests.submit(twin, wish, this.timeoutMs(), () => {});
    this.attempt(wish, at, TRIES_MAX, () => this.pause());
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

  private remember(wish: Wish, answer: Answer): void {
    if (this.done.includes(wish)) return;
    this.memory.heard(wish, answer);
    this.done.push(wish);
    if (this.done.length > REMEMBERED_MAX) this.done.shift();
  }

  private wish({ operation, door }: Want): Wish {
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
