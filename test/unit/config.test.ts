import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { isLoopback } from "../../src/config/loopback.ts";
import { ConfigError } from "../../src/config/values.ts";
import { readConfig, variables } from "../../src/config.ts";
import { FREE_TEXT, WRONG_VALUES } from "../support/wrong-values.ts";

const names = Object.keys(variables.shape);

function refusal(environment: Record<string, string>): string {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error("it was not refused");
}

describe("a wrong value", () => {
  it("is tried of every variable", () => {
    expect([...Object.keys(WRONG_VALUES), ...FREE_TEXT].sort()).toEqual(names.sort());
  });

  it.each(Object.entries(WRONG_VALUES).flatMap(([name, values]) => values.map((value) => [name, value])))(
    "is refused in one line that names it, and repeats no password: %s=%j",
    (name = "", value = "") => {
      const message = refusal({ [name]: value });
      expect(message).toMatch(new RegExp(`^${name} must (?:be|not be) [^\\n]+$`));
      if (/_(?:URL|KEY|SECRET)$/.test(name)) expect(message).not.toContain(value);
    },
  );

  it("of one variable does not hide that of another", () => {
    expect(refusal({ POOL_MAX: "5", POOL_MIN: "6" })).toBe("POOL_MIN must not be greater than POOL_MAX");
    expect(refusal({ POOL_MAX: "x", POOL_MIN: "6" })).toMatch(/^POOL_MAX /);
  });
});

describe("an empty value", () => {
  it.each(names)("counts as absent: %s", (name) => {
    expect(readConfig({ [name]: "" })).toEqual(readConfig({}));
  });
});

describe("the values that are given", () => {
  it("are those that the program uses", () => {
    const given = {
      PORT: "0",
      HOST: "::1",
      DATABASE_URL: "postgresql://app:pass%20word@db/servo?sslmode=require",
      DATABASE_OWNER_URL: "postgres://owner@db/servo",
      DATA_DIR: "data",
      ALLOW_INSECURE_HEADER_AUTH: "1",
      MIGRATE_ON_START: "1",
      LOG_LEVEL: "debug",
      LOG_FORMAT: "json",
      SLOW_OPERATION_MS: "1",
      POOL_MAX: "2",
      POOL_MIN: "2",
      POOL_ACQUIRE_TIMEOUT_MS: "3",
      POOL_IDLE_TIMEOUT_MS: "4",
      POOL_MAX_LIFETIME_MS: "5",
      PREPARED_STATEMENTS: "0",
      STATEMENT_TIMEOUT_MS: "14",
      IDLE_IN_TRANSACTION_TIMEOUT_MS: "15",
      RETRY_ATTEMPTS: "6",
      RETRY_MIN_DELAY_MS: "7",
      RETRY_MAX_DELAY_MS: "8",
      RETRY_ON: "lock, connect",
      CIRCUIT_BREAKER_FAILURES: "16",
      CIRCUIT_BREAKER_PROBE_AFTER_MS: "17",
      TENANT_MAX_CONCURRENCY: "7",
      TENANT_MAX_WAITING: "8",
      HEAVY_WORKERS: "1",
      MAX_BODY_BYTES: "2048",
      MAX_TOKENS: "101",
      MAX_DEPTH: "102",
      MAX_ALIASES: "103",
      MAX_DIRECTIVES: "104",
      MAX_LIST_ITEMS: "105",
      MAX_IDS_PER_LOOKUP: "106",
      MAX_ENTITIES_PER_LOOKUP: "109",
      MAX_COST: "107",
      MAX_OPERATIONS_PER_REQUEST: "8",
      OPERATION_TIMEOUT_MS: "13",
      REQUEST_TIMEOUT_MS: "12",
      HEADERS_TIMEOUT_MS: "11",
      KEEP_ALIVE_TIMEOUT_MS: "10",
      CORS_ORIGINS: "https://ui.example, http://localhost:5173",
      INTROSPECTION: "0",
      FIELD_SUGGESTIONS: "0",
      GRAPHIQL: "0",
      TRUSTED_DOCUMENTS: "documents.json",
      TRUSTED_DOCUMENTS_ONLY: "1",
      METRICS_PORT: "0",
      METRICS_HOST: "0.0.0.0",
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318/",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_TIMEOUT: "13",
      OTEL_SERVICE_NAME: "catalogue",
      OTEL_RESOURCE_ATTRIBUTES: "team=data",
      OTEL_TRACES_SAMPLER: "traceidratio",
      OTEL_TRACES_SAMPLER_ARG: "0.25",
      SHUTDOWN_DELAY_MS: "8",
      SHUTDOWN_TIMEOUT_MS: "9",
    };
    expect(readConfig(given)).toEqual({
      port: 0,
      host: "::1",
      databaseUrl: given.DATABASE_URL,
      databaseOwnerUrl: given.DATABASE_OWNER_URL,
      dataDirectory: resolve("data"),
      authMode: "header",
      allowInsecureHeaderAuth: true,
      token: undefined,
      migrateOnStart: true,
      logLevel: "debug",
      logFormat: "json",
      tenantMaxConcurrency: 7,
      tenantMaxWaiting: 8,
      heavyWorkers: 1,
      limits: {
        maxBodyBytes: 2048,
        maxTokens: 101,
        maxDepth: 102,
        maxAliases: 103,
        maxDirectives: 104,
        maxListItems: 105,
        maxIdsPerLookup: 106,
        maxEntitiesPerLookup: 109,
        maxCost: 107,
        maxOperationsPerRequest: 8,
      },
      operationTimeoutMs: 13,
      timeouts: { requestTimeoutMs: 12, headersTimeoutMs: 11, keepAliveTimeoutMs: 10 },
      exposure: {
        corsOrigins: ["https://ui.example", "http://localhost:5173"],
        introspection: false,
        fieldSuggestions: false,
        graphiql: false,
        trustedDocumentsOnly: true,
      },
      trustedDocumentsFile: "documents.json",
      metrics: { port: 0, host: "0.0.0.0" },
      tracing: {
        url: "http://collector:4318/v1/traces",
        protocol: "http/json",
        timeoutMs: 13,
        attributes: { team: "data", "service.name": "catalogue" },
        sampler: "traceidratio",
        ratio: 0.25,
      },
      shutdownDelayMs: 8,
      shutdownTimeoutMs: 9,
      database: {
        slowOperationMs: 1,
        pool: { max: 2, min: 2, acquireTimeoutMs: 3, idleTimeoutMs: 4, maxLifetimeMs: 5 },
        preparedStatements: false,
        timeouts: { statementMs: 14, idleInTransactionMs: 15 },
        retry: { attempts: 6, minDelayMs: 7, maxDelayMs: 8, kinds: ["lock", "connect"] },
        circuitBreaker: { failures: 16, probeAfterMs: 17 },
      },
    });
  });

  it("NODE_ENV=production makes JSON the form of the log, unless LOG_FORMAT says otherwise", () => {
    expect(readConfig({}).logFormat).toBe("pretty");
    expect(readConfig({ NODE_ENV: "production" }).logFormat).toBe("json");
    expect(readConfig({ NODE_ENV: "production", LOG_FORMAT: "pretty" }).logFormat).toBe("pretty");
  });
});

