import { parentPort, workerData } from "node:worker_threads";
import { execute, parse } from "graphql";
import { pino } from "pino";
import { createDatabase } from "../../db/database.ts";
import type { StorageLogger } from "../../logger.ts";
import { schema } from "../../modules/schema.ts";
import { withCodes } from "../error-codes.ts";
import { executeAsTenant } from "../tenant-execution.ts";
import type { FromWorker, HeavyJob, ToWorker, WorkerData } from "./job.ts";

// A thread that executes heavy operations, one at a time, on a connection of its own.
const { url, options } = workerData as WorkerData;
const logger = postingLogger();
const database = createDatabase(url, { ...options, logger });

parentPort?.on("message", async (told: ToWorker) => {
  if (told !== "close") {
    const json = new TextEncoder().encode(await answer(told));
    // Given away, not copied: 5 MB would keep the main thread busy for 7 ms.
    return post({ answer: json }, json.buffer);
  }
  parentPort?.close();
  await database.close();
});

/** As the main thread would answer. */
async function answer({ document, operationName, variables, principal, requestId }: HeavyJob) {
  const args = { schema, document: parse(document), operationName, variableValues: variables };
  const result = await executeAsTenant(database, { principal, logger }, args, execute);
  return JSON.stringify(withCodes(result, { requestId, logger }));
}

function post(message: FromWorker, ...given: ArrayBuffer[]): void {
  parentPort?.postMessage(message, given);
}

/** Lines go to the main thread, which knows the request that they belong to. */
function postingLogger(): StorageLogger {
  const at = (level: keyof StorageLogger) => (fields: object, message: string) => {
    const { error } = fields as { error?: unknown };
    const shown = error instanceof Error ? { ...fields, error: pino.stdSerializers.err(error) } : fields;
    post({ level, fields: JSON.stringify(shown), message });
  };
  return { error: at("error"), warn: at("warn"), info: at("info"), debug: at("debug") };
}
