import { type ExecutionResult, GraphQLError } from "graphql";
import { isAsyncIterable, type Plugin } from "graphql-yoga";
import {
  BadUserInputError,
  type ErrorCode,
  InternalError,
  ServoError,
  UnauthenticatedError,
  UnavailableError,
} from "../errors.ts";
import { LIMIT_DEFAULTS, type Limits, limitExceeded } from "../limits.ts";
import type { StorageLogger } from "../logger.ts";
import { noteOperation, operationOf, recordOf } from "./request-record.ts";
import { rootCause } from "./root-cause.ts";
import { variablePath } from "./variable-path.ts";

/** The status of a refusal before execution. Errors during execution answer 200, with the code in the body. */
const STATUS: Readonly<Record<ErrorCode, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  BAD_USER_INPUT: 400,
  NOT_FOUND: 404,
  CONFLICT: 409,
  LIMIT_EXCEEDED: 400,
  UNAVAILABLE: 503,
  TIMEOUT: 504,
  INTERNAL_SERVER_ERROR: 500,
};

/** In UTF-16 units. A name that a refusal tells has 510 at most. */
const LONGEST_MESSAGE = 800;

/** Maps every error of a result to a message and code that a client may see; what nobody foresaw is masked and logged. */
export function useErrorCodes(limits: Limits): Plugin {
  return {
    onResultProcess({ request, result, setResult }) {
      if (isAsyncIterable(result)) return;
      const record = recordOf(request);
      const show = (each: ExecutionResult) => {
        const operation = operationOf(each);
        const logger = operation?.logger ?? record.logger;
        const fit = withCodes(each, { requestId: record.requestId, logger }, limits);
        if (operation !== undefined) noteOperation(fit, operation);
        for (const code of errorCodesOf(fit)) record.errorCodes.add(code);
        record.refusal ??= refusalIn(fit);
        return fit;
      };
      setResult(Array.isArray(result) ? result.map(show) : show(result));
    },
  };
}

/** A result of which nothing but its codes is known. */
export interface WrittenResult extends ExecutionResult {
  readonly errorCodes: readonly ErrorCode[];
}

/** The codes of a result's errors, each once. */
export function errorCodesOf(result: ExecutionResult | WrittenResult): ErrorCode[] {
  if ("errorCodes" in result) return [...result.errorCodes];
  const codes = (result.errors ?? []).map(({ extensions }) => extensions.code as ErrorCode);
  return [...new Set(codes)];
}

/** The codes that the errors of a result will be shown with, each once. */
export function errorCodesToBe(result: ExecutionResult | WrittenResult): ErrorCode[] {
  return "errorCodes" in result ? [...result.errorCodes] : [...new Set((result.errors ?? []).map(codeToBe))];
}

function codeToBe(error: GraphQLError): ErrorCode {
  const cause = rootCause(error);
  if (cause instanceof ServoError) return cause.code;
  return cause instanceof GraphQLError ? "BAD_USER_INPUT" : "INTERNAL_SERVER_ERROR";
}

/** Why nothing was executed, where that is for who asks. Such a message holds nothing that a client has sent. */
function refusalIn(result: ExecutionResult): string | undefined {
  if ("data" in result) return undefined;
  const isForWhoAsks = ({ extensions: { code } }: GraphQLError) =>
    code === "UNAUTHENTICATED" || code === "FORBIDDEN";
  return result.errors?.find(isForWhoAsks)?.message;
}

/** Who asked, as the log knows it. */
interface Asked {
  readonly requestId: string;
  readonly logger: StorageLogger;
}

/** A result whose errors are fit to be seen. */
export function withCodes<Result extends ExecutionResult>(
  result: Result,
  asked: Asked,
  limits: Limits = LIMIT_DEFAULTS,
): Result {
  const beforeExecution = !("data" in result);
  const { errors } = result;
  if (errors === undefined) return result;
  return { ...result, errors: errors.map((error) => shown(error, asked, limits, beforeExecution)) };
}

function shown(
  error: GraphQLError,
  { requestId, logger }: Asked,
  limits: Limits,
  beforeExecution: boolean,
): GraphQLError {
  const cause = rootCause(error);
  if (cause instanceof GraphQLError) return refused(error, limits, beforeExecution);
  const known = cause instanceof ServoError ? cause : new InternalError({ cause });
  if (known instanceof InternalError)
    logger.error({ error: known.cause ?? known, path: error.path }, "Unexpected error");
  return withCode(error, known.message, {
    code: known.code,
    ...(known instanceof BadUserInputError ? { inputPath: known.inputPath } : {}),
    ...(known instanceof UnavailableError ? { retryable: known.retryable } : {}),
    ...(known instanceof InternalError ? { requestId } : {}),
    ...(beforeExecution ? { http: { status: STATUS[known.code], headers: headersOf(known) } } : {}),
  });
}

function headersOf(error: ServoError): Record<string, string> {
  return error instanceof UnauthenticatedError ? { "www-authenticate": error.challenge } : {};
}

/** A document or variables that do not fit the schema, or a request that is none: what GraphQL itself refuses. */
function refused(error: GraphQLError, limits: Limits, beforeExecution: boolean): GraphQLError {
  // Variables that do not fit their types are refused by the executor, which gives no status.
  const { http = beforeExecution ? { spec: true, status: 400 } : undefined, originalError } =
    error.extensions;
  if (isTooLarge(http)) {
    const { code, message } = limitExceeded(
      `The request body has more than ${limits.maxBodyBytes} bytes`,
      "maxBodyBytes",
    );
    return withCode(error, message, { code, http });
  }
  const code: ErrorCode = "BAD_USER_INPUT";
  const inputPath = variablePath(error);
  const extensions = inputPath === undefined ? { code } : { code, inputPath };
  if (typeof http !== "object" || http === null) return withCode(error, error.message, extensions);
  // What is not even JSON is refused with its status to every client; what is wrong GraphQL (`spec`) answers 200 to
  // those that accept application/json only.
  return withCode(error, error.message, {
    ...extensions,
    http: originalError === undefined ? http : { ...http, spec: false },
  });
}

function isTooLarge(http: unknown): boolean {
  return typeof http === "object" && http !== null && "status" in http && http.status === 413;
}

function withCode(error: GraphQLError, message: string, extensions: Record<string, unknown>): GraphQLError {
  const { nodes = null, source, positions, path } = error;
  return new GraphQLError(shortened(message), { nodes, source, positions, path, extensions });
}

/** A message may quote what the client sent, at any length; what it is about stands at its begin, and the rule at its end. */
function shortened(message: string): string {
  if (message.length <= LONGEST_MESSAGE) return message;
  const half = LONGEST_MESSAGE / 2;
  return `${message.slice(0, half)} … ${message.slice(-half)}`.toWellFormed();
}
