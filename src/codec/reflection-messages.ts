/**
 * The messages of `grpc.reflection.v1` (and `v1alpha`, which are the same), and what of file descriptors it takes to
 * answer them. Written by hand: they describe protos, and are not among ours.
 */
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

const REQUEST = { byFilename: 3, containingSymbol: 4, containingExtension: 5, extensionsOf: 6, list: 7 };
const RESPONSE = { request: 2, files: 4, services: 6, error: 7 };
const FILES = { file: 1 };
const SERVICES = { service: 1 };
const SERVICE = { name: 1 };
const ERROR = { code: 1, message: 2 };

/** google.protobuf.FileDescriptorProto and what is in it. */
const FILE = { name: 1, package: 2, dependency: 3, message: 4, enum: 5, service: 6 };
const DECLARATION = { name: 1 };
const MESSAGE = { field: 2, nested: 3, enum: 4, oneof: 8 };
const ENUM = { value: 2 };
const DECLARED_SERVICE = { method: 2 };

export type ReflectionRequest =
  | { readonly kind: 'by-filename' | 'containing-symbol'; readonly name: string }
  | { readonly kind: 'list' }
  /** About extensions, which proto3 has none of, or of a later version. */
  | { readonly kind: 'other' };

export type ReflectionAnswer =
  | { readonly kind: 'files'; readonly files: readonly Uint8Array[] }
  | { readonly kind: 'services'; readonly names: readonly string[] }
  | { readonly kind: 'error'; readonly code: number; readonly message: string };

/** What of a file descriptor is looked up. */
export interface DescribedFile {
  readonly bytes: Uint8Array;
  readonly name: string;
  readonly dependencies: readonly string[];
  /** With the package, without a leading dot. */
  readonly services: readonly string[];
  /** Everything that has a name: services and their methods, messages and their fields, enums and their values. */
  readonly symbols: readonly string[];
}

/** Throws for bytes that are no message. */
export function decodeReflectionRequest(bytes: Uint8Array): ReflectionRequest {
  let request: ReflectionRequest = { kind: 'other' };
  for (const { number, value } of fieldsOf(bytes)) {
    // Of a oneof the last one counts.
    if (number === REQUEST.byFilename) request = { kind: 'by-filename', name: textOf(value) };
    else if (number === REQUEST.containingSymbol)
      request = { kind: 'containing-symbol', name: textOf(value) };
    else if (number === REQUEST.list) request = { kind: 'list' };
    else if (number === REQUEST.containingExtension || number === REQUEST.extensionsOf) {
      request = { kind: 'other' };
    }
  }
  return request;
}

/** The answer to `request`, which it carries with it. */
export function encodeReflectionResponse(request: Uint8Array, answer: ReflectionAnswer): Uint8Array {
  const writer = new BinaryWriter();
  bytesField(writer, RESPONSE.request, request);
  const inner = new BinaryWriter();
  switch (answer.kind) {
    case 'files':
      for (const file of answer.files) bytesField(inner, FILES.file, file);
      return bytesField(writer, RESPONSE.files, inner.finish()).finish();
    case 'services':
      for (const name of answer.names) {
        bytesField(inner, SERVICES.service, textField(new BinaryWriter(), SERVICE.name, name).finish());
      }
      return bytesField(writer, RESPONSE.services, inner.finish()).finish();
    case 'error':
      inner.tag(ERROR.code, WireType.Varint).int32(answer.code);
      textField(inner, ERROR.message, answer.message);
      return bytesField(writer, RESPONSE.error, inner.finish()).finish();
  }
}

/** `bytes`: a google.protobuf.FileDescriptorProto. */
export function describeFile(bytes: Uint8Array): DescribedFile {
  const fields = fieldsOf(bytes);
  const name = first(fields, FILE.name);
  const scope = first(fields, FILE.package);
  const services = all(fields, FILE.service).map((service) => within(scope, nameOf(service)));
  return {
    bytes,
    name,
    dependencies: all(fields, FILE.dependency).map(textOf),
    services,
    symbols: [
      ...services,
      ...all(fields, FILE.service).flatMap((service) =>
        named(service, DECLARED_SERVICE.method, within(scope, nameOf(service))),
      ),
      ...all(fields, FILE.message).flatMap((message) => symbolsOfMessage(message, scope)),
      ...all(fields, FILE.enum).flatMap((each) => symbolsOfEnum(each, scope)),
    ],
  };
}

function symbolsOfMessage(message: Uint8Array, scope: string): readonly string[] {
  const name = within(scope, nameOf(message));
  const fields = fieldsOf(message);
  return [
    name,
    ...named(message, MESSAGE.field, name),
    ...named(message, MESSAGE.oneof, name),
    ...all(fields, MESSAGE.nested).flatMap((nested) => symbolsOfMessage(nested, name)),
    ...all(fields, MESSAGE.enum).flatMap((each) => symbolsOfEnum(each, name)),
  ];
}

/** An enum's values are declared beside it, not in it. */
function symbolsOfEnum(declared: Uint8Array, scope: string): readonly string[] {
  return [within(scope, nameOf(declared)), ...named(declared, ENUM.value, scope)];
}

/** The names of the declarations in a field of `declaration`, within `scope`. */
function named(declaration: Uint8Array, number: number, scope: string): readonly string[] {
  return all(fieldsOf(declaration), number).map((each) => within(scope, nameOf(each)));
}

function nameOf(declaration: Uint8Array): string {
  return first(fieldsOf(declaration), DECLARATION.name);
}

function within(scope: string, name: string): string {
  return scope === '' ? name : `${scope}.${name}`;
}

interface Field {
  readonly number: number;
  readonly value: Uint8Array;
}

/** The length-delimited fields of a message, in order. */
function fieldsOf(bytes: Uint8Array): readonly Field[] {
  const reader = new BinaryReader(bytes);
  const fields: Field[] = [];
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (wireType === WireType.LengthDelimited) fields.push({ number, value: reader.bytes() });
    else reader.skip(wireType);
  }
  return fields;
}

function all(fields: readonly Field[], wanted: number): readonly Uint8Array[] {
  return fields.filter(({ number }) => number === wanted).map(({ value }) => value);
}

function first(fields: readonly Field[], wanted: number): string {
  const found = fields.find(({ number }) => number === wanted);
  return found === undefined ? '' : textOf(found.value);
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function bytesField(writer: BinaryWriter, number: number, value: Uint8Array): BinaryWriter {
  return writer.tag(number, WireType.LengthDelimited).bytes(value);
}

function textField(writer: BinaryWriter, number: number, value: string): BinaryWriter {
  return writer.tag(number, WireType.LengthDelimited).string(value);
}
