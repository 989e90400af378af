import { describe, expect, it } from "vitest";
import { UnauthenticatedError } from "../../src/errors.ts";
import { readAnswer } from "../support/answer.ts";
import { prepareApi } from "../support/graphql.ts";

const api = prepareApi({ limits: { maxBodyBytes: 4096 } });

const JSON_TYPE = "application/json";
const GRAPHQL_TYPE = "application/graphql-response+json";

const post = (body: string, headers: Record<string, string> = {}): RequestInit => ({
  method: "POST",
  headers: { "content-type": JSON_TYPE, "x-tenant-id": "acme", ...headers },
  body,
});

const asking = (query: unknown, more: object = {}) => JSON.stringify({ query, ...more });

describe("a request that is none is refused with its status, whatever its client accepts:", () => {
  it.each([
    ["an empty body", "", "POST body sent invalid JSON."],
    ["what is not JSON", '{ "query": ', "POST body sent invalid JSON."],
    ["null", "null", "POST body is expected to be object but received null"],
    ["a number", "7", "POST body is expected to be object but received number"],
    ["a query that is no text", asking(7), 'Expected "query" param to be a string, but given number.'],
    [
      "variables that are a list",
      asking("{ __typename }", { variables: [] }),
      'Expected "variables" param to be empty or an object, but given array.',
    ],
    [
      "a parameter of its own",
      asking("{ __typename }", { tenant: "a" }),
      'Unexpected parameter "tenant" in the request body.',
    ],
    [
      "no operation of that name",
      asking("query A { __typename } query B { __typename }", { operationName: "C" }),
      "Could not determine what operation to execute.",
    ],
    [
      "two operations and no name",
      asking("query A { __typename } query B { __typename }"),
      "Could not determine what operation to execute.",
    ],
  ])("%s", async (_, body, message) => {
    for (const accept of [JSON_TYPE, GRAPHQL_TYPE]) {
      const response = await api.fetch("/graphql", post(body, { accept }));
      expect(response.headers.get("content-type")).toBe(`${accept}; charset=utf-8`);
      expect(await readAnswer(response)).toMatchObject({
        status: 400,
        data: undefined,
        errors: [{ message, extensions: { code: "BAD_USER_INPUT" } }],
      });
    }
  });

  it("a body that is too large", async () => {
    for (const accept of [JSON_TYPE, GRAPHQL_TYPE]) {
      const body = asking(`{ __typename }${" ".repeat(4096)}`);
      expect(await readAnswer(await api.fetch("/graphql", post(body, { accept })))).toMatchObject({
        status: 413,
        errors: [
          {
            message: "The request body has more than 4096 bytes (MAX_BODY_BYTES).",
            extensions: { code: "LIMIT_EXCEEDED" },
          },
        ],
      });
    }
    const fits = asking("{ __typename }").padEnd(4096);
    expect((await readAnswer(await api.fetch("/graphql", post(fits)))).status).toBe(200);
  });

  it("a body of another type", async () => {
    for (const type of [
      ...["text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"],
      ...["application/xml", "application/jsonp", "text/plain; application/json", ""],
    ]) {
      const response = await api.fetch("/graphql", post(asking("{ __typename }"), { "content-type": type }));
      expect(await readAnswer(response)).toMatchObject({
        status: 415,
        errors: [
          {
            message: "The content type must be application/json or application/graphql.",
            extensions: { code: "BAD_USER_INPUT" },
          },
        ],
      });
    }
  });

  it("another method", async () => {
    for (const method of ["PUT", "DELETE", "PATCH", "OPTIONS"]) {
      const response = await api.fetch("/graphql", { method, headers: { "x-tenant-id": "acme" } });
      expect(response.headers.get("allow")).toBe("GET, POST");
      expect(await readAnswer(response)).toMatchObject({
        status: 405,
        errors: [
          { message: "GraphQL only supports GET and POST requests.", extensions: { code: "BAD_USER_INPUT" } },
        ],
      });
    }
  });

  it("parameters in an address that are no JSON", async () => {
    for (const parameters of ["variables=%7B", "variables=x&query=%7B__typename%7D", "extensions=x"]) {
      for (const accept of [JSON_TYPE, GRAPHQL_TYPE]) {
        const headers = { accept, "x-tenant-id": "acme" };
        expect(await readAnswer(await api.fetch(`/graphql?${parameters}`, { headers }))).toMatchObject({
          status: 400,
          data: undefined,
          errors: [
            {
              message: "The parameters variables and extensions must be JSON.",
              extensions: { code: "BAD_USER_INPUT" },
            },
          ],
        });
      }
    }
  });

  it("a mutation by GET", async () => {
    const query = 'mutation { createAsset(input: { name: "got", assetType: "t" }) { asset { id } } }';
    const path = `/graphql?query=${encodeURIComponent(query)}`;
    const response = await api.fetch(path, { headers: { "x-tenant-id": "acme" } });
    expect(response.headers.get("allow")).toBe("POST");
    expect(await readAnswer(response)).toMatchObject({
      status: 405,
      errors: [
        {
          message: "Can only perform a mutation operation from a POST request.",
          extensions: { code: "BAD_USER_INPUT" },
        },
      ],
    });
    expect(await api.asTenant("acme").query("{ assets { totalCount } }")).toEqual({
      assets: { totalCount: 0 },
    });
  });
});

