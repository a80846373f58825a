/**
 * The documented routes as the OpenAPI document tells them. They read their requests with schemas of their own, which are
 * as forgiving as the earlier service was.
 */
import { z } from 'zod';
import { input, output } from '../v1/named.js';
import type { AnswerShape, RouteShape } from '../v1/route.js';

const IDS = z.strictObject({ ids: z.string().describe('Ids with commas, 1 to 50.') });

const POINT_EXAMPLE = { id: '1', localizacao: 'Feira de Santana', disponivel: true, empresa_id: '1' };
const ROUTE_EXAMPLE = { id: '1', nome: 'Rota Feira de Santana - Salvador', pontos: [POINT_EXAMPLE] };

const PONTO = output(
  'Ponto',
  POINT_EXAMPLE,
  z.object({ id: z.string(), localizacao: z.string(), disponivel: z.boolean(), empresa_id: z.string() }),
);
const PONTOS = output('Pontos', [POINT_EXAMPLE], z.array(PONTO));
const ROTA = output(
  'Rota',
  ROUTE_EXAMPLE,
  z.object({ id: z.string(), nome: z.string(), pontos: z.array(PONTO) }),
);
const ROTAS = output('Rotas', [ROUTE_EXAMPLE], z.array(ROTA));
const PLANO = output(
  'Plano',
  { pontos_disponiveis: [POINT_EXAMPLE] },
  z.object({ pontos_disponiveis: z.array(PONTO) }),
);
const SAUDE = output(
  'Saude',
  { status: 'ok', empresa: 'empresa_a' },
  z.object({ status: z.literal('ok'), empresa: z.string() }),
);
const RESERVA = output(
  'Reserva',
  { reservados: ['1', '6'], indisponiveis: [] },
  z.object({ reservados: z.array(z.string()), indisponiveis: z.array(z.string()) }),
);
const CANCELAMENTO = output(
  'Cancelamento',
  { cancelados: ['1'], nao_cancelados: [] },
  z.object({ cancelados: z.array(z.string()), nao_cancelados: z.array(z.string()) }),
);
const MENSAGEM = output('Mensagem', { mensagem: 'Reservas canceladas' }, z.object({ mensagem: z.string() }));
const ERRO = output(
  'Erro',
  { erro: 'nenhum ponto foi reservado', indisponiveis: ['1'] },
  z.object({
    erro: z.string(),
    indisponiveis: z.array(z.string()).optional(),
    nao_cancelados: z.array(z.string()).optional(),
  }),
);

const SEQUENCIA = input(
  'Sequencia',
  { pontos: [{ id: '3', empresa: '2' }, { id: '4' }] },
  z.object({ pontos: z.array(z.object({ id: z.string(), empresa: z.string().nullish() })) }),
);
const VIAGEM = input(
  'Viagem',
  { origem: 'Valente', destino: 'Amargosa' },
  z.object({ origem: z.string(), destino: z.string() }),
);
const LISTA = input('ListaDeIds', { ids: ['2', '9'] }, z.object({ ids: z.array(z.string()) }));

const UNREADABLE: AnswerShape = { description: 'The request cannot be read.', schema: ERRO };
const UNDECIDED: AnswerShape = { description: 'Nothing was decided and nothing was done.', schema: ERRO };
const UNFORESEEN: AnswerShape = { description: 'A bug.', schema: ERRO };

const READ_FAULTS = { 400: UNREADABLE, 500: UNFORESEEN, 503: UNDECIDED } as const;

const WRITE_FAULTS = {
  400: UNREADABLE,
  409: { description: 'At least one point stands in the way, and nothing changed.', schema: ERRO },
  413: { description: 'The body is too large.', schema: ERRO },
  415: { description: 'The content type is none.', schema: ERRO },
  422: { description: 'The key was used for another request.', schema: ERRO },
  429: { description: 'This holder has too many keys.', schema: ERRO },
  500: UNFORESEEN,
  503: UNDECIDED,
  504: { description: 'The outcome is unknown; ask again with the same key.', schema: ERRO },
} as const;

const COMMON = { tag: 'documented', problems: [] } as const;

const READ = { ...COMMON, method: 'GET', does: 'read' } as const;
const WRITE = { ...COMMON, method: 'POST', does: 'write' } as const;

/** Everything under no prefix. */
export const DOCUMENTED_SHAPES: readonly RouteShape[] = [
  {
    ...READ,
    path: '/routes',
    operationId: 'rotas',
    summary: 'All routes',
    answers: { 200: { description: 'By id, with their registered points.', schema: ROTAS }, ...READ_FAULTS },
  },
  {
    ...READ,
    path: '/routes/{id}',
    operationId: 'rota',
    summary: 'One route',
    params: z.strictObject({ id: z.string() }),
    answers: {
      200: { description: 'The route.', schema: ROTA },
      404: { description: 'There is none.', schema: ERRO },
      ...READ_FAULTS,
    },
  },
  {
    ...READ,
    path: '/points',
    operationId: 'pontos',
    summary: 'All points',
    answers: { 200: { description: 'By id.', schema: PONTOS }, ...READ_FAULTS },
  },
  {
    ...WRITE,
    path: '/reserve-points/{ids}',
    operationId: 'reservarPontos',
    summary: 'Reserves all of these points from now on, or none',
    params: IDS,
    answers: { 200: { description: 'All are reserved.', schema: RESERVA }, ...WRITE_FAULTS },
  },
  {
    ...WRITE,
    path: '/reserve-sequence',
    operationId: 'reservarSequencia',
    summary: 'The same, with the companies that own them',
    body: SEQUENCIA,
    answers: { 200: { description: 'All are reserved.', schema: RESERVA }, ...WRITE_FAULTS },
  },
  {
    ...WRITE,
    path: '/cancel-reservation/{ids}',
    operationId: 'cancelarPontos',
    summary: 'Ends what a documented route reserved at these points, all or none',
    params: IDS,
    answers: { 200: { description: 'All are free again.', schema: CANCELAMENTO }, ...WRITE_FAULTS },
  },
  {
    ...WRITE,
    path: '/cancel-reservation',
    operationId: 'cancelarReserva',
    summary: 'The same; points that hold nothing are no fault',
    body: LISTA,
    answers: { 200: { description: 'Whatever they held is free again.', schema: MENSAGEM }, ...WRITE_FAULTS },
  },
  {
    ...READ,
    method: 'POST',
    path: '/plan-trip',
    operationId: 'planejarViagem',
    summary: 'The free points on routes that contain both places',
    body: VIAGEM,
    answers: {
      200: { description: 'In order of first appearance.', schema: PLANO },
      413: WRITE_FAULTS[413],
      415: WRITE_FAULTS[415],
      ...READ_FAULTS,
    },
  },
  {
    ...READ,
    does: 'local',
    path: '/health',
    operationId: 'saude',
    summary: 'This process answers',
    answers: { 200: { description: 'Says nothing of the mesh.', schema: SAUDE } },
  },
];
