/**
 * Clients over MQTT: malha's own topics at each node's broker, one connection for each node, on which all vehicles talk.
 *
 * A reply names the request, not the copy of it. Who sent one again to the same node cannot know which copy a promise that
 * nothing was done speaks of, so that it counts for nothing then.
 */
import { randomUUID } from 'node:crypto';
import mqtt, { type MqttClient } from 'mqtt';
import type { MeshCall, QueryCall } from '../../checker/mesh-history.js';
import type { NodeProcess } from '../../support/node-process.js';
import type { Heard } from '../../torture/recorder.js';
import type { Way } from '../../torture/way.js';
import { heardOfReply, type VehicleReply } from './mqtt-answer.js';
import { requestFields } from './mqtt-request.js';

const REPLIES = 'malha/v1/veiculos/+/resposta';
/** Who finds no broker does not ask again at once. */
const NO_BROKER_PAUSE_MS = 50;
/** So many requests are remembered; those that are forgotten were decided long ago. */
const SENT_MAX = 20_000;

interface Line {
  readonly client: MqttClient;
  /** Whether replies are subscribed to. */
  isHeard: boolean;
  /** By vehicle and id. */
  readonly waiting: Map<string, (reply: VehicleReply) => void>;
  readonly sent: Set<string>;
}

export class MqttWay implements Way {
  readonly door = 'mqtt';
  readonly traces = false;
  readonly #lines = new Map<NodeProcess, Line>();

  queries(holder: string): readonly QueryCall[] {
    return [{ kind: 'query', query: { kind: 'open-reservations', holder }, consistency: 'either' }];
  }

  async ask(node: NodeProcess, call: MeshCall, holder: string, timeoutMs: number): Promise<Heard> {
    const line = this.#lineTo(node);
    const { client, waiting, sent } = line;
    if (!client.connected || !line.isHeard) {
      await new Promise((resolve) => setTimeout(resolve, NO_BROKER_PAUSE_MS));
      return { kind: 'denied', reason: 'no broker' };
    }
    const id = call.kind === 'command' ? call.requestKey : randomUUID();
    const fields = call.kind === 'command' ? requestFields(call.operation) : { tipo: 'consultar' };
    const name = `${holder} ${id}`;
    const isFirst = !sent.has(name);
    sent.add(name);
    if (sent.size > SENT_MAX) sent.delete(sent.values().next().value!);
    const reply = await new Promise<VehicleReply | null>((resolve) => {
      const timer = setTimeout(() => resolve(null), timeoutMs);
      waiting.set(name, (told) => {
        clearTimeout(timer);
        resolve(told);
      });
      const text = JSON.stringify({ v: 1, id, ...fields });
      client.publish(`malha/v1/veiculos/${holder}/pedido`, text, { qos: 1 }, () => {});
    });
    waiting.delete(name);
    if (reply === null) return { kind: 'unknown', reason: 'time-out' };
    const heard = heardOfReply(call, reply);
    if (heard.kind === 'denied' && call.kind === 'command' && !isFirst) {
      return { kind: 'unknown', reason: 'a denial of one copy' };
    }
    return heard;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#lines.values()].map(({ client }) => client.endAsync(true)));
  }

  #lineTo(node: NodeProcess): Line {
    const known = this.#lines.get(node);
    if (known !== undefined) return known;
    const client = mqtt.connect(node.mqttUrl, {
      clean: true,
      reconnectPeriod: 200,
      connectTimeout: 3_000,
      keepalive: 10,
      queueQoSZero: false,
    });
    const line: Line = { client, isHeard: false, waiting: new Map(), sent: new Set() };
    client.on('error', () => {});
    client.on('close', () => {
      line.isHeard = false;
    });
    client.on('connect', () => {
      client.subscribe(REPLIES, { qos: 1 }, (error) => {
        line.isHeard = error === null;
      });
    });
    client.on('message', (topic, payload) => {
      const reply = JSON.parse(payload.toString()) as VehicleReply;
      const vehicle = topic.split('/')[3]!;
      line.waiting.get(`${vehicle} ${reply.id}`)?.(reply);
    });
    this.#lines.set(node, line);
    return line;
  }
}
