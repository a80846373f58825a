/**
 * Reads a message that is all there: the generated decoders stop without a word at a malformed tag, and what was cut off
 * would be taken for what was meant.
 */
import { BinaryReader } from '@bufbuild/protobuf/wire';

/** What `decode`, a generated decoder, makes of the bytes. Throws when they are not one whole message. */
export function decodeWhole<Message>(decode: (input: BinaryReader) => Message, bytes: Uint8Array): Message {
  const reader = new BinaryReader(bytes);
  const message = decode(reader);
  if (reader.pos !== reader.len)
    throw new Error(`a message that ends at byte ${reader.pos} of ${reader.len}`);
  return message;
}
