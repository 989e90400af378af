import { createHash } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { withClient } from "../setup/connection.ts";
import { readAnswer } from "../support/answer.ts";
import { untilBlocked } from "../support/concurrency.ts";
import { prepareProgram } from "../support/program.ts";
import { prepareStorage } from "../support/storage.ts";

// What the options do is tested elsewhere: here, that the program hands on what its environment says of them.
const test = prepareProgram();
const storage = prepareStorage();

const LIGHT = "{ workflows { totalCount } }";
// So heavy that it is never taken for light, however small its answers.
const HEAVY = "{ assets(first: 1000) { nodes { id name tenantId description } } }";
const UI = "https://ui.example";
const hashOf = (document: string) => createHash("sha256").update(document).digest("hex");

async function serve(environment: Readonly<Record<string, string>>): Promise<string> {
  const file = join(test.folder(), "documents.json");
  writeFileSync(file, JSON.stringify(Object.fromEntries([LIGHT, HEAVY].map((text) => [hashOf(text), text]))));
  const { url } = await test.serve({
    DATABASE_URL: storage.database.applicationUrl,
    NODE_ENV: "production",
    AUTH_MODE: "header",
    TRUSTED_DOCUMENTS: file,
    TENANT_MAX_CONCURRENCY: "1",
    TENANT_MAX_WAITING: "0",
    ...environment,
  });
  return url;
}

const post = (url: string, body: object, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-tenant-id": "acme", ...headers },
    body: JSON.stringify(body),
  });
const ask = async (url: string, query: string) => readAnswer(await post(url, { query }));
const askTrusted = async (url: string, document: string) =>
  readAnswer(await post(url, { documentId: hashOf(document) }));

/** What is told of another light query, and of a heavy one, while a light one holds all that its tenant may have. */
async function besideLight(url: string) {
  return withClient(storage.database.ownerUrl, async (owner) => {
    await owner.query("BEGIN; LOCK TABLE workflows IN ACCESS EXCLUSIVE MODE");
    const held = askTrusted(url, LIGHT);
    await untilBlocked(storage.database);
    const told = { light: await askTrusted(url, LIGHT), heavy: await askTrusted(url, HEAVY) };
    await owner.query("COMMIT");
    expect(await held).toMatchObject({ status: 200, errors: [] });
    return told;
  });
}
const ANSWERED = { status: 200, data: { assets: { nodes: [] } }, errors: [] };
const MAY_NOT_WAIT = { errors: [{ message: expect.stringContaining("(TENANT_MAX_WAITING)") }] };

describe("a program in production", () => {
  let url: string;
  beforeAll(async () => {
    url = await serve({
      MAX_DEPTH: "6",
      MAX_BODY_BYTES: "4096",
      HEADERS_TIMEOUT_MS: "1000",
      CORS_ORIGINS: UI,
      HEAVY_WORKERS: "1",
    });
  });

  it("keeps its limits", async () => {
    expect(await ask(url, `${"{ a ".repeat(7)}${"}".repeat(7)}`)).toMatchObject({
      status: 400,
      errors: [{ message: expect.stringContaining("(MAX_DEPTH)") }],
    });
    expect(await ask(url, `{ __typename } # ${"x".repeat(4096)}`)).toMatchObject({
      status: 413,
      errors: [{ message: expect.stringContaining("4096 bytes (MAX_BODY_BYTES)") }],
    });
  });

  it("hangs up on slow headers", async () => {
    const { hostname, port } = new URL(url);
    const begun = performance.now();
    const socket = connect(Number(port), hostname);
    socket.resume().write("POST /graphql HTTP/1.1\r\n");
    await once(socket, "close");
    // Unless it is told, after 10 s.
    expect(performance.now() - begun).toBeLessThan(8000);
  });

  it("keeps its schema to itself, and has no page", async () => {
    expect((await ask(url, "{ __schema { __typename } }")).errors).toMatchObject([
      { message: expect.stringContaining("INTROSPECTION is off") },
    ]);
    expect((await ask(url, "{ asets { totalCount } }")).errors).toMatchObject([
      { message: 'Cannot query field "asets" on type "Query".' },
    ]);
    const page = await fetch(`${url}/graphql`, { headers: { accept: "text/html" } });
    expect(page.status).toBe(404);
  });

  it("answers the pages of an origin that is allowed", async () => {
    const response = await post(url, { query: "{ __typename }" }, { origin: UI });
    expect(response.headers.get("access-control-allow-origin")).toBe(UI);
    expect((await readAnswer(response)).status).toBe(200);
  });

  it("knows the trusted documents, and answers others", async () => {
    expect(await askTrusted(url, HEAVY)).toMatchObject(ANSWERED);
    expect(await ask(url, HEAVY)).toMatchObject(ANSWERED);
  });

  it("lets a tenant have its share, and heavy queries a thread", async () => {
    expect(await besideLight(url)).toMatchObject({ light: MAY_NOT_WAIT, heavy: ANSWERED });
  });
});

describe("a program without threads, for trusted documents alone", () => {
  let url: string;
  beforeAll(async () => {
    url = await serve({ TRUSTED_DOCUMENTS_ONLY: "1", HEAVY_WORKERS: "0" });
  });

  it("refuses all others", async () => {
    expect(await askTrusted(url, HEAVY)).toMatchObject(ANSWERED);
    expect(await ask(url, HEAVY)).toMatchObject({ status: 403, data: undefined });
  });

  it("has heavy queries wait with the light ones", async () => {
    expect(await besideLight(url)).toMatchObject({ light: MAY_NOT_WAIT, heavy: MAY_NOT_WAIT });
  });
});