it("a body of GraphQL is answered, and so is JSON under its other names", async () => {
  for (const [type, body] of [
    ["application/graphql", "{ __typename }"],
    ["application/graphql; charset=utf-8", "{ __typename }"],
    ["application/graphql+json", asking("{ __typename }")],
    ["application/json; charset=utf-8", asking("{ __typename }")],
  ] as const) {
    const response = await api.fetch("/graphql", post(body, { "content-type": type }));
    expect(await readAnswer(response)).toMatchObject({ status: 200, data: { __typename: "Query" } });
  }
});

it("a query by GET is answered", async () => {
  const path = `/graphql?query=${encodeURIComponent("query ($n: Int) { assets(first: $n) { totalCount } }")}&variables={"n":1}`;
  const response = await api.fetch(path, { headers: { "x-tenant-id": "acme" } });
  expect(await readAnswer(response)).toMatchObject({ status: 200, data: { assets: { totalCount: 0 } } });
});

describe("GraphQL that is wrong answers 200 to those that accept JSON only, and 400 to the others:", () => {
  it.each([
    ["a syntax error", asking("{ assets {"), /^Syntax Error: Expected Name, found <EOF>\.$/],
    ["an empty document", asking(" "), /^Syntax Error: Unexpected <EOF>\.$/],
    ["an unknown field", asking("{ nope }"), /^Cannot query field "nope" on type "Query"\.$/],
    ["an unknown argument", asking("{ assets(nope: 1) { totalCount } }"), /^Unknown argument "nope"/],
    ["an argument that is missing", asking("{ asset { id } }"), /argument "id" of type "ID!" is required/],
    ["no selection", asking("{ assets }"), /must have a selection of subfields/],
    ["a variable that is missing", asking("query ($id: ID!) { asset(id: $id) { id } }"), /^Variable "\$id"/],
    ["a subscription", asking("subscription { assets { id } }"), /not configured to execute subscription/],
  ])("%s", async (_, body, message) => {
    for (const [accept, status] of [
      [JSON_TYPE, 200],
      [GRAPHQL_TYPE, 400],
    ] as const) {
      const answer = await readAnswer(await api.fetch("/graphql", post(body, { accept })));
      expect(answer).toMatchObject({ status, data: undefined });
      const where = body.includes("$id") ? { inputPath: ["id"] } : {};
      const shown = answer.errors.map(({ extensions }) => extensions);
      expect(shown).toEqual([{ code: "BAD_USER_INPUT", ...where }]);
      expect(answer.errors[0]?.message).toMatch(message);
    }
  });
});

it("nobody's body is parsed: a bad principal is told of before a bad body", async () => {
  const { fetch } = api.open({
    authenticate: () => {
      throw new UnauthenticatedError("A token is needed.");
    },
  });
  expect(await readAnswer(await fetch("/graphql", post("{")))).toMatchObject({
    status: 401,
    errors: [{ message: "A token is needed.", extensions: { code: "UNAUTHENTICATED" } }],
  });
});

it.each(["/nope", "/graphql/x", "/graphqlx", "/favicon.ico"])("%s is not found", async (path) => {
  for (const init of [{}, post(asking("{ __typename }"))]) {
    const response = await api.fetch(path, init);
    expect(response.status).toBe(404);
    expect(await response.text()).toBe("");
    expect(response.headers.get("x-request-id")).not.toBeNull();
  }
});

it("/ leads to GraphiQL", async () => {
  const response = await api.fetch("/");
  expect(response.status).toBe(302);
  expect(response.headers.get("location")).toBe("/graphql");
});
