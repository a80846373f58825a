/**
 * Server reflection: tools learn the services of a node from the node itself. Both names under which tools ask for it,
 * `grpc.reflection.v1` and `v1alpha`, which differ in nothing else.
 *
 * It tells what the protos say and nothing of the mesh. Still, a node in production need not explain itself to whoever
 * reaches its port: there it is off.
 */
import { type handleBidiStreamingCall, type ServiceDefinition, status } from '@grpc/grpc-js';
import {
  type DescribedFile,
  decodeReflectionRequest,
  describeFile,
  encodeReflectionResponse,
  type ReflectionAnswer,
} from '../codec/reflection-messages.js';
import { DESCRIPTORS } from '../gen/descriptors.js';
import { REQUEST_BYTES_MAX } from './bounded-requests.js';
import type { GrpcService } from './grpc-server.js';

const NAMES = ['grpc.reflection.v1.ServerReflection', 'grpc.reflection.v1alpha.ServerReflection'];

export function reflectionServices(): readonly GrpcService[] {
  const descriptions = new Descriptions();
  const serverReflectionInfo = reflectionHandler(descriptions);
  return NAMES.map((name) => ({ definition: definitionOf(name), implementation: { serverReflectionInfo } }));
}

function definitionOf(name: string): ServiceDefinition {
  const same = (bytes: Buffer): Buffer => bytes;
  return {
    serverReflectionInfo: {
      path: `/${name}/ServerReflectionInfo`,
      requestStream: true,
      responseStream: true,
      requestSerialize: same,
      requestDeserialize: same,
      responseSerialize: same,
      responseDeserialize: same,
    },
  };
}

function reflectionHandler(descriptions: Descriptions): handleBidiStreamingCall<Buffer, Buffer> {
  return (call) => {
    // Without a listener an aborted stream would end the process.
    call.on('error', () => {});
    call.on('data', (request: Buffer) => {
      const response = responseTo(request, descriptions);
      if (response === null) {
        call.emit('error', { code: status.INVALID_ARGUMENT, details: 'not a request of server reflection' });
      } else if (!call.write(response)) call.pause();
    });
    call.on('drain', () => call.resume());
    call.on('end', () => call.end());
  };
}

/** Null for what is no request. */
function responseTo(request: Buffer, descriptions: Descriptions): Buffer | null {
  if (request.length > REQUEST_BYTES_MAX) return null;
  try {
    const answer = descriptions.answer(decodeReflectionRequest(request));
    return Buffer.from(encodeReflectionResponse(request, answer));
  } catch {
    return null;
  }
}

/** What can be asked for, made at the first question: most nodes are never asked. */
class Descriptions {
  #files: ReadonlyMap<string, DescribedFile> | null = null;
  #bySymbol: ReadonlyMap<string, DescribedFile> = new Map();

  answer(request: ReturnType<typeof decodeReflectionRequest>): ReflectionAnswer {
    const files = this.#load();
    switch (request.kind) {
      case 'list':
        return { kind: 'services', names: [...files.values()].flatMap(({ services }) => services) };
      case 'by-filename':
        return this.#withImports(files.get(request.name), `no file is named ${request.name}`);
      case 'containing-symbol':
        return this.#withImports(this.#bySymbol.get(request.name), `nothing is named ${request.name}`);
      case 'other':
        return { kind: 'error', code: status.NOT_FOUND, message: 'there are no extensions' };
    }
  }

  /** With all that it imports, each once, itself first: so no tool has to ask again. */
  #withImports(file: DescribedFile | undefined, otherwise: string): ReflectionAnswer {
    if (file === undefined) return { kind: 'error', code: status.NOT_FOUND, message: otherwise };
    const found = new Set([file]);
    for (const each of found) {
      for (const name of each.dependencies) {
        const imported = this.#load().get(name);
        if (imported !== undefined) found.add(imported);
      }
    }
    return { kind: 'files', files: [...found].map(({ bytes }) => bytes) };
  }

  #load(): ReadonlyMap<string, DescribedFile> {
    if (this.#files === null) {
      const files = DESCRIPTORS.map(({ base64 }) => describeFile(Buffer.from(base64, 'base64')));
      this.#files = new Map(files.map((file) => [file.name, file]));
      this.#bySymbol = new Map(files.flatMap((file) => file.symbols.map((symbol) => [symbol, file])));
    }
    return this.#files;
  }
}