describe("traces", () => {
  const on = { OTEL_EXPORTER_OTLP_ENDPOINT: "https://collector.example/otlp" };

  it("are off until an endpoint is named, and where they are switched off", () => {
    expect(readConfig({ OTEL_SERVICE_NAME: "a", OTEL_TRACES_SAMPLER: "always_on" }).tracing).toBeUndefined();
    for (const off of ["true", "TRUE"])
      expect(readConfig({ ...on, OTEL_SDK_DISABLED: off }).tracing).toBeUndefined();
    expect(readConfig({ ...on, OTEL_SDK_DISABLED: "False" }).tracing).toBeDefined();
  });

  it.each([
    ["https://collector.example", "", "https://collector.example/v1/traces"],
    ["https://collector.example/otlp/", "", "https://collector.example/otlp/v1/traces"],
    ["https://collector.example/?key=1", "", "https://collector.example/v1/traces?key=1"],
    ["https://collector.example", "http://other/in", "http://other/in"],
    ["", "http://other/in", "http://other/in"],
  ])("go to what %j and %j name", (base, whole, url) => {
    const given = { OTEL_EXPORTER_OTLP_ENDPOINT: base, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: whole };
    expect(readConfig(given).tracing).toMatchObject({ url, protocol: "http/protobuf", timeoutMs: 3000 });
  });

  it.each([
    ["", "", { "service.name": "servo-storage" }],
    ["", "service.name=other", { "service.name": "other" }],
    ["own", "service.name=other", { "service.name": "own" }],
    ["", " a = b%20c , d=e=f,", { a: "b c", d: "e=f", "service.name": "servo-storage" }],
  ])("name their service, and what else is known of it: %j, %j", (name, attributes, known) => {
    const given = { ...on, OTEL_SERVICE_NAME: name, OTEL_RESOURCE_ATTRIBUTES: attributes };
    expect(readConfig(given).tracing?.attributes).toEqual(known);
  });
});

it("NODE_ENV=production gives a load balancer time before the program stops to accept", () => {
  expect(readConfig({}).shutdownDelayMs).toBe(0);
  expect(readConfig({ NODE_ENV: "production" }).shutdownDelayMs).toBe(5000);
  expect(readConfig({ NODE_ENV: "production", SHUTDOWN_DELAY_MS: "0" }).shutdownDelayMs).toBe(0);
});

it("nothing is measured unless METRICS_PORT says where that is to be read, which is on this machine alone by default", () => {
  expect(readConfig({ METRICS_HOST: "0.0.0.0" }).metrics).toBeUndefined();
  expect(readConfig({ METRICS_PORT: "9464" }).metrics).toEqual({ port: 9464, host: "127.0.0.1" });
});

it("NODE_ENV=production hides the schema and GraphiQL, unless they are switched on", () => {
  const shown = { introspection: true, fieldSuggestions: true, graphiql: true };
  const hidden = { introspection: false, fieldSuggestions: false, graphiql: false };
  const on = { INTROSPECTION: "1", FIELD_SUGGESTIONS: "1", GRAPHIQL: "1" };
  expect(readConfig({}).exposure).toMatchObject(shown);
  expect(readConfig({ NODE_ENV: "production" }).exposure).toMatchObject(hidden);
  expect(readConfig({ NODE_ENV: "production", ...on }).exposure).toMatchObject(shown);
});

describe("a loopback address", () => {
  it.each(["localhost", "127.0.0.1", "127.1.2.3", "::1", "[::1]"])("is %s", (host) => {
    expect(isLoopback(host)).toBe(true);
  });

  it.each(["0.0.0.0", "::", "localhost.example.com", "127.0.0.1.example.com", "10.0.0.1", "127.1", ""])(
    "is not %s",
    (host) => {
      expect(isLoopback(host)).toBe(false);
    },
  );
});
