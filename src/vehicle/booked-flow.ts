/** malha's own flow: trips are reserved with windows over MQTT, and notices are heeded and acknowledged. */
import { BookedJourney } from './booked-journey.js';
import { Booking } from './booking.js';
import type { Flow, FlowOptions } from './flow.js';
import type { Tuning } from './tuning.js';

/** Notices after which a vehicle looks at its stops again. */
const STIRRING = [
  'parada_deslocada',
  'falta',
  'parada_liberada',
  'prazo_terminando',
  'prazo_esgotado',
  'reserva_cancelada',
];

export function bookedFlow({ ride, link, clock, makeKey, tell, socPct, giveUp }: FlowOptions): Flow {
  const booking = new Booking({ link, makeKey, tell });
  const rules = { ...ride.rules, slackMs: slackMs(ride.tuning, clock.speed) };
  let current: BookedJourney | null = null;
  /** Notices whose acknowledgement is under way. */
  const acknowledging = new Set<string>();
  const never = new AbortController().signal;

  const options = {
    ...ride,
    rules,
    booking,
    giveUp,
    async offered({ from, to }: { from: string; to: string }, signal: AbortSignal) {
      const fields = { local: from, destino: to, bateria: Math.floor(socPct()) };
      const outcome = await link.request(makeKey(), 'planejar', fields, signal);
      if (outcome.kind === 'refused') throw new Error(`${outcome.broker} refused a plan: ${outcome.words}`);
      return outcome.pointIds;
    },
  };

  async function acknowledge(id: string): Promise<void> {
    acknowledging.add(id);
    // Who takes leave before that is told again when it comes back.
    await link.request(makeKey(), 'confirmar_aviso', { avisos: [id] }, never).catch(() => undefined);
    acknowledging.delete(id);
  }

  return {
    holdings: booking,
    journey(trip, road, batteryWh) {
      current = new BookedJourney(options, trip, road, batteryWh);
      return current;
    },
    noticed({ id, type, pointId = '', reservation }) {
      if (reservation !== undefined) booking.learn(reservation);
      if (STIRRING.includes(type)) current?.interrupt();
      if (acknowledging.has(id)) return;
      tell({ kind: 'noticed', notice: type, pointId });
      void acknowledge(id);
    },
  };
}

function slackMs({ windowSlackMinutes, windowSlackRealMs }: Tuning, speed: number): number {
  return Math.ceil(Math.max(windowSlackMinutes * 60_000, windowSlackRealMs * speed));
}
