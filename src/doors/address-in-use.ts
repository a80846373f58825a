/**
 * The one fault of listening that an operator can mend by choosing another port.
 */
export class AddressInUse extends Error {
  override readonly name = 'AddressInUse';

  constructor(
    readonly host: string,
    readonly port: number,
  ) {
    super(`${host}:${port} is in use`);
  }
}

/** `error` itself, or AddressInUse where it says that `host:port` is taken. */
export function listenFault(error: unknown, host: string, port: number): unknown {
  const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  return taken ? new AddressInUse(host, port) : error;
}
