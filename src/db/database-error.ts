import { DrizzleQueryError } from "drizzle-orm";
import pg from "pg";
import {
  BadUserInputError,
  ConflictError,
  ForbiddenError,
  InternalError,
  ServoError,
  TimeoutError,
  type TransientKind,
  UnavailableError,
} from "../errors.ts";

/** What a repository says instead of a constraint's name when a write breaks it, by that name. */
export type ConstraintMessages = Readonly<Record<string, () => ServoError>>;

/** What a transaction may do: `read` is one snapshot for all its statements, `write` sees what others commit. */
export type Access = "read" | "write";

/** How serious a failure is, for the log: `expected` ones are the caller's, the rest the operator's or ours. */
export type Severity = "expected" | "constraint" | "contention" | "connection" | "timeout" | "unexpected";

export interface DatabaseFailure {
  readonly error: ServoError;
  readonly severity: Severity;
  readonly sqlstate: string | undefined;
}

export interface ConnectFailure extends DatabaseFailure {
  readonly error: UnavailableError;
}

const IN_DOUBT = "a write may or may not have been stored, so look before you repeat it.";
const TOO_SLOW = "The database did not answer in the time allowed";
const TOO_IDLE = "The transaction waited for longer than it may; nothing was stored.";

/** Why what the database says with these SQLSTATEs is of passing nature; so is all of class 08, as `interrupted`. */
export const TRANSIENT: Readonly<Record<string, TransientKind>> = {
  "40001": "serialization",
  "40P01": "serialization",
  "55P03": "lock",
  "57P03": "connect",
  "53300": "connect",
  "57P01": "interrupted",
  "57P02": "interrupted",
  // A standby or a database that was set read-only, and a full disk: nothing was stored.
  "25006": "connect",
  "53100": "connect",
  // A prepared statement that is not there, or there already, behind a pooler that does not keep them: nothing was done.
  "26000": "connect",
  "42P05": "connect",
};

/** Whether a statement failed because of what is prepared in the session, and not by itself. */
export function isPreparationLost(error: unknown): boolean {
  return error instanceof pg.DatabaseError && ["26000", "42P05"].includes(error.code ?? "");
}

/** Whether a migration has changed what a prepared statement answers, of which its session keeps the old plan. */
export function isPlanStale(error: unknown): boolean {
  return (
    error instanceof pg.DatabaseError && error.code === "0A000" && error.routine === "RevalidateCachedQuery"
  );
}

/** Input that only PostgreSQL refused: validation should have, so the message is short of the field's name. */
const INPUT_RULES: Readonly<Record<string, string>> = {
  "22001": "contains a value that is too long",
  "22003": "contains a number that is out of range",
  "22007": "contains a malformed date or time",
  "22008": "contains a date or time that is out of range",
  "22021": "contains a character that cannot be stored",
  "22P02": "contains a malformed value",
  "22P05": "contains a character that cannot be stored",
};

/** The server has not answered a statement for so long that it should have ended it itself: the connection was given up. */
export class UnansweredError extends Error {
  override readonly name = "UnansweredError";

  constructor(silenceMs: number) {
    super(`no answer for ${silenceMs} ms`);
  }
}

/**
 * Says what a failure of the database means to a caller. `pg`'s own timeouts and terminations carry no code, and
 * Drizzle wraps errors in one whose message shows SQL and parameters: neither gets past here.
 */
export function classifyDatabaseError(
  thrown: unknown,
  access: Access,
  constraints: ConstraintMessages = {},
): DatabaseFailure {
  const cause = thrown instanceof DrizzleQueryError ? thrown.cause : thrown;
  if (cause instanceof ServoError) return { error: cause, severity: "expected", sqlstate: undefined };
  if (!(cause instanceof pg.DatabaseError)) return codelessFailure(cause, access);
  const sqlstate = cause.code ?? "";
  const transient = isPlanStale(cause)
    ? "connect"
    : (TRANSIENT[sqlstate] ?? (sqlstate.startsWith("08") ? "interrupted" : undefined));
  if (transient !== undefined) {
    const contention = transient === "serialization" || transient === "lock";
    const severity = contention ? "contention" : "connection";
    return { error: unavailable(transient, cause, access), severity, sqlstate };
  }
  if (["57014", "25P03", "25P04"].includes(sqlstate)) {
    const message = sqlstate === "25P03" ? TOO_IDLE : `${TOO_SLOW}.`;
    return { error: new TimeoutError(message, { cause }), severity: "timeout", sqlstate };
  }
  if (sqlstate.startsWith("23")) {
    return { error: constraintError(sqlstate, cause, constraints), severity: "constraint", sqlstate };
  }
  if (sqlstate === "42501") {
    // Row-level security stopped what a repository should have refused before.
    return {
      error: new ForbiddenError("This principal may not do that.", { cause }),
      severity: "unexpected",
      sqlstate,
    };
  }
  const rule = INPUT_RULES[sqlstate];
  if (rule !== undefined) {
    return {
      error: new BadUserInputError([], `The input ${rule}.`, { cause }),
      severity: "constraint",
      sqlstate,
    };
  }
  return { error: new InternalError({ cause }), severity: "unexpected", sqlstate };
}

