/**
 * The doors as such: requests, calls and messages, and what the node logs. No label is taken from what a caller sent:
 * routes and methods are those that are served, all else is `other`.
 */
import type { Logger } from '../logger.js';
import { type Families, REQUEST_SECONDS, show } from './families.js';

/** One request over HTTP that was answered. */
export interface HttpAnswer {
  readonly method: string;
  /** The template of its route; undefined when none was found. */
  readonly route: string | undefined;
  readonly status: number;
  readonly seconds: number;
}

/** One call over gRPC that ended. */
export interface CallAnswer {
  /** As `/malha.mesh.v1.ReservationService/Reserve`, of a method that is served. */
  readonly path: string;
  /** The name of a gRPC status. */
  readonly code: string;
  readonly seconds: number;
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS']);
const OTHER = 'other';

export class DoorMetrics {
  private readonly http;
  private readonly calls;
  private readonly clients;
  private readonly messages;
  private readonly payloadBytes;
  private readonly lines;

  constructor(families: Families) {
    this.http = families.histogram(
      'malha_http_request_duration_seconds',
      'Requests over HTTP, by the template of the route and class of the status. A stream counts when it ends.',
      REQUEST_SECONDS,
      ['method', 'route', 'status'],
    );
    this.calls = families.histogram(
      'malha_grpc_call_duration_seconds',
      'Calls over gRPC, those between peers left out. A stream counts when it ends.',
      REQUEST_SECONDS,
      ['service', 'method', 'code'],
    );
    this.clients = families.gauge('malha_mqtt_clients', 'Clients that are connected to the embedded broker.');
    this.messages = families.counter(
      'malha_mqtt_messages_total',
      'Messages that the embedded broker took; of a shared broker those that this node heard or sent.',
    );
    this.payloadBytes = families.counter('malha_mqtt_payload_bytes_total', 'Bytes of their payloads.');
    this.lines = families.counter(
      'malha_log_lines_total',
      'Lines handed to the log, also those its level leaves out.',
      ['level'],
    );
    for (const level of ['debug', 'info', 'warn', 'error']) this.lines.inc({ level }, 0);
  }

  httpAnswered({ method, route, status, seconds }: HttpAnswer): void {
    const labels = {
      method: METHODS.has(method) ? method : OTHER,
      route: route ?? OTHER,
      status: `${Math.floor(status / 100)}xx`,
    };
    this.http.observe(labels, seconds);
  }

  callEnded({ path, code, seconds }: CallAnswer): void {
    const [, service = OTHER, method = OTHER] = path.split('/');
    this.calls.observe({ service, method, code }, seconds);
  }

  mqttClients(count: number | null): void {
    show(this.clients, count);
  }

  mqttMessage(bytes: number): void {
    this.messages.inc();
    this.payloadBytes.inc(bytes);
  }

  /** The same logger, with its lines counted. */
  meterLog(logger: Logger): Logger {
    const counted = (level: keyof Logger) => (fields: object, message: string) => {
      this.lines.inc({ level });
      logger[level](fields, message);
    };
    return { debug: counted('debug'), info: counted('info'), warn: counted('warn'), error: counted('error') };
  }
}
