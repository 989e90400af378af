import { SpanKind, type SpanOptions, trace } from "@opentelemetry/api";
import type { DatabaseObserver, DatabaseWork } from "../db/observer.ts";
import { codeOf, inSpan } from "./in-span.ts";

/**
 * Shows what a database is asked to do in OpenTelemetry's traces: a span for each method of a repository, within it one for
 * each of its statements, and one for the wait for a connection. They tell names, never values or SQL. Spans go to whatever
 * SDK the program has registered; without one there are none.
 *
 * ```ts
 * const storage = new PostgresStorage(url, { observer: tracingObserver() });
 * ```
 */
export function tracingObserver(): DatabaseObserver {
  return {
    around(work, run) {
      const { name, options } = spanOf(work);
      return inSpan(name, options, async (span) => {
        try {
          return await run();
        } catch (error) {
          const code = work.kind === "statement" ? codeOf(error) : undefined;
          if (code !== undefined) span.setAttribute("db.response.status_code", code);
          throw error;
        }
      });
    },
    retrying(kind) {
      trace.getActiveSpan()?.addEvent("retry", { "servo.retry.kind": kind });
    },
  };
}

function spanOf(work: DatabaseWork): { readonly name: string; readonly options: SpanOptions } {
  if (work.kind === "acquire") return { name: "pool.acquire", options: {} };
  const { name } = work;
  if (work.kind === "operation") return { name, options: {} };
  const attributes = { "db.system.name": "postgresql", "db.operation.name": name, "db.query.summary": name };
  return { name, options: { kind: SpanKind.CLIENT, attributes } };
}
