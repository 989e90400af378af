import { type ExecutionArgs, type ExecutionResult, getOperationAST } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { Database } from "../db/database.ts";
import { withRetry } from "../db/retry.ts";
import { UnavailableError } from "../errors.ts";
import { Context } from "../graphql/context.ts";
import { logResultBy, recordOf } from "./request-record.ts";
import { rootCause } from "./root-cause.ts";

/**
 * Executes each operation on a view of the data that is bound to its principal's tenant, and ends its transaction before
 * the response is written. A query that fails for a reason outside it is executed anew, with new loaders; a
 * mutation is not, because its fields run in transactions of their own, which are tried again one by one.
 */
export function useTenantExecution(database: Database): Plugin {
  return {
    onExecute({ args, executeFn, setExecuteFn }) {
      const record = recordOf(args.contextValue.request);
      const { principal, operationLoggers } = record;
      const logger = operationLoggers.at(-1) ?? record.logger;
      if (principal === undefined) throw new Error("authentication must come before execution");
      const isQuery = getOperationAST(args.document, args.operationName)?.operation === "query";

      const execute = async (executionArgs: ExecutionArgs): Promise<ExecutionResult> => {
        const context = new Context(database, { principal, logger });
        try {
          const result = (await executeFn({ ...executionArgs, contextValue: context })) as ExecutionResult;
          logResultBy(result, logger);
          return result;
        } finally {
          // Not waited for: nothing was written on it.
          void context.close();
        }
      };
      setExecuteFn(
        isQuery ? (executionArgs) => executeUntilSteady(database, () => execute(executionArgs)) : execute,
      );
    },
  };
}

async function executeUntilSteady(database: Database, execute: () => Promise<ExecutionResult>) {
  let result: ExecutionResult | undefined;
  try {
    return await withRetry(database.retry, true, async () => {
      result = await execute();
      const unavailable = result.errors?.map(rootCause).find((cause) => cause instanceof UnavailableError);
      if (unavailable !== undefined) throw unavailable;
      return result;
    });
  } catch (error) {
    // The tries are spent: the last answer tells what could be read and what could not.
    if (result !== undefined && error instanceof UnavailableError) return result;
    throw error;
  }
}
