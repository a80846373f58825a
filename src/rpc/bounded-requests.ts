/**
 * Requests are bounded before they are read: what is larger than any sensible request, or is no message, reaches its
 * handler as an Unreadable, which it answers like any other bad request. (grpc-js would say INTERNAL.)
 */
import type { ServiceDefinition } from '@grpc/grpc-js';
import { decodeWhole } from '../codec/whole-message.js';
import { Problem, Unreadable } from './problem.js';

/** The bodies of REST have the same bound. */
export const REQUEST_BYTES_MAX = 64 * 1024;

/** The definition, with bounded requests. */
export function bounded(definition: ServiceDefinition): ServiceDefinition {
  const methods = Object.entries(definition).map(([name, method]) => {
    // It hands on what it gets to the generated decoder, which takes a reader, too.
    const decode = method.requestDeserialize as unknown as (input: unknown) => object;
    const requestDeserialize = (bytes: Buffer): object => read(bytes, decode);
    return [name, { ...method, requestDeserialize }] as const;
  });
  return Object.fromEntries(methods);
}

function read(bytes: Buffer, decode: (input: unknown) => object): object {
  if (bytes.length > REQUEST_BYTES_MAX) {
    const message = `The request has ${bytes.length} bytes, of which ${REQUEST_BYTES_MAX} are taken.`;
    return new Unreadable(new Problem('BODY_TOO_LARGE', message));
  }
  try {
    return decodeWhole(decode, bytes);
  } catch {
    return new Unreadable(
      new Problem('BAD_REQUEST', 'The request is not the message that the method takes.'),
    );
  }
}
