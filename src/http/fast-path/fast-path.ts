import type { ExecutionResult, GraphQLSchema } from "graphql";
import type { Limits } from "../../limits.ts";
import type { StorageLogger } from "../../logger.ts";
import type { RequestMetrics } from "../../metrics/request-metrics.ts";
import type { Principal } from "../../principal.ts";
import type { Authenticate } from "../authentication.ts";
import { costWithin } from "../document-limits.ts";
import { withCodes } from "../error-codes.ts";
import { FieldLogger } from "../field-logger.ts";
import type { Handover } from "../handover.ts";
import type { HeavyResult } from "../heavy/workers.ts";
import { NO_SUBJECT } from "../operation-subject.ts";
import { isTooLong } from "../request-body.ts";
import { requestIdOf } from "../request-id.ts";
import { logAnswered, logGone } from "../request-log.ts";
import type { TenantExecution } from "../tenant-execution.ts";
import { type TrustedDocuments, textAskedFor } from "../trusted-documents.ts";
import type { KnownDocuments } from "./known-documents.ts";
import { answerTypeOf, type RegularRequest, regularParamsIn } from "./regular-request.ts";

export interface FastPathOptions {
  readonly schema: GraphQLSchema;
  readonly authenticate: Authenticate;
  readonly documents: KnownDocuments;
  readonly trusted: TrustedDocuments;
  readonly limits: Limits;
  readonly execution: TenantExecution;
  readonly logger: StorageLogger;
  readonly metrics: RequestMetrics | undefined;
  /** Headers that each answer has. */
  readonly headers: Readonly<Record<string, string>>;
}

/** An answer with status 200, or "gone" where nobody waits for one any more. */
export type Answer = { readonly headers: Readonly<Record<string, string>>; readonly body: Body } | "gone";

/** JSON, in UTF-8 where a thread has written it. */
type Body = string | Buffer<ArrayBuffer>;

/**
 * Answers what is regular, without all that Yoga does for what is not: a POST of one operation, as JSON, whose document Yoga
 * has executed before and whose answer has no errors. All else is handed over to Yoga, wherever that shows, with what was
 * done already. What both do (who asks, limits, execution, log, metrics) is the same code.
 */
export class FastPath {
  readonly #options: FastPathOptions;

  constructor(options: FastPathOptions) {
    this.#options = options;
  }

  get limits(): Limits {
    return this.#options.limits;
  }

  /** @returns undefined for what is not regular by its headers, of which nothing was read */
  async take(request: RegularRequest): Promise<Answer | Handover | undefined> {
    const answerType = answerTypeOf(request);
    if (answerType === undefined || isTooLong(request.headers, this.limits.maxBodyBytes)) return undefined;
    const { execution, logger, metrics, limits } = this.#options;
    const requestId = requestIdOf(request.headers.get("x-request-id"));
    const startedAt = performance.now();
    const authenticating = this.#authenticate(request.headers);
    // Yoga tells why.
    const principal = await authenticating.catch(() => undefined);
    if (principal === undefined) return { requestId, startedAt, principal: authenticating };
    const reading = request.readText();
    const read = { requestId, startedAt, principal: authenticating, text: reading };
    const text = await reading.catch(() => undefined);
    const logged = { method: request.method, path: request.target, startedAt };
    const requestLogger = new FieldLogger(logger, { request_id: requestId, tenant_id: principal.tenantId });
    if (request.isGone) {
      metrics?.operated(NO_SUBJECT, "ABANDONED");
      logGone(requestLogger, logged);
      return "gone";
    }
    const asked = text === undefined ? undefined : this.#operationIn(text);
    if (asked === undefined) return read;

    const { subject, type, name } = asked.operation;
    const operationLogger = requestLogger.with({ operation_name: name });
    const executedAt = performance.now();
    const result = await execution({
      args: asked.args,
      principal,
      requestId,
      operation: { type, logger: operationLogger, cost: asked.cost },
      watchClient: request.watchClient,
    });
    const { isGone } = request;
    const body = written(result);
    if (body === undefined && !isGone) return { ...read, execution: { result, startedAt: executedAt } };
    metrics?.executed(subject, (performance.now() - executedAt) / 1000);
    metrics?.operated(subject, isGone ? "ABANDONED" : undefined);
    if (body === undefined || isGone) {
      // It tells the log what nobody foresaw.
      withCodes(result, { requestId, logger: operationLogger }, limits);
      logGone(operationLogger, logged);
      return "gone";
    }
    logAnswered(operationLogger, logged, { status: 200 });
    const headers = Object.assign(
      {
        "content-type": `${answerType}; charset=utf-8`,
        "content-length": String(Buffer.byteLength(body)),
        "x-request-id": requestId,
      },
      this.#options.headers,
    );
    return { headers, body };
  }

  /** Tells the log what nobody foresaw. */
  tellFailure(error: unknown): void {
    this.#options.logger.error({ error }, "Unexpected error");
  }

  async #authenticate(headers: RegularRequest["headers"]): Promise<Principal> {
    return this.#options.authenticate(headers);
  }

  #operationIn(text: string) {
    const { trusted, documents, schema, limits } = this.#options;
    const params = regularParamsIn(text);
    if (params === undefined) return undefined;
    try {
      const query = textAskedFor(params, trusted);
      const operationName = params.operationName ?? undefined;
      const operation = query === undefined ? undefined : documents.find(query, operationName);
      if (operation === undefined) return undefined;
      const variableValues = params.variables ?? {};
      const args = { schema, document: operation.document, operationName, variableValues };
      return { operation, args, cost: costWithin(limits, args) };
    } catch {
      return undefined;
    }
  }
}

/** A result as JSON; undefined where it has errors, or no string is as long. */
function written(result: ExecutionResult | HeavyResult): Body | undefined {
  if ("stringify" in result) return result.errorCodes.length === 0 ? result.stringify() : undefined;
  const { data, errors } = result;
  if (data === undefined || errors !== undefined) return undefined;
  try {
    return JSON.stringify({ data });
  } catch {
    return undefined;
  }
}
