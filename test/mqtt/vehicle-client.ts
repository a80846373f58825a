/**
 * A client as a vehicle has one: mqtt.js over TCP, which keeps what it hears.
 */
import mqtt, { type MqttClient } from 'mqtt';

export interface Heard {
  readonly topic: string;
  readonly text: string;
  readonly retain: boolean;
}

export interface VehicleClient {
  readonly client: MqttClient;
  /** Messages of all subscriptions, in order. */
  readonly heard: readonly Heard[];
  close(): Promise<void>;
}

/** Connects and subscribes to `filters` at QoS 1; fails where the broker does. */
export async function connectVehicle(
  port: number,
  filters: readonly string[] = [],
  clientId = `vehicle-${Math.random().toString(36).slice(2)}`,
): Promise<VehicleClient> {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
    clientId,
    reconnectPeriod: 0,
    connectTimeout: 5_000,
  });
  const heard: Heard[] = [];
  client.on('message', (topic, payload, { retain }) => {
    heard.push({ topic, text: payload.toString(), retain });
  });
  client.on('error', () => {});
  if (filters.length > 0) await client.subscribeAsync([...filters], { qos: 1 });
  return { client, heard, close: () => client.endAsync(true) };
}
