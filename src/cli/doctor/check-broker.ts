/** Whether the MQTT broker that the settings name takes a connection. */
import mqtt, { type MqttClient } from 'mqtt';
import { withoutPassword } from '../host-port.js';
import { type Finding, finding, messageOf } from './finding.js';

const TIMEOUT_MS = 3_000;

/** `url`: of a broker beside the node; undefined where the node has its own, or none. */
export async function checkBroker(url: string | undefined): Promise<readonly Finding[]> {
  if (url === undefined) return [];
  const shown = withoutPassword(url);
  const client = mqtt.connect(url, { reconnectPeriod: 0, connectTimeout: TIMEOUT_MS });
  try {
    await connected(client);
    return [finding('broker', 'ok', `${shown} takes connections`)];
  } catch (error) {
    const why = messageOf(error) || 'no connection';
    return [finding('broker', 'fault', `${shown} takes no connection: ${why}`)];
  } finally {
    client.end(true);
  }
}

/** Rejects with the first thing that goes wrong. */
function connected(client: MqttClient): Promise<void> {
  return new Promise((resolve, reject) => {
    client.once('connect', () => resolve());
    // An 'error' without a listener ends the process, however late it comes.
    client.on('error', reject);
    client.once('close', () =>
      reject(new Error(`it said nothing for ${TIMEOUT_MS} ms, or closed the connection`)),
    );
  });
}
