import type { Logger } from "pino";
import { beforeAll, expect, onTestFinished } from "vitest";
import { createDatabase, type Database, type DatabaseOptions } from "../../src/db/database.ts";
import { composeObservers } from "../../src/db/observer.ts";
import { type AppOptions, createApp } from "../../src/http/app.ts";
import type { Authenticate } from "../../src/http/authentication.ts";
import { authenticateByHeader } from "../../src/http/header-authentication.ts";
import { measuring } from "../../src/metrics/measuring.ts";
import { findExampleId } from "../../src/sample/load.ts";
import { type Answer, readAnswer, type ShownError } from "./answer.ts";
import { collectLogLines, type LogLine } from "./log-lines.ts";
import { Statements } from "./statements.ts";
import { prepareStorage, type TestStorage } from "./storage.ts";

export interface SendOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly operationName?: string;
}

/** Somebody who asks the API. */
export class Client {
  readonly #fetch: AppFetch;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(fetch: AppFetch, headers: Readonly<Record<string, string>>) {
    this.#fetch = fetch;
    this.#headers = headers;
  }

  /** The whole answer. No error in it may say how data is stored. */
  async send<Data>(
    document: string,
    variables: object = {},
    options: SendOptions = {},
  ): Promise<Answer<Data>> {
    const { operationName } = options;
    const response = await this.#fetch("/graphql", {
      method: "POST",
      headers: { "content-type": "application/json", ...this.#headers, ...options.headers },
      body: JSON.stringify({ query: document, variables, operationName }),
    });
    return readAnswer(response);
  }

  /** The data of an answer without errors. */
  async query<Data>(document: string, variables: object = {}): Promise<Data> {
    const { data, errors } = await this.send<Data>(document, variables);
    if (errors.length > 0 || data === null || data === undefined)
      expect.fail(`expected data, got ${JSON.stringify(errors, null, 2)}`);
    return data;
  }

  /** The only error of an answer. */
  async refusal(document: string, variables: object = {}): Promise<ShownError> {
    const { data, errors } = await this.send(document, variables);
    const [error, ...more] = errors;
    if (error === undefined || more.length > 0)
      expect.fail(`expected one error, got ${JSON.stringify({ data, errors }, null, 2)}`);
    return error;
  }
}

/** Of tests that ask for more than a client may: by default a page of pages of pages of pages is refused for its cost. */
export const AT_ANY_COST = { limits: { maxCost: 1_000_000_000_000 } };

export type AppFetch = (path: string, init?: RequestInit) => Promise<Response>;

export interface TestApi {
  readonly store: TestStorage;
  /** What the API sends to the database, the store's own statements apart. */
  readonly statements: Statements;
  /** What the API logs. */
  readonly lines: LogLine[];
  /** The database layer under the API. */
  readonly database: Database;
  readonly app: ReturnType<typeof createApp>;
  /** Any request, by its path. */
  readonly fetch: AppFetch;
  asTenant(tenantId: string): Client;
  /** A tenant that no other test of the file knows. */
  newTenant(): Client & { readonly tenantId: string };
  readonly system: Client;
  /** Who comes without a tenant. */
  readonly nobody: Client;
  /** Another app on the same database file, with options of its own. */
  open(options?: ApiOptions): OpenedApi;
}

export interface ApiOptions
  extends Omit<DatabaseOptions, "logger" | "observer">,
    Pick<
      AppOptions,
      "limits" | "exposure" | "share" | "heavy" | "metrics" | "operationTimeoutMs" | "tracing"
    > {
  /** Default: by header. */
  readonly authenticate?: Authenticate;
  /** A logger other than that of `lines`. */
  readonly logger?: Logger;
  /** A database elsewhere, for one test. */
  readonly url?: string;
}

export type OpenedApi = Pick<
  TestApi,
  "statements" | "lines" | "database" | "app" | "fetch" | "asTenant" | "system" | "nobody"
>;

/** Gives a test file a database of its own and the API on it, driven in process. */
export function prepareApi(options: ApiOptions = {}): TestApi {
  const store = prepareStorage();
  let ready: OpenedApi | undefined;
  const opened = () => {
    if (ready === undefined) throw new Error("the API is there from beforeAll on");
    return ready;
  };
  beforeAll(() => {
    ready = openApi(store, options);
  });
  return {
    store,
    get statements() {
      return opened().statements;
    },
    get lines() {
      return opened().lines;
    },
    get database() {
      return opened().database;
    },
    get app() {
      return opened().app;
    },
    fetch: (path, init) => opened().fetch(path, init),
    asTenant: (tenantId) => opened().asTenant(tenantId),
    newTenant() {
      const { id: tenantId } = store.newTenant();
      return Object.assign(opened().asTenant(tenantId), { tenantId });
    },
    get system() {
      return opened().system;
    },
    get nobody() {
      return opened().nobody;
    },
    open: (more) => openApi(store, { ...options, ...more }),
  };
}

function openApi(store: TestStorage, options: ApiOptions): OpenedApi {
  const { limits, exposure, share, heavy, metrics, operationTimeoutMs, tracing, url, ...others } = options;
  const { authenticate = authenticateByHeader, ...databaseOptions } = others;
  const statements = new Statements();
  const { lines, logger: collecting } = collectLogLines();
  const logger = options.logger ?? collecting;
  const database = openDatabase(store, url, {
    ...databaseOptions,
    logger,
    observer: composeObservers(
      statements,
      metrics && measuring((measured) => metrics.countDatabase(measured, "main")),
    ),
  });
  const app = createApp({
    database,
    logger,
    authenticate,
    probe: store.openProbe(logger, url),
    limits,
    exposure,
    share,
    heavy,
    metrics,
    operationTimeoutMs,
    tracing,
    findExampleId: () => findExampleId(database),
  });
  const fetch: AppFetch = async (path, init) =>
    app.fetch(new Request(new URL(path, "http://localhost"), init));
  return {
    statements,
    lines,
    database,
    app,
    fetch,
    asTenant: (tenantId) => new Client(fetch, { "x-tenant-id": tenantId }),
    system: new Client(fetch, { "x-servo-role": "system" }),
    nobody: new Client(fetch, {}),
  };
}

function openDatabase(store: TestStorage, url: string | undefined, options: DatabaseOptions): Database {
  if (url === undefined) return store.openDatabase(options);
  const database = createDatabase(url, options);
  onTestFinished(() => database.close());
  return database;
}
