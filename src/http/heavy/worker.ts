import { readlinkSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { basename } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { type DocumentNode, type ExecutionResult, GraphQLError, parse } from "graphql";
import { createDatabase } from "../../db/database.ts";
import { composeObservers } from "../../db/observer.ts";
import { describeError } from "../../described-error.ts";
import { AbandonedError, LimitExceededError } from "../../errors.ts";
import type { StorageLogger } from "../../logger.ts";
import { measuring } from "../../metrics/measuring.ts";
import { schema } from "../../modules/schema.ts";
import type { TraceCarrier } from "../../tracing/moment.ts";
import type { TracingOptions } from "../../tracing/options.ts";
import { createDocumentCache } from "../document-cache.ts";
import { errorCodesOf, withCodes } from "../error-codes.ts";
import { poolLoad } from "../load.ts";
import { tooLong } from "../operation-signal.ts";
import { executeAsTenant } from "../tenant-execution.ts";
import type { FromWorker, NumberedJob, ToWorker, WorkerData } from "./job.ts";

// A thread that executes heavy operations, one at a time, on a connection of its own.
const { url, options, measures, tracing } = workerData as WorkerData;
const traces = tracing === undefined ? undefined : await startTraces(tracing);
const measuringObserver = measures ? measuring((measured) => post({ measured })) : undefined;
const observer = composeObservers(traces?.observer, measuringObserver);
const database = createDatabase(url, { ...options, observer, logger: postingLogger() });

const documents = createDocumentCache<DocumentNode>();

let running = new AbortController();

if (measures) tellLoad();
yieldToOthers();

parentPort?.on("message", async (told: ToWorker) => {
  if (told === "close") {
    await database.close();
    await traces?.end();
    // Last: until then there may be something to tell.
    return parentPort?.close();
  }
  if ("abort" in told) return running.abort(told.abort === "late" ? tooLong() : new AbandonedError());
  running = new AbortController();
  const { signal } = running;
  const answered = await (traces?.run(told.trace, () => answer(told, signal)) ?? answer(told, signal));
  if (answered === undefined) return post({ refused: true });
  const { json, errorCodes } = answered;
  const written = new TextEncoder().encode(json);
  // Given away, not copied: 5 MB would keep the main thread busy for 7 ms.
  return post({ answer: written, errorCodes }, written.buffer);
});

/** Where there are fewer cores than threads, the main thread goes first. Only Linux gives a thread a priority of its own. */
function yieldToOthers(): void {
  try {
    const thread = Number(basename(readlinkSync("/proc/thread-self")));
    setPriority(thread, constants.priority.PRIORITY_LOW);
  } catch {
    // Elsewhere it has that of the others.
  }
}

/** Tells how the pool is used whenever that changes, because nobody could ask while an operation is executed. */
function tellLoad(): void {
  const { pool } = database;
  // At the event itself the change is under way.
  for (const event of ["connect", "acquire", "release", "remove"] as const)
    pool.on(event, () => queueMicrotask(() => post({ pool: poolLoad(pool) })));
}

/** Loaded only where it is needed, as in the main thread. Spans go to the collector from here. */
async function startTraces(to: TracingOptions) {
  const [{ continueTrace, traceFields }, { tracingObserver }, { startTracing }] = await Promise.all([
    import("../../tracing/moment.ts"),
    import("../../tracing/observer.ts"),
    import("../../tracing/start.ts"),
  ]);
  return {
    observer: tracingObserver(),
    run: <T>(trace: TraceCarrier | undefined, work: () => T) => continueTrace(trace ?? {}, work),
    fields: traceFields,
    end: startTracing(to, postingLogger()),
  };
}

/** As the main thread would answer; undefined where nothing is executed, as for variables that do not fit. */
async function answer(
  { document, operationName, variables, principal, requestId, number }: NumberedJob,
  signal: AbortSignal,
) {
  const logger = postingLogger(number);
  const show = (result: ExecutionResult) => {
    const shown = withCodes(result, { requestId, logger });
    return { json: JSON.stringify(shown), errorCodes: errorCodesOf(shown) };
  };
  const variableValues = JSON.parse(variables) as Record<string, unknown>;
  const args = { schema, document: parsed(document), operationName, variableValues };
  try {
    const result = await executeAsTenant(database, { principal, logger, signal }, args);
    return "data" in result ? show(result) : undefined;
  } catch (error) {
    // No string is longer than half a billion characters.
    const known = error instanceof RangeError ? new LimitExceededError("The answer is too long.") : error;
    return show({ errors: [new GraphQLError("", { originalError: known as Error })], data: null });
  }
}

/** The same document for the same text, so that what is planned of it is found again. */
function parsed(text: string): DocumentNode {
  const document = documents.get(text) ?? parse(text);
  documents.set(text, document);
  return document;
}

function post(message: FromWorker, ...given: ArrayBuffer[]): void {
  parentPort?.postMessage(message, given);
}

/** Lines go to the main thread, which knows the request that they belong to. */
function postingLogger(job?: number): StorageLogger {
  const at = (level: keyof StorageLogger) => (fields: object, message: string) => {
    const { error } = fields as { error?: unknown };
    const shown = { ...traces?.fields(), ...fields, error: describeError(error) };
    post({ level, fields: JSON.stringify(shown), message, job });
  };
  return { error: at("error"), warn: at("warn"), info: at("info"), debug: at("debug") };
}
