/**
 * What every TrailTransport promises. Run on the gRPC transport and on its in-memory twin; an implementation brings a rig of
 * two replicas that can reach each other.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ReplicaId, replicaId } from '../../src/raft/entry.js';
import type { TrailPageRequest, TrailRecord, TrailTransport } from '../../src/replica/ports.js';
import { eventually } from '../support/eventually.js';
import { recordAt } from './trail-store.js';

export interface TrailRig {
  readonly a: { readonly id: ReplicaId; readonly trails: TrailTransport };
  readonly b: { readonly id: ReplicaId; readonly trails: TrailTransport };
  /** Resolves once either side can ask the other. */
  start(): Promise<void>;
  /** Lets nothing more through between the two, in either direction. */
  cut(): void;
  close(): Promise<void>;
}

const REQUEST = { before: 2 ** 40, limit: 1_000 };

export function trailTransportContract(name: string, open: () => Promise<TrailRig>): void {
  describe(`trail transport contract: ${name}`, () => {
    let rig: TrailRig;
    const never = new AbortController().signal;

    beforeEach(async () => {
      rig = await open();
      await rig.start();
    });

    afterEach(async () => {
      await rig.close();
    });

    function ask(
      request: TrailPageRequest = REQUEST,
      signal = never,
    ): Promise<readonly TrailRecord[] | null> {
      return rig.a.trails.ask(rig.b.id, request, signal);
    }

    it('brings question and records as they were said', async () => {
      const asked: TrailPageRequest[] = [];
      const records = [3, 70_000, 2 ** 40 - 1].map((each): TrailRecord => {
        const { index, before, text } = recordAt(each);
        return { index, before, text };
      });
      rig.b.trails.serve(async (request) => {
        asked.push(request);
        return records;
      });
      expect(await ask()).toEqual(records);
      expect(asked).toEqual([REQUEST]);
    });

    it('tells no records from no answer', async () => {
      rig.b.trails.serve(async () => []);
      expect(await ask()).toEqual([]);
      rig.b.trails.serve(() => Promise.reject(new Error('it cannot be read')));
      expect(await ask()).toBeNull();
    });

    it('has no answer where nobody serves, or nobody is', async () => {
      expect(await ask()).toBeNull();
      expect(await rig.a.trails.ask(replicaId('9'.repeat(16)), REQUEST, never)).toBeNull();
    });

    it('waits no more once it is told to stop', async () => {
      let asked = false;
      rig.b.trails.serve(() => {
        asked = true;
        return new Promise(() => {});
      });
      const stopping = new AbortController();
      const answer = ask(REQUEST, stopping.signal);
      await eventually(() => asked);
      stopping.abort();
      expect(await answer).toBeNull();
      expect(await ask(REQUEST, stopping.signal)).toBeNull();
    });

    it('loses an answer with the way', async () => {
      let answer: (records: readonly TrailRecord[]) => void = () => {};
      let asked = false;
      rig.b.trails.serve(() => {
        asked = true;
        return new Promise((resolve) => {
          answer = resolve;
        });
      });
      const answered = ask();
      await eventually(() => asked);
      rig.cut();
      answer([]);
      expect(await answered).toBeNull();
    });
  });
}
