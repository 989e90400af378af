import { statSync } from "node:fs";

/**
 * What stands in the way of the embedded server:
 * - `unsupported`: no PostgreSQL for this machine, or its package is not installed
 * - `folder`: the data folder cannot be used (owner, rights, space, damage)
 * - `version`: the data folder was made by another major version of PostgreSQL
 * - `in-use`: another program holds the data folder
 * - `start`: PostgreSQL refused to start, or to stop
 */
export type EmbeddedServerProblem = "unsupported" | "folder" | "version" | "in-use" | "start";

/** Why the embedded PostgreSQL cannot serve; the message says what to do about it. */
export class EmbeddedServerError extends Error {
  override readonly name = "EmbeddedServerError";
  readonly problem: EmbeddedServerProblem;

  constructor(problem: EmbeddedServerProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.problem = problem;
  }
}

/**
 * Turns a refusal of the file system (missing right, full disk, a file where a folder is needed…) into an
 * error of ours that names the data folder and its owner; anything else is returned as it came.
 */
export function explainFileError(error: unknown, dataDirectory: string): unknown {
  if (error instanceof EmbeddedServerError || !(error instanceof Error)) return error;
  const { code, path } = error as NodeJS.ErrnoException;
  if (code === undefined || path === undefined) return error;
  const owner = ownerOf(dataDirectory);
  const self = process.getuid?.();
  const foreign = owner !== undefined && owner !== self;
  return new EmbeddedServerError(
    "folder",
    `The data folder ${dataDirectory} cannot be used (${code} at ${path})` +
      `${foreign ? `; it belongs to user ${owner}, and this program runs as user ${self}` : ""}. ` +
      "Make it writable for the user who runs this program, name another one with DATA_DIR, " +
      "or name a PostgreSQL server with DATABASE_URL.",
    { cause: error },
  );
}

function ownerOf(path: string): number | undefined {
  try {
    return statSync(path).uid;
  } catch {
    return undefined;
  }
}
