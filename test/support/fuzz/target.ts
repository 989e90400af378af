import { afterAll, beforeAll, expect, vi } from "vitest";
import type { ErrorCode } from "../../../src/errors.ts";
import { type HttpServer, listen } from "../../../src/http/server.ts";
import { parseEnvelope, wordsOfTheStore } from "../answer.ts";
import { prepareApi, type TestApi } from "../graphql.ts";
import { readersRows, resetCatalogue } from "./catalogue.ts";
import type { FuzzRequest } from "./request.ts";

/** What a client may be told whatever it sends; all but those that say that something here is wrong. */
const EXPECTED_CODES: readonly (ErrorCode | undefined)[] = [
  ...(["UNAUTHENTICATED", "FORBIDDEN", "BAD_USER_INPUT", "NOT_FOUND", "CONFLICT", "LIMIT_EXCEEDED"] as const),
];

/** What came of a request. */
export interface Reply {
  readonly status: number;
  /** Whether it got as far as the resolvers. */
  readonly executed: boolean;
  readonly codes: readonly string[];
}

/** The API with a small catalogue, to be sent anything. */
export interface FuzzTarget {
  /** @throws where the API breaks a promise that it keeps whatever it is sent */
  send(request: FuzzRequest): Promise<Reply>;
  /** Makes the catalogue anew. */
  reset(): Promise<void>;
  /** Fails unless the API still works, nothing is held, and the reader's rows are as they were. */
  expectUnharmed(): Promise<void>;
}

/** Gives a test file a target of its own. */
export function prepareTarget(): FuzzTarget {
  // A machine under load makes operations slow, and they would be logged.
  const api = prepareApi({ pool: { max: 2 }, slowOperationMs: 86_400_000 });
  let server: HttpServer | undefined;
  let stored: readonly object[] = [];
  const reset = async () => {
    await expectIdle(api);
    await resetCatalogue(api.store.database);
    stored = await readersRows(api.store.database);
  };
  beforeAll(async () => {
    server = await listen(api.app, { host: "127.0.0.1", port: 0 });
    await reset();
  });
  afterAll(() => server?.close(1000));

  return {
    async send(request) {
      const { method, path, headers, body = null } = request;
      // They would pile up.
      api.lines.length = 0;
      api.statements.sent.length = 0;
      const start = request.via === "socket" ? fetchFrom(server?.url ?? "") : api.fetch;
      const response = await start(path, { method, headers, body, redirect: "manual" });
      const answer = { status: response.status, text: await response.text() };
      expectNothingUnforeseen(api);
      return expectPromisesKept(request, response.headers.get("content-type") ?? "", answer);
    },
    reset,
    async expectUnharmed() {
      await expectIdle(api);
      expect(await readersRows(api.store.database)).toEqual(stored);
      await api.system.query("{ assets(first: 1) { nodes { id } } }");
    },
  };
}

const fetchFrom = (base: string) => (path: string, init: RequestInit) => fetch(base + path, init);

function expectPromisesKept(
  request: FuzzRequest,
  contentType: string,
  { status, text }: { readonly status: number; readonly text: string },
): Reply {
  expect(status, text).toBeLessThan(500);
  // GraphiQL is one page that is the same for all.
  if (contentType.startsWith("text/html")) return { status, executed: false, codes: [] };
  // As events, an answer is the data of one.
  const json = /event-stream/.test(contentType) ? (/^data: (\{.*)$/m.exec(text)?.[1] ?? "") : text;
  if (!/json|event-stream/.test(contentType) || json === "") {
    expect(unasked(text, request)).toEqual([]);
    expect(text).not.toContain("INTERNAL_SERVER_ERROR");
    return { status, executed: false, codes: [] };
  }
  if (request.path.startsWith("/health/")) return { status, executed: false, codes: [] };
  const { data, errors = [] } = parseEnvelope(json);
  for (const { message, path, extensions } of errors) {
    expect(EXPECTED_CODES, message).toContain(extensions.code);
    expect(unasked(message, request)).toEqual([]);
    if (path !== undefined && extensions.code === "BAD_USER_INPUT")
      expect(extensions.inputPath, message).toBeDefined();
  }
  return { status, executed: data !== undefined, codes: errors.map(({ extensions }) => extensions.code) };
}

/** Words of the store that the client did not say itself. */
function unasked(text: string, { path, headers, body = "" }: FuzzRequest): readonly string[] {
  const parameters = [...new URL(path, "http://localhost").searchParams.values()];
  const said = [path, ...parameters, ...Object.values(headers), body].join(" ").toLowerCase();
  return wordsOfTheStore(text).filter((word) => !said.includes(word.toLowerCase()));
}

/** What the API logs as wrong is wrong, whatever it has answered. */
function expectNothingUnforeseen({ lines }: TestApi): void {
  const wrong = lines.filter(({ level }) => level === "ERROR" || level === "FATAL");
  expect(wrong, JSON.stringify(wrong)).toEqual([]);
}

/** A read's connection comes back after its answer. */
async function expectIdle({ database: { pool } }: TestApi): Promise<void> {
  const free = () => expect([pool.idleCount, pool.waitingCount]).toEqual([pool.totalCount, 0]);
  await vi.waitFor(free, { timeout: 10_000 });
}