/** Whether after a failure nobody knows what became of what had been sent: PostgreSQL has not answered it, or ends the session. */
export function isUnanswered({ error, severity }: DatabaseFailure): boolean {
  if (error instanceof UnavailableError) return error.transient === "interrupted";
  return severity !== "expected" && !(error.cause instanceof pg.DatabaseError);
}

/** What it means that a transaction could not begin: nothing was read or written. */
export function classifyBeginError(cause: unknown, access: Access): DatabaseFailure {
  // A standby that is still recovering refuses to begin a transaction that writes.
  const refused = cause instanceof pg.DatabaseError && cause.code === "0A000";
  if (!refused) return classifyDatabaseError(cause, access);
  return { error: unavailable("connect", cause, access), severity: "connection", sqlstate: "0A000" };
}

/** What it means that no connection could be had from the pool. */
export function classifyConnectError(cause: unknown): ConnectFailure {
  const sqlstate = cause instanceof pg.DatabaseError ? cause.code : undefined;
  // All that the pool says of a wait for a connection that is in use.
  const exhausted = cause instanceof Error && cause.message === "timeout exceeded when trying to connect";
  const error = unavailable(exhausted ? "exhausted" : "connect", cause, "read");
  return { error, severity: "connection", sqlstate };
}

function unavailable(transient: TransientKind, cause: unknown, access: Access): UnavailableError {
  if (transient === "exhausted") {
    const message =
      "All connections to the database are in use; nothing was done, and the call may be repeated.";
    return new UnavailableError(message, { transient, retryable: true }, { cause });
  }
  if (transient === "connect") {
    const what = cannotStore(cause) ? "cannot store anything" : "cannot be reached";
    const message = `The database ${what} now; nothing was done, and the call may be repeated.`;
    return new UnavailableError(message, { transient, retryable: true }, { cause });
  }
  if (transient === "interrupted" && access === "read") {
    const message = "The connection to the database was lost; the call may be repeated.";
    return new UnavailableError(message, { transient, retryable: true }, { cause });
  }
  if (transient === "interrupted") {
    const message = `The connection to the database was lost; ${IN_DOUBT}`;
    return new UnavailableError(message, { transient, retryable: false }, { cause });
  }
  const message = "The call met other writes to the same data; nothing was stored, and it may be repeated.";
  return new UnavailableError(message, { transient, retryable: true }, { cause });
}

/** Whether the database is there, and only does not take what is written. */
function cannotStore(cause: unknown): boolean {
  return cause instanceof pg.DatabaseError && ["0A000", "25006", "53100"].includes(cause.code ?? "");
}

function constraintError(
  sqlstate: string,
  cause: pg.DatabaseError,
  constraints: ConstraintMessages,
): ServoError {
  const known = constraints[cause.constraint ?? ""];
  if (known !== undefined) return known();
  switch (sqlstate) {
    case "23505":
      return new ConflictError("Such a row exists already.", { cause });
    case "23503":
      // PostgreSQL tells the two ends apart only in words, which follow the server's language.
      return new ConflictError("The row is still in use, or refers to one that does not exist.", { cause });
    default:
      return new BadUserInputError([], "The input breaks a rule of the store.", { cause });
  }
}

function codelessFailure(cause: unknown, access: Access): DatabaseFailure {
  if (cause instanceof UnansweredError) {
    const message = access === "read" ? `${TOO_SLOW}.` : `${TOO_SLOW}; ${IN_DOUBT}`;
    return { error: new TimeoutError(message, { cause }), severity: "timeout", sqlstate: undefined };
  }
  const lost =
    cause instanceof Error &&
    /Connection terminated|connection error|Client was closed|ECONNRESET|EPIPE|ETIMEDOUT/i.test(
      `${cause.message} ${"code" in cause ? String(cause.code) : ""}`,
    );
  return lost
    ? { error: unavailable("interrupted", cause, access), severity: "connection", sqlstate: undefined }
    : { error: new InternalError({ cause }), severity: "unexpected", sqlstate: undefined };
}
