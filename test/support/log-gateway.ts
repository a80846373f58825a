/**
 * The real gateway of a node that keeps its lines, over nodes whose lines the test says.
 */
import type { FastifyInstance } from 'fastify';
import { createGateway } from '../../src/gateway/gateway.js';
import { listenGateway } from '../../src/gateway/listen.js';
import { followRing } from '../../src/observe/log-follower.js';
import type { LogLevel } from '../../src/observe/log-level.js';
import { LogRing } from '../../src/observe/log-ring.js';
import { SILENT } from '../../src/observe/logger.js';
import { type LogSource, MeshLogs } from '../../src/observe/mesh-logs.js';
import { LoneLedger, SingleMesh } from './single-mesh.js';

const BOUNDS = { linesMax: 1_000, bytesMax: 8 * 1024 * 1024, lineBytesMax: 8 * 1024 };

/** A node's lines; null while it cannot be reached. */
type Lines = LogRing | null;

export class LogGateway {
  readonly lines = new Map<string, Lines>();
  level: LogLevel = 'info';
  port = 0;
  readonly app: FastifyInstance;

  private constructor(companies: readonly string[]) {
    for (const company of companies) this.startAnew(company);
    this.app = createGateway({
      mesh: new SingleMesh(new LoneLedger()),
      settings: { company: companies[0]!, requestTimeoutMs: 5_000, legacyWindowMinutes: 240, readTryMs: 500 },
      logger: SILENT,
      random: (count) => new Uint8Array(count).fill(7),
      logs: {
        mesh: new MeshLogs({ sources: () => this.sources(), followersMax: 2, retryMs: 10 }),
        level: {
          level: () => this.level,
          setLevel: (next) => {
            this.level = next;
          },
        },
      },
    });
  }

  /** Listens; close `app` after use. */
  static async open(companies: readonly string[] = ['empresa_a', 'empresa_b']): Promise<LogGateway> {
    const gateway = new LogGateway(companies);
    gateway.port = await listenGateway(gateway.app, '127.0.0.1', 0);
    return gateway;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** A new process of a node: its lines begin anew. */
  startAnew(company: string): void {
    const start = `${company}-${this.lines.get(company) === undefined ? 1 : 2}`;
    this.lines.set(company, new LogRing(start, BOUNDS));
  }

  say(company: string, fields: object, at: LogLevel = 'info'): void {
    this.lines.get(company)!.add(at, JSON.stringify({ level: at, node: company, ...fields }));
  }

  private sources(): readonly LogSource[] {
    return [...this.lines].map(([company, ring]) => ({
      company,
      follow(following, signal) {
        if (ring === null) throw new Error('it does not answer');
        return followRing(ring, following, signal);
      },
    }));
  }
}
