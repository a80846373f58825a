/**
 * A server that decides nothing: it answers every operation of the load at once, with bytes made beforehand. What the load
 * reaches against it is the most that it can measure.
 *
 *   node empty-server.mjs http|grpc
 *
 * Prints its port, and ends when its stdin does.
 */
import { createServer } from 'node:net';
import { EMPTY_RESERVED, PIPELINE_PATH } from './drivers/malha-messages.mjs';
import { literal } from './grpc-headers.mjs';
import {
  ACK,
  DATA,
  END_HEADERS,
  END_STREAM,
  FRAME_HEAD,
  FrameReader,
  frame,
  HEADERS,
  opening,
  PREFACE,
  putHead,
  SETTINGS,
  WIDE_WINDOW,
  windowUpdate,
} from './http2-frames.mjs';
import { MessageReader } from './message-reader.mjs';
import { bytesField, Fields, varintField } from './protobuf.mjs';

const SERVERS = { http: serveHttp, grpc: serveGrpc };

const server = createServer({ noDelay: true }, SERVERS[process.argv[2]]);
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.on('end', () => process.exit(0)).resume();

function serveHttp(socket) {
  const body = '{"id":"r1","state":"CONFIRMED"}';
  const answer = Buffer.from(
    `HTTP/1.1 201 Created\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    'latin1',
  );
  socket.on('error', () => {});
  // A client has one request under way, and each is small enough to arrive whole.
  socket.on('data', () => socket.write(answer));
}

function serveGrpc(socket) {
  const greeted = { bytes: Buffer.alloc(0) };
  const headers = frame(HEADERS, END_HEADERS, 1, Buffer.concat([Buffer.from([0x88]), contentType()]));
  const trailers = frame(
    HEADERS,
    END_HEADERS | END_STREAM,
    1,
    Buffer.concat([Buffer.from([0]), literal('grpc-status'), literal('0')]),
  );
  const unary = Buffer.concat([headers, dataFrame(EMPTY_RESERVED), trailers]);
  const trailersAt = unary.length - trailers.length;
  const pipes = new Map();
  let out = [];
  let received = 0;
  const say = (bytes) => {
    if (out.length === 0) queueMicrotask(flush);
    out.push(bytes);
  };
  const flush = () => {
    socket.write(Buffer.concat(out));
    out = [];
  };
  const reader = new FrameReader((type, flags, stream, bytes, start, end) => {
    if (type === SETTINGS && !(flags & ACK)) say(frame(SETTINGS, ACK, 0));
    else if (type === DATA) {
      received += end - start;
      if (received > WIDE_WINDOW / 2) {
        say(windowUpdate(received));
        received = 0;
      }
      const pipe = pipes.get(stream);
      if (pipe) {
        pipe.push(bytes.subarray(start, end));
        return;
      }
      const answer = Buffer.from(unary);
      for (const at of [0, headers.length, trailersAt]) answer.writeUInt32BE(stream, at + FRAME_HEAD - 4);
      say(answer);
    } else if (type === HEADERS && bytes.includes(PIPELINE_PATH)) {
      const opened = Buffer.from(headers);
      opened.writeUInt32BE(stream, FRAME_HEAD - 4);
      say(opened);
      say(windowUpdate(WIDE_WINDOW, stream));
      pipes.set(
        stream,
        new MessageReader((message, from, to) => say(pipedAnswer(message, from, to, stream))),
      );
    }
  });
  socket.on('error', () => {});
  socket.write(opening());
  socket.on('data', (chunk) => {
    if (!greeted.bytes) return reader.push(chunk);
    greeted.bytes = Buffer.concat([greeted.bytes, chunk]);
    if (greeted.bytes.length < PREFACE.length) return;
    const rest = greeted.bytes.subarray(PREFACE.length);
    greeted.bytes = null;
    reader.push(rest);
  });
}

function contentType() {
  return Buffer.concat([Buffer.from([0x0f, 0x10]), literal('application/grpc')]);
}

function dataFrame(message) {
  const bytes = Buffer.alloc(FRAME_HEAD + 5 + message.length);
  const at = putHead(bytes, 0, 5 + message.length, DATA, 0, 1);
  bytes.writeUInt32BE(message.length, at + 1);
  bytes.set(message, at + 5);
  return bytes;
}

/** Whatever was asked is answered as if it were reserved. */
function pipedAnswer(message, from, to, stream) {
  const fields = new Fields(message, from, to);
  fields.next();
  const bytes = dataFrame(Buffer.concat([varintField(1, fields.value), bytesField(10, EMPTY_RESERVED)]));
  bytes.writeUInt32BE(stream, FRAME_HEAD - 4);
  return bytes;
}
