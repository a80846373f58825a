/**
 * The real gateway over a mesh of one that holds the packaged data set.
 */
import type { FastifyInstance } from 'fastify';
import { createGateway } from '../../src/gateway/gateway.js';
import type { Logger } from '../../src/observe/logger.js';
import { bahiaLedger } from './bahia-fixture.js';
import { type LoneLedger, SingleMesh } from './single-mesh.js';

export const WINDOW_MINUTES = 240;

export interface LogLine {
  readonly level: keyof Logger;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
  readonly text: string;
}

export interface GatewayFixture {
  readonly app: FastifyInstance;
  readonly mesh: SingleMesh;
  readonly lone: LoneLedger;
  readonly log: readonly LogLine[];
  get(url: string, headers?: Record<string, string>): Promise<Reply>;
  /** A string goes out as it is, anything else as JSON. */
  post(url: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  /** `disponivel` of every point, by id. */
  free(): Promise<Record<string, boolean>>;
}

/** A fresh gateway, of `empresa_a`; close `app` after use. */
export async function openGateway(company = 'empresa_a'): Promise<GatewayFixture> {
  return gatewayOver(new SingleMesh(await bahiaLedger(), company));
}

/** A gateway over a mesh that the test made. */
export function gatewayOver(mesh: SingleMesh, companyName?: string): GatewayFixture {
  const log: LogLine[] = [];
  const logAs = (level: keyof Logger) => (fields: object, message: string) => {
    log.push({ level, fields: { ...fields }, message });
  };
  let bytesDrawn = 0;
  const nextByte = () => {
    bytesDrawn += 1;
    return bytesDrawn % 251;
  };
  const app = createGateway({
    mesh,
    settings: {
      company: mesh.company,
      ...(companyName === undefined ? {} : { companyName }),
      requestTimeoutMs: 5_000,
      legacyWindowMinutes: WINDOW_MINUTES,
      readTryMs: 500,
    },
    logger: { debug: logAs('debug'), info: logAs('info'), warn: logAs('warn'), error: logAs('error') },
    random: (count) => Uint8Array.from({ length: count }, nextByte),
  });

  const send = async (
    method: 'GET' | 'POST',
    url: string,
    headers: Record<string, string>,
    payload?: string,
  ): Promise<Reply> => {
    const answer = await app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
    const isJson = /\bjson\b/.test(String(answer.headers['content-type'] ?? ''));
    const body: unknown = isJson ? answer.json() : answer.body;
    return { status: answer.statusCode, headers: answer.headers, body, text: answer.body };
  };
  const get: GatewayFixture['get'] = (url, headers = {}) => send('GET', url, headers);
  return {
    app,
    mesh,
    lone: mesh.lone,
    log,
    get,
    post(url, body, headers = {}) {
      if (body === undefined) return send('POST', url, headers);
      const payload = typeof body === 'string' ? body : JSON.stringify(body);
      return send('POST', url, { 'content-type': 'application/json', ...headers }, payload);
    },
    async free() {
      const points = (await get('/points')).body as { id: string; disponivel: boolean }[];
      return Object.fromEntries(points.map(({ id, disponivel }) => [id, disponivel]));
    },
  };
}
