/**
 * One line of the log for each message at the broker: topic, size, client. The payload stands only in lines at DEBUG, cut
 * and without secrets and exact positions.
 *
 * On a broker that nodes share every node hears everything: what others sent is DEBUG there, and what this node sent INFO.
 */
import type { MessageTap } from '../mqtt/tap.js';
import type { Logger } from './logger.js';
import { redact } from './redact.js';

const TOPIC_LENGTH_MAX = 200;
const PAYLOAD_BYTES_MAX = 1_024;

export interface MessageLogOptions {
  readonly logger: Logger;
  /** Whether other nodes use the same broker. */
  readonly shared: boolean;
  /** Whether lines of that level are made. */
  readonly isSaid: (level: 'debug' | 'info') => boolean;
}

/** A tap that logs. */
export function messageLog({ logger, shared, isSaid }: MessageLogOptions): MessageTap {
  return ({ topic, bytes, clientId, payload }) => {
    const level = shared && clientId === '' ? 'debug' : 'info';
    if (!isSaid(level)) return;
    const fields = { topic: topic.slice(0, TOPIC_LENGTH_MAX), bytes, client: clientId };
    if (isSaid('debug')) logger[level]({ ...fields, payload: payloadText(payload) }, 'MQTT: message');
    else logger[level](fields, 'MQTT: message');
  };
}

/** The beginning of a payload, as a line may show it. */
export function payloadText(payload: Uint8Array): string {
  const { buffer, byteOffset, length } = payload;
  const text = Buffer.from(buffer, byteOffset, Math.min(length, PAYLOAD_BYTES_MAX)).toString();
  return redact(text);
}
