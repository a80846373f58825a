/** Operations as what vehicles ask over MQTT, as docs/mqtt.md has them. */
import type { ChangedStop, Operation, WantedStop } from '../../../src/ledger/command.js';

/** The fields of a `pedido` besides `v` and `id`. Throws for an operation that no driver asks for. */
export function requestFields(operation: Operation): object {
  switch (operation.kind) {
    case 'reserve': {
      const { stops, holdMs, afterNoShow } = operation;
      const later =
        afterNoShow === undefined ? {} : { apos_falta: afterNoShow === 'keep' ? 'manter' : 'liberar' };
      return { tipo: 'reservar', paradas: stops.map(stop), ...hold(holdMs), ...later };
    }
    case 'declare-trip':
      return { tipo: 'viagem', paradas: operation.stops.map(stop), ...hold(operation.holdMs) };
    case 'join-waitlist':
      return { tipo: 'esperar', paradas: operation.stops.map(stop) };
    case 'leave-waitlist':
      return { tipo: 'desistir', espera_id: operation.waitId };
    case 'confirm':
      return { tipo: 'confirmar', reserva_id: operation.reservationId };
    case 'extend-hold':
      return { tipo: 'estender', reserva_id: operation.reservationId, ...hold(operation.holdMs) };
    case 'cancel': {
      const { reservationId, stops } = operation;
      return { tipo: 'cancelar', reserva_id: reservationId, ...(stops.length > 0 && { paradas: stops }) };
    }
    case 'change':
      return { tipo: 'replanejar', reserva_id: operation.reservationId, paradas: operation.stops.map(stop) };
    case 'shift': {
      const { reservationId, stop: number, byMs } = operation;
      return { tipo: 'adiar', reserva_id: reservationId, parada: number, atraso_s: byMs / 1_000 };
    }
    case 'start-stop':
    case 'finish-stop': {
      const tipo = operation.kind === 'start-stop' ? 'inicio' : 'fim';
      return { tipo, reserva_id: operation.reservationId, parada: operation.stop };
    }
    default:
      throw new Error(`no driver asks for ${operation.kind}`);
  }
}

function hold(holdMs: number): object {
  return holdMs > 0 ? { prazo_s: holdMs / 1_000 } : {};
}

function stop(wanted: ChangedStop | WantedStop): object {
  if ('keep' in wanted) return { manter: wanted.keep };
  const { pointId, site, startMs, durationMs } = wanted;
  const window = {
    inicio: startMs === 'now' ? 'agora' : new Date(startMs).toISOString(),
    duracao_s: durationMs / 1_000,
  };
  if (site === undefined) return { ponto_id: pointId, ...window };
  return { local: site.place, conector: site.connector, potencia_kw: site.minPowerWatts / 1_000, ...window };
}
