/**
 * A TCP client that writes whatever a test wants and may stop reading.
 */
import { connect, type Socket } from 'node:net';
import { eventually } from '../support/eventually.js';

export interface RawClient {
  readonly socket: Socket;
  /** What came back so far. */
  received(): Buffer;
  readonly closed: () => boolean;
}

export async function connectRaw(port: number): Promise<RawClient> {
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  let closed = false;
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', () => {});
  socket.on('close', () => {
    closed = true;
  });
  await eventually(() => socket.readyState === 'open' || closed);
  return { socket, received: () => Buffer.concat(chunks), closed: () => closed };
}

/** An MQTT 3.1.1 CONNECT with a clean session and no keepalive. */
export function connectPacket(clientId: string): Buffer {
  const body = Buffer.concat([text('MQTT'), Buffer.from([4, 2, 0, 0]), text(clientId)]);
  return Buffer.concat([Buffer.from([0x10]), remainingLength(body.length), body]);
}

/** A SUBSCRIBE for one filter. */
export function subscribePacket(filter: string, qos: 0 | 1): Buffer {
  const body = Buffer.concat([Buffer.from([0, 1]), text(filter), Buffer.from([qos])]);
  return Buffer.concat([Buffer.from([0x82]), remainingLength(body.length), body]);
}

/** A PUBLISH at QoS 0. */
export function publishPacket(topic: string, payload: Uint8Array): Buffer {
  const body = Buffer.concat([text(topic), payload]);
  return Buffer.concat([Buffer.from([0x30]), remainingLength(body.length), body]);
}

/** The whole packets at the start of `stream`, each with its first byte and its body, and what is left. */
export function splitPackets(stream: Buffer): {
  readonly packets: readonly { readonly first: number; readonly body: Buffer }[];
  readonly rest: Buffer;
} {
  const packets: { first: number; body: Buffer }[] = [];
  let rest = stream;
  for (;;) {
    const lengthBytes = rest.subarray(1).findIndex((byte) => byte < 128) + 1;
    if (lengthBytes === 0) return { packets, rest };
    const length = rest
      .subarray(1, 1 + lengthBytes)
      .reduce((sum, byte, i) => sum + (byte & 0x7f) * 128 ** i, 0);
    const end = 1 + lengthBytes + length;
    if (rest.length < end) return { packets, rest };
    packets.push({ first: rest[0]!, body: rest.subarray(1 + lengthBytes, end) });
    rest = rest.subarray(end);
  }
}

/** MQTT 3.1.1 §2.2.3. */
export function remainingLength(length: number): Buffer {
  const bytes: number[] = [];
  let rest = length;
  do {
    const more = rest > 127;
    bytes.push((rest % 128) + (more ? 128 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.from(bytes);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}
