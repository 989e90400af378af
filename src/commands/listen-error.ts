/** Two variables name an address that is taken, or none of this machine's. One line. */
export class ListenError extends Error {
  override readonly name = "ListenError";

  /** @param variables `HOST and PORT` */
  constructor(variables: string, cause: Error) {
    super(`${variables} cannot be listened on: ${cause.message}`, { cause });
  }
}
