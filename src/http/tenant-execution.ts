import {
  type ExecutionArgs,
  type ExecutionResult,
  type execute,
  GraphQLError,
  getOperationAST,
} from "graphql";
import type { Plugin } from "graphql-yoga";
import type { Database } from "../db/database.ts";
import { withRetry } from "../db/retry.ts";
import { ServoError, UnavailableError } from "../errors.ts";
import { Context, type RequestContext } from "../graphql/context.ts";
import { leftOutOf } from "../graphql/left-out.ts";
import { bindingOf } from "../principal.ts";
import type { FairShare } from "./fair-share.ts";
import { HEAVY_FROM, type HeavyWorkers, jobOf } from "./heavy/workers.ts";
import { withOperationSignal } from "./operation-signal.ts";
import { operationOf, recordOf } from "./request-record.ts";
import { rootCause } from "./root-cause.ts";

export interface TenantExecutionOptions {
  readonly database: Database;
  /** Whose turn it is. */
  readonly share: FairShare;
  /** Where heavy operations are executed. Default: here. */
  readonly heavy?: HeavyWorkers | undefined;
  /** How long an operation may take, in milliseconds, waiting included; 0: for ever. */
  readonly timeoutMs: number;
}

/** Executes each operation when its tenant's turn comes, here or, where it is heavy, in a thread of its own. */
export function useTenantExecution({ database, share, heavy, timeoutMs }: TenantExecutionOptions): Plugin {
  return {
    onExecute({ args, executeFn, setExecuteFn }) {
      const { request } = args.contextValue;
      const { principal, requestId } = recordOf(request);
      const operation = operationOf(args.contextValue);
      if (principal === undefined || operation === undefined)
        throw new Error("authentication and the request log must come before execution");
      const { logger } = operation;
      const tenant = bindingOf(principal).ownTenant;
      const { document } = args;
      const { cost } = operation;
      const isLight = () =>
        heavy === undefined ||
        cost < HEAVY_FROM ||
        (operation.type === "query" && heavy.sizes?.promiseLight(document, tenant, cost) === true);

      const executeInTurn = async (executionArgs: ExecutionArgs, signal: AbortSignal) => {
        const executeHere = async () => {
          const asked = { principal, logger, signal };
          const result = await executeAsTenant(database, asked, executionArgs, executeFn as typeof execute);
          if (cost >= HEAVY_FROM) heavy?.sizes?.noteResult(document, tenant, result);
          return result;
        };
        if (isLight()) {
          // When its turn comes, another may have shown that it is not.
          const result = await share.run(tenant, signal, async () => (isLight() ? executeHere() : undefined));
          if (result !== undefined) return result;
        }
        const job = heavy && jobOf(args, cost, { principal, requestId });
        if (heavy === undefined || job === undefined) return share.run(tenant, signal, executeHere);
        const result = await heavy.execute(job, { tenant, logger, signal });
        heavy.sizes?.noteWritten(document, tenant, result);
        return result;
      };
      setExecuteFn((executionArgs: ExecutionArgs) =>
        withOperationSignal(request.signal, timeoutMs, (signal) =>
          executeInTurn(executionArgs, signal),
        ).catch(refused),
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
 * Executes one operation on a view of the data that is bound to its principal's tenant, and ends its transaction before
 * the response is written. A query that fails for a reason outside it is executed anew, with new loaders; a
 * mutation is not, because its fields run in transactions of their own, which are tried again one by one.
 */
export async function executeAsTenant(
  database: Database,
  request: RequestContext,
  args: ExecutionArgs,
  executeFn: typeof execute,
): Promise<ExecutionResult> {
  const executeOnce = async (): Promise<ExecutionResult> => {
    const context = new Context(database, { ...request, leftOut: leftOutOf(args.document) });
    try {
      return await executeFn({ ...args, contextValue: context });
    } finally {
      // Not waited for: nothing was written on it.
      void context.close();
    }
  };
  return isQuery(args) ? executeUntilSteady(database, executeOnce, request.signal) : executeOnce();
}

function isQuery({ document, operationName }: ExecutionArgs): boolean {
  return getOperationAST(document, operationName)?.operation === "query";
}

async function executeUntilSteady(
  { retry, observer }: Database,
  execute: () => Promise<ExecutionResult>,
  signal: AbortSignal | undefined,
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
