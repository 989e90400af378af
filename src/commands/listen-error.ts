/** HOST and PORT name an address that is taken, or none of this machine's. One line. */
export class ListenError extends Error {
  override readonly name = "ListenError";

  constructor(cause: Error) {
    super(`HOST and PORT cannot be listened on: ${cause.message}`, { cause });
  }
}
