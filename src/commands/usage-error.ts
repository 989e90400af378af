/** What the caller gave to the command line is wrong. One line; the exit code is 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
