/** The codes that a client may meet, in `extensions.code` and on every {@link ServoError}. */
export type ErrorCode =
  | "UNAUTHENTICATED"
  | "FORBIDDEN"
  | "BAD_USER_INPUT"
  | "NOT_FOUND"
  | "CONFLICT"
  | "LIMIT_EXCEEDED"
  | "UNAVAILABLE"
  | "TIMEOUT"
  | "INTERNAL_SERVER_ERROR";

/** Where in an input the offending value stands: `["input", "assets", 3, "name"]`. */
export type InputPath = readonly (string | number)[];

/**
 * The one family of errors that repositories, the tenant binding and the importers throw. Its message is
 * safe to show to a client: it names the field and the rule, never SQL, a constraint or another row's value.
 * What the database said is kept in `cause`, for logs only.
 */
export abstract class ServoError extends Error {
  abstract readonly code: ErrorCode;

  override get name(): string {
    return this.constructor.name;
  }
}

/** No credentials, or credentials that do not hold. */
export class UnauthenticatedError extends ServoError {
  readonly code = "UNAUTHENTICATED";
  /** What the response asks for in `WWW-Authenticate` (RFC 6750, section 3). */
  readonly challenge: string;

  constructor(message: string, challenge = "Bearer") {
    super(message);
    this.challenge = challenge;
  }
}

/** The principal is known and may not do this. */
export class ForbiddenError extends ServoError {
  readonly code = "FORBIDDEN";
}

/** A value breaks a rule; nothing was read or written. */
export class BadUserInputError extends ServoError {
  readonly code = "BAD_USER_INPUT";
  readonly inputPath: InputPath;
  /** The rule alone, without the field: "must not be blank". */
  readonly rule: string;

  constructor(inputPath: InputPath, rule: string, options?: ErrorOptions) {
    super(inputPath.length === 0 ? rule : `${formatInputPath(inputPath)} ${rule}`, options);
    this.inputPath = inputPath;
    this.rule = rule;
  }

  /** The same error as seen from one level further out, where the value is called `segment`. */
  within(...segments: InputPath): BadUserInputError {
    return new BadUserInputError([...segments, ...this.inputPath], this.rule, { cause: this });
  }
}

/** The row is absent, or is another tenant's: the two are one answer. */
export class NotFoundError extends ServoError {
  readonly code = "NOT_FOUND";
}

/** The write does not fit what is stored: a taken name, a stale version, an illegal state change, a row in use. */
export class ConflictError extends ServoError {
  readonly code = "CONFLICT";
}

/** A limit of this service was passed; the message names it. */
export class LimitExceededError extends ServoError {
  readonly code = "LIMIT_EXCEEDED";
}

/**
 * Why an attempt failed although nothing was wrong with it.
 * - `serialization`: it met another transaction (40001, 40P01); rolled back whole.
 * - `lock`: a lock was not free in time (55P03); rolled back whole.
 * - `connect`: no connection could be had (refused, 57P03, 53300); nothing was run.
 * - `exhausted`: no connection of the pool was free within its acquire timeout; nothing was run.
 * - `interrupted`: the connection was lost on the way (57P01, 57P02, 08xxx, or no code at all); whether a
 *   commit took effect is not known.
 * - `circuit`: the circuit breaker is open, because no connection could be had for some time; nothing was run.
 */
export type TransientKind = "serialization" | "lock" | "connect" | "exhausted" | "interrupted" | "circuit";

/** The database or the pool cannot serve this now. */
export class UnavailableError extends ServoError {
  readonly code = "UNAVAILABLE";
  readonly transient: TransientKind;
  /** Whether the same call may be repeated without the risk of doing it twice. */
  readonly retryable: boolean;

  constructor(
    message: string,
    details: { transient: TransientKind; retryable: boolean },
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.transient = details.transient;
    this.retryable = details.retryable;
  }
}

/** A statement or request took longer than it may. Nothing was stored, unless the message says that it may have been. */
export class TimeoutError extends ServoError {
  readonly code = "TIMEOUT";
}

/** Who asked has gone, and what was begun was given up: nobody is told. */
export class AbandonedError extends ServoError {
  readonly code = "UNAVAILABLE";

  constructor() {
    super("Nobody waits for the answer any more.");
  }
}

/** A defect of this program. The message says nothing; `cause` and the log say what happened. */
export class InternalError extends ServoError {
  readonly code = "INTERNAL_SERVER_ERROR";

  constructor(options?: ErrorOptions) {
    super("Unexpected error.", options);
  }
}

/** `["input", "assets", 3, "name"]` as `input.assets[3].name`. */
function formatInputPath(path: InputPath): string {
  return path.reduce<string>((text, segment) => {
    if (typeof segment === "number") return `${text}[${segment}]`;
    return text === "" ? segment : `${text}.${segment}`;
  }, "");
}
