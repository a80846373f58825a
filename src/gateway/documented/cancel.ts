/**
 * The documented ways to cancel: only stops that contain ledger time, that a documented route made, of the same holder.
 */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { parseIdList, parseIds } from '../../doors/identifiers.js';
import { release } from '../../doors/requests.js';
import type { Operation } from '../../ledger/command.js';
import type { Result } from '../../ledger/result.js';
import { bodyAs, ignoreBody, takeJson } from '../bodies.js';
import { holderOf } from '../caller.js';
import type { GatewayContext } from '../context.js';
import { write } from '../writes.js';
import { answerRefusal } from './refusal.js';

const IDS = z.object({ ids: z.array(z.string()) });

export const documentedCancelRoutes: FastifyPluginAsync<GatewayContext> = async (app, context) => {
  app.register(async (scope) => {
    ignoreBody(scope);
    scope.post<{ Params: { ids: string } }>('/cancel-reservation/:ids', async (request, reply) => {
      const ids = parseIdList(request.params.ids);
      const result = await releaseAt(context, request, reply, release(ids, 'all-or-none'));
      if (result.kind !== 'refused') return { cancelados: ids, nao_cancelados: [] };
      // All or none: when one id holds nothing, none was cancelled, and that is what the list says.
      return result.reason === 'NOTHING_RELEASED'
        ? answerRefusal(request, reply, result, { nao_cancelados: ids })
        : answerRefusal(request, reply, result);
    });
  });

  app.register(async (scope) => {
    takeJson(scope);
    scope.post('/cancel-reservation', async (request, reply) => {
      const ids = parseIds(bodyAs(IDS, request.body, '{"ids":["1","2"]}').ids);
      const result = await releaseAt(context, request, reply, release(ids, 'any'));
      // Ids that held nothing were always answered like the others here.
      if (result.kind === 'refused' && result.reason !== 'NOTHING_RELEASED') {
        return answerRefusal(request, reply, result);
      }
      return { mensagem: 'Reservas canceladas' };
    });
  });
};

async function releaseAt(
  context: GatewayContext,
  request: FastifyRequest,
  reply: FastifyReply,
  operation: Operation,
): Promise<Result> {
  const writing = { door: 'legacy-rest', holder: holderOf(request), operation } as const;
  return (await write(context, request, reply, writing)).result;
}
