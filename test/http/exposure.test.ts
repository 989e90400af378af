import { createHash } from "node:crypto";
import { getIntrospectionQuery } from "graphql";
import { describe, expect, it } from "vitest";
import { readAnswer } from "../support/answer.ts";
import { prepareApi } from "../support/graphql.ts";

const api = prepareApi();

describe("where introspection is off", () => {
  it.each([
    ["all of it", getIntrospectionQuery()],
    ["its types", "{ __schema { queryType { name } } }"],
    ["one type", '{ __type(name: "Query") { name } }'],
    ["as gateways read it", "{ _service { sdl } }"],
    ["that there is one for gateways", "{ _service { __typename } }"],
    ["by a fragment", '{ ...F } fragment F on Query { a: __type(name: "Asset") { fields { name } } }'],
  ])("the schema is not told: %s", async (_, document) => {
    const client = api.open({ exposure: { introspection: false } }).asTenant("acme");
    const { status, data, errors } = await client.send(document);
    expect({ status, data }).toEqual({ status: 403, data: undefined });
    for (const error of errors)
      expect(error).toMatchObject({
        message: "The schema is not told here: INTROSPECTION is off.",
        extensions: { code: "FORBIDDEN" },
      });
  });

  it("all else is answered, the names of types too", async () => {
    const client = api.open({ exposure: { introspection: false } }).asTenant("acme");
    expect(await client.query("{ __typename assets { __typename totalCount } }")).toEqual({
      __typename: "Query",
      assets: { __typename: "QueryAssetsConnection", totalCount: 0 },
    });
  });
});

describe("where suggestions are off, none is made for", () => {
  const Ask = "query ($filter: AssetFilter) { assets(filter: $filter) { totalCount } }";
  it.each<[what: string, document: string, variables?: object]>([
    ["a field", "{ assetz { totalCount } }"],
    ["an argument", "{ assets(frist: 1) { totalCount } }"],
    ["a type", "query ($f: AssetFilterz) { assets(filter: $f) { totalCount } }"],
    ["an enum's value", "{ assets(filter: { scope: OWNN }) { totalCount } }"],
    ["an input's field", "{ assets(filter: { scop: OWN }) { totalCount } }"],
    ["an enum's value in variables", Ask, { filter: { scope: "OWNN" } }],
    ["an input's field in variables", Ask, { filter: { scop: "OWN" } }],
  ])("%s", async (_, document, variables) => {
    const told = await api.asTenant("acme").send(document, variables);
    const hidden = await api
      .open({ exposure: { fieldSuggestions: false } })
      .asTenant("acme")
      .send(document, variables);
    expect(JSON.stringify(told.errors)).toContain("Did you mean");
    expect(JSON.stringify(hidden.errors)).not.toContain("Did you mean");
    expect(hidden.errors.map(({ extensions }) => extensions)).toEqual(
      told.errors.map(({ extensions }) => extensions),
    );
  });
});

it("where GraphiQL is off, browsers find no page, and programs the API", async () => {
  const { fetch } = api.open({ exposure: { graphiql: false } });
  const page = await fetch("/graphql", { headers: { accept: "text/html" } });
  expect({ status: page.status, body: await page.text() }).toEqual({ status: 404, body: "" });
  expect((await readAnswer(await fetch("/graphql?query={__typename}"))).status).toBe(200);
});

describe("trusted documents", () => {
  const Names = "query Names($first: Int) { assets(first: $first) { nodes { name } } }";
  const hash = createHash("sha256").update(Names).digest("hex");
  const trustedDocuments = new Map([[hash, Names]]);
  const open = (trustedDocumentsOnly = false) =>
    api.open({ exposure: { trustedDocuments, trustedDocumentsOnly } });
  const post = (body: object): RequestInit => ({
    method: "POST",
    headers: { "content-type": "application/json", "x-tenant-id": "acme" },
    body: JSON.stringify(body),
  });
  const persisted = (sha256Hash: unknown) => ({ extensions: { persistedQuery: { version: 1, sha256Hash } } });

  it.each<[what: string, body: object]>([
    ["extensions.persistedQuery", persisted(hash)],
    ["documentId", { documentId: hash }],
    ["documentId with its prefix", { documentId: `sha256:${hash}` }],
  ])("are asked for by %s, with variables", async (_, body) => {
    for (const only of [false, true]) {
      const given = post({ ...body, variables: { first: 1 }, operationName: "Names" });
      expect(await readAnswer(await open(only).fetch("/graphql", given))).toMatchObject({
        status: 200,
        data: { assets: { nodes: [] } },
      });
    }
  });

  it("are asked for by GET too", async () => {
    const extensions = encodeURIComponent(JSON.stringify(persisted(hash).extensions));
    const path = `/graphql?extensions=${extensions}&variables={"first":1}`;
    expect((await readAnswer(await open(true).fetch(path))).data).toEqual({ assets: { nodes: [] } });
  });

  it("their variables are checked as any others", async () => {
    const given = post({ documentId: hash, variables: { first: "x" } });
    expect((await readAnswer(await open(true).fetch("/graphql", given))).errors).toMatchObject([
      { extensions: { code: "BAD_USER_INPUT", inputPath: ["first"] } },
    ]);
  });

  it("that are not known are refused", async () => {
    for (const [body, inputPath] of [
      [persisted("0".repeat(64)), ["extensions", "persistedQuery", "sha256Hash"]],
      [{ documentId: "constructor" }, ["documentId"]],
    ] as const) {
      expect(await readAnswer(await open().fetch("/graphql", post(body)))).toMatchObject({
        status: 400,
        data: undefined,
        errors: [
          {
            message: expect.stringMatching(/ is not the hash of a trusted document$/),
            extensions: { code: "BAD_USER_INPUT", inputPath },
          },
        ],
      });
    }
  });

  it.each<[what: string, body: object]>([
    ["a document of the client's own", { query: "{ __typename }" }],
    ["a known document as text", { query: Names }],
    ["a document with a hash to know it by", { query: "{ __typename }", ...persisted(hash) }],
    ["nothing", {}],
    ["a hash that is none", persisted(7)],
  ])("alone are executed where that is wanted, and not %s", async (_, body) => {
    const { fetch, statements } = open(true);
    expect(await readAnswer(await fetch("/graphql", post(body)))).toMatchObject({
      status: 403,
      data: undefined,
      errors: [{ extensions: { code: "FORBIDDEN" } }],
    });
    expect(statements.sent).toEqual([]);
  });

  it("a client cannot make one known", async () => {
    const { fetch } = open();
    const own = "{ __typename }";
    const ownHash = createHash("sha256").update(own).digest("hex");
    const answer = await readAnswer(await fetch("/graphql", post({ query: own, ...persisted(ownHash) })));
    expect(answer.data).toEqual({ __typename: "Query" });
    expect((await readAnswer(await fetch("/graphql", post(persisted(ownHash))))).status).toBe(400);
  });

  it.each([[null], ["x"], [{ extensions: "x" }], [{ extensions: { persistedQuery: null } }]])(
    "a request of another shape is refused as ever: %j",
    async (body) => {
      const answer = await readAnswer(await open().fetch("/graphql", post(body as object)));
      expect(answer.data).toBeUndefined();
      expect(answer.errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);
    },
  );
});
