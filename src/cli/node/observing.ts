/**
 * What a node keeps of itself, for its operators: metrics, and the built-in history that is sampled from them.
 */
import type { AnsweredRequest, Observed } from '../../gateway/observed.js';
import type { MessageTap } from '../../mqtt/tap.js';
import { History } from '../../observe/history/history.js';
import type { Logger } from '../../observe/logger.js';
import { NodeMetrics } from '../../observe/metrics/node-metrics.js';
import type { Mesh } from '../../replica/mesh.js';
import type { NodeSettings } from '../node-settings.js';
import { packageVersion } from '../world.js';

export class Observing {
  readonly metrics: NodeMetrics;
  /** The node's logger, with its lines counted. */
  readonly logger: Logger;
  /** Counts the messages of the broker. */
  readonly tap: MessageTap;
  /** What the gateway shows, and tells. */
  readonly observed: Observed;
  private readonly history: History;

  constructor({ company, dataDir }: Pick<NodeSettings, 'company' | 'dataDir'>, logger: Logger) {
    const metrics = new NodeMetrics({ version: packageVersion(), company });
    this.metrics = metrics;
    this.logger = metrics.doors.meterLog(logger);
    this.tap = ({ bytes }) => metrics.doors.mqttMessage(bytes);
    this.history = new History({
      ...{ dataDir, sampled: metrics, logger: this.logger },
      wallMs: () => Date.now(),
      after: (delayMs, run) => {
        const timer = setTimeout(run, delayMs).unref();
        return () => clearTimeout(timer);
      },
    });
    const answered = (request: AnsweredRequest): void => metrics.doors.httpAnswered(request);
    this.observed = { answered, metrics, history: this.history };
  }

  /** Begins, once the data directory is the node's own. */
  async start(): Promise<void> {
    this.metrics.measureProcess();
    await this.history.start();
  }

  async stop(): Promise<void> {
    this.metrics.stop();
    await this.history.stop();
  }

  /** The mesh as the doors are to see it: what they ask is counted, and what is applied is looked at from now on. */
  meter(mesh: Mesh): Mesh {
    this.metrics.ask({ mesh });
    this.metrics.ledger.follow(mesh);
    return this.metrics.requests.meter(mesh, () => performance.now());
  }
}
