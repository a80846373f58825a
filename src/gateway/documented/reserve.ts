/**
 * The documented ways to reserve: all named points from now on, for the documented window, or none.
 */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { parseIdList } from '../../doors/identifiers.js';
import { foldNamedPoints, type NamedPoint, ofAnyCompany, reserveNow } from '../../doors/requests.js';
import type { Conflict } from '../../ledger/result.js';
import { bodyAs, ignoreBody, takeJson } from '../bodies.js';
import { holderOf } from '../caller.js';
import { type GatewayContext, windowMsOf } from '../context.js';
import { write } from '../writes.js';
import { answerRefusal } from './refusal.js';

const SEQUENCE = z.object({
  pontos: z.array(z.object({ id: z.string(), empresa: z.string().nullish() })),
});

export const documentedReserveRoutes: FastifyPluginAsync<GatewayContext> = async (app, context) => {
  app.register(async (scope) => {
    ignoreBody(scope);
    scope.post<{ Params: { ids?: string } }>('/reserve-points/:ids?', async (request, reply) =>
      reserve(context, request, reply, ofAnyCompany(parseIdList(request.params.ids ?? ''))),
    );
  });

  app.register(async (scope) => {
    takeJson(scope);
    scope.post('/reserve-sequence', async (request, reply) => {
      const { pontos } = bodyAs(SEQUENCE, request.body, '{"pontos":[{"id","empresa"}]}');
      const named = pontos.map(({ id, empresa }) => ({ id, company: empresa ?? '' }));
      return reserve(context, request, reply, foldNamedPoints(named));
    });
  });
};

async function reserve(
  context: GatewayContext,
  request: FastifyRequest,
  reply: FastifyReply,
  points: readonly NamedPoint[],
): Promise<object> {
  const operation = reserveNow(points, windowMsOf(context.settings));
  const writing = { door: 'legacy-rest', holder: holderOf(request), operation } as const;
  const { result } = await write(context, request, reply, writing);
  if (result.kind === 'refused') {
    return result.reason === 'STOPS_UNAVAILABLE'
      ? answerRefusal(request, reply, result, { indisponiveis: inOrder(points, result.conflicts) })
      : answerRefusal(request, reply, result);
  }
  return { reservados: points.map(({ pointId }) => pointId), indisponiveis: [] };
}

/** The points in conflict, each once, in the order of the request. */
function inOrder(points: readonly NamedPoint[], conflicts: readonly Conflict[]): readonly string[] {
  const refused = new Set(conflicts.map(({ pointId }) => pointId));
  return [...new Set(points.map(({ pointId }) => pointId).filter((pointId) => refused.has(pointId)))];
}
