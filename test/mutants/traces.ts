import { inArea, type Mutant } from "./mutant.ts";

const TRACES = "test/commands/traces.test.ts";
const LOGGER = "test/unit/logger.test.ts";

/** What traces and the log tell, and of whom. */
export const TRACE_MUTANTS: readonly Mutant[] = inArea("traces", [
  {
    name: "statement-traced-with-its-sql",
    file: "src/tracing/observer.ts",
    from: '"db.query.summary": name }',
    to: '"db.query.summary": work.sql }',
    killer: { file: TRACES, test: "holds its operation, that the calls of repositories" },
  },
  {
    name: "address-traced-with-its-query",
    file: "src/http/request-tracing.ts",
    from: '"url.path": pathname,',
    to: '"url.path": request.url,',
    killer: { file: TRACES, test: "is there for what is no operation, but not for probes" },
  },
  {
    name: "thread-begins-a-trace",
    file: "src/http/heavy/workers.ts",
    from: "trace: this.#options.traceCarrier?.()",
    to: "trace: undefined",
    killer: { file: TRACES, test: "is continued by the thread that executes it" },
  },
  {
    name: "idle-connection-traced-with-who-opened-it",
    file: "src/db/pool.ts",
    from: "AsyncResource.bind(tellLoss)",
    to: "tellLoss",
    killer: { file: TRACES, test: "do not take in what happens to a connection that a request has opened" },
  },
  {
    name: "every-lost-batch-logged",
    file: "src/tracing/delivery.ts",
    from: "code === ExportResultCode.FAILED && lost === 0",
    to: "code === ExportResultCode.FAILED",
    killer: {
      file: "test/commands/trace-delivery.test.ts",
      test: "one that refuses connections is told of once",
    },
  },
  {
    name: "database-error-logged-with-its-detail",
    file: "src/described-error.ts",
    from: '["code",',
    to: '["detail", "code",',
    killer: { file: LOGGER, test: "of the database what names its rule, and nothing that quotes a row" },
  },
  {
    name: "secrets-logged-within-fields",
    file: "src/logger.ts",
    from: "return withoutSecrets(value as Record<string, unknown>, depth);",
    to: "return value;",
    killer: { file: LOGGER, test: "what is given to the logger by mistake is not told" },
  },
  {
    name: "refusal-logged-without-its-reason",
    file: "src/http/error-codes.ts",
    from: "record.refusal ??= refusalIn(fit);",
    to: "",
    killer: { file: "test/http/tokens.test.ts", test: "a token is refused that" },
  },
]);
