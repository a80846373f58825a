/**
 * Answers what never became a request: bytes that are not HTTP, too many of them, or too few in time.
 */
import type { Socket } from 'node:net';

const MALFORMED = { status: '400 Bad Request', erro: 'pedido malformado' };

const ANSWERS: Readonly<Record<string, { readonly status: string; readonly erro: string }>> = {
  HPE_HEADER_OVERFLOW: {
    status: '431 Request Header Fields Too Large',
    erro: 'cabeçalhos ou caminho longos demais',
  },
  ERR_HTTP_REQUEST_TIMEOUT: { status: '408 Request Timeout', erro: 'o pedido demorou demais a chegar' },
};

/** Says in one answer what was wrong and ends the connection; the path is unknown, so the dialect is Portuguese. */
export function answerBrokenRequest(error: { readonly code: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, erro } = ANSWERS[error.code] ?? MALFORMED;
  const body = JSON.stringify({ erro });
  const head = [
    `HTTP/1.1 ${status}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ].join('\r\n');
  // The other side may never close: once the answer is out, this side does.
  socket.end(`${head}\r\n\r\n${body}`, () => socket.destroy());
}
