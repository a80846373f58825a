/** A plan as vehicles read it: stops that `reservar` takes as they are, and beside them what else is known. */
import { type PlanAnswer, percentOf } from '../doors/plans.js';
import { timeText } from '../doors/times.js';

/** `motivo` says why there is no plan; null where there is one. */
export function planJson(answer: PlanAnswer, batteryWh: number): object {
  if (answer.kind === 'none') return { plano: null, motivo: answer.reason };
  const { plan, points } = answer;
  const paradas = plan.stops.map(({ pointId, startMs, endMs }) => ({
    ponto_id: pointId,
    inicio: timeText(startMs),
    fim: timeText(endMs),
  }));
  const detalhes = plan.stops.map((stop) => {
    const { company, place, connector, powerWatts } = points.get(stop.pointId)!;
    return {
      ...{ ponto_id: stop.pointId, empresa_id: company, local: place },
      ...{ conector: connector, potencia_kw: powerWatts / 1_000, trecho_km: stop.metres / 1_000 },
      ...{ chegada: timeText(stop.arriveMs), chegada_pct: percentOf(stop.arriveWh, batteryWh) },
      ...{ partida: timeText(stop.departMs), partida_pct: percentOf(stop.departWh, batteryWh) },
    };
  });
  const plano = {
    ...{ de: plan.from, para: plan.to, distancia_km: plan.metres / 1_000 },
    ...{ chegada: timeText(plan.arriveMs), chegada_pct: percentOf(plan.arriveWh, batteryWh) },
    ...{ paradas, detalhes },
  };
  return { plano, motivo: null };
}
