import { type ExecutionArgs, type ExecutionResult, execute, GraphQLError, getOperationAST } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { StopSignal } from "../abort.ts";
import type { Database } from "../db/database.ts";
import { withRetry } from "../db/retry.ts";
import { ServoError, UnavailableError } from "../errors.ts";
import { Context, type RequestContext } from "../graphql/context.ts";
import { executeSwiftly } from "../graphql/execution/swift-execute.ts";
import { namedFieldsOf } from "../graphql/named-fields.ts";
import { bindingOf, type Principal } from "../principal.ts";
import type { FairShare } from "./fair-share.ts";
import type { HandedOver } from "./handover.ts";
import { HEAVY_FROM, type HeavyWorkers, jobOf } from "./heavy/workers.ts";
import { clientOf, type WatchClient, withOperationSignal } from "./operation-signal.ts";
import { type OperationRecord, operationOf, recordOf } from "./request-record.ts";
import { rootCause } from "./root-cause.ts";

export interface TenantExecutionOptions {
  readonly database: Database;
  /** Whose turn it is. */
  readonly share: FairShare;
  /** Where heavy operations are executed. Default: here. */
  readonly heavy?: HeavyWorkers | undefined;
  /** How long an operation may take, in milliseconds, waiting included; 0: for ever. */
  readonly timeoutMs: number;
  /** Whether what is told of wrong variables does not name what they might have meant. */
  readonly hideSuggestions: boolean;
}

/** An operation that was found to be valid and within the limits. */
export interface AskedOperation {
  readonly args: Omit<ExecutionArgs, "contextValue">;
  readonly principal: Principal;
  readonly requestId: string;
  readonly operation: Pick<OperationRecord, "type" | "logger" | "cost">;
  readonly watchClient: WatchClient;
}

/** Executes an operation when its tenant's turn comes, here or, where it is heavy, in a thread of its own. */
export type TenantExecution = (asked: AskedOperation) => Promise<ExecutionResult>;

export function tenantExecution({
  database,
  share,
  heavy,
  timeoutMs,
  hideSuggestions,
}: TenantExecutionOptions): TenantExecution {
  const executeInTurn = async (asked: AskedOperation, signal: StopSignal) => {
    const { args, principal, requestId, operation } = asked;
    const { document } = args;
    const { cost, logger } = operation;
    const tenant = bindingOf(principal).ownTenant;
    const isLight = () =>
      heavy === undefined ||
      cost < HEAVY_FROM ||
      (operation.type === "query" && heavy.sizes?.promiseLight(document, tenant, cost) === true);
    const executeHere = async () => {
      const told = Object.assign({}, args, { hideSuggestions });
      const result = await executeAsTenant(database, { principal, logger, signal }, told);
      if (cost >= HEAVY_FROM) heavy?.sizes?.noteResult(document, tenant, result);
      return result;
    };
    if (isLight()) {
      // When its turn comes, another may have shown that it is not.
      const result = await share.run(tenant, signal, async () => (isLight() ? executeHere() : undefined));
      if (result !== undefined) return result;
    }
    const job = heavy && jobOf(args, cost, { principal, requestId });
    const result = job && (await heavy.execute(job, { tenant, logger, signal }));
    // What is wrong with variables is told here, in the words that are configured.
    if (result === undefined) return share.run(tenant, signal, executeHere);
    heavy?.sizes?.noteWritten(document, tenant, result);
    return result;
  };
  return (asked) =>
    withOperationSignal(asked.watchClient, timeoutMs, (signal) => executeInTurn(asked, signal)).catch(
      refused,
    );
}

/** Executes as {@link tenantExecution} does what was not executed before it was handed over. */
export function useTenantExecution(execution: TenantExecution): Plugin<HandedOver> {
  return {
    onExecute({ args: { contextValue }, setExecuteFn }) {
      const { request, handover } = contextValue;
      const { principal, requestId } = recordOf(request);
      const operation = operationOf(contextValue);
      if (principal === undefined || operation === undefined)
        throw new Error("authentication and the request log must come before execution");
      setExecuteFn(
        (args: ExecutionArgs) =>
          handover?.execution?.result ??
          execution({ args, principal, requestId, operation, watchClient: clientOf(request) }),
      );
    },
  };
}

/** Nothing was executed. */
function refused(error: unknown): ExecutionResult {
  if (!(error instanceof Error)) throw error;
  return { errors: [new GraphQLError(error.message, { originalError: error })] };
}

/**
 * Executes one operation on a view of the data that is bound to its principal's tenant, and gives its connection back before
 * the response is written. A query that fails for a reason outside it is executed anew, with new loaders; of a mutation, what its
 * fields do is tried again, in a transaction each.
 */
export async function executeAsTenant(
  database: Database,
  { principal, logger, signal }: RequestContext,
  args: Omit<ExecutionArgs, "contextValue">,
): Promise<ExecutionResult> {
  const namedFields = namedFieldsOf(args.document, args.schema);
  const open = () => new Context(database, { principal, logger, signal, namedFields });
  const within = (contextValue: Context) => Object.assign({}, args, { contextValue });
  let tries = 0;
  const executeOnce = async (): Promise<ExecutionResult> => {
    let context = open();
    const anew = () => {
      context = context.again();
      return within(context);
    };
    try {
      tries += 1;
      const first = within(context);
      // What has failed is not tried swiftly again, which would be two tries.
      return await (tries === 1 ? executeSwiftly(first, anew) : execute(first));
    } finally {
      // Not waited for: nothing was written on it.
      void context.close();
    }
  };
  return isQuery(args) ? executeUntilSteady(database, executeOnce, signal) : executeOnce();
}

function isQuery({ document, operationName }: Pick<ExecutionArgs, "document" | "operationName">): boolean {
  return getOperationAST(document, operationName)?.operation === "query";
}

async function executeUntilSteady(
  { retry, observer }: Database,
  execute: () => Promise<ExecutionResult>,
  signal: StopSignal | undefined,
) {
  let result: ExecutionResult | undefined;
  try {
    return await withRetry(retry, { repeatable: true, observer, signal }, async () => {
      result = await execute();
      const unavailable = result.errors?.map(rootCause).find((cause) => cause instanceof UnavailableError);
      // When the time is over, nothing is done again.
      if (unavailable !== undefined && !signal?.aborted) throw unavailable;
      return result;
    });
  } catch (error) {
    if (result === undefined || !(error instanceof ServoError)) throw error;
    // The tries are spent: the last answer tells what could be read and what could not.
    if (error instanceof UnavailableError) return result;
    return { data: null, ...refused(error) };
  }
}
