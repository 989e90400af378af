import { describe, expect, it } from "vitest";
import { type Permission, ROLES, type Role } from "../../src/principal.ts";
import { Client, prepareApi } from "../support/graphql.ts";
import { createAsset } from "../support/graphql-operations.ts";
import { MUTATION_FIELDS, QUERY_FIELDS, type RootField } from "../support/root-fields.ts";

const api = prepareApi();

/** What each mutation must ask for. */
const NEEDED: Readonly<Record<string, Permission>> = {
  createAsset: "write",
  updateAsset: "write",
  deleteAsset: "delete",
  upsertAssets: "write",
  createWorkflow: "write",
  createWorkflowVersion: "write",
  updateWorkflow: "write",
  deleteWorkflow: "delete",
  createExecution: "write",
  updateExecution: "write",
  deleteExecution: "delete",
  createAssetDependency: "write",
  createAssetDependencies: "write",
  deleteAssetDependency: "write",
  replaceUpstreams: "write",
};
const ENOUGH: Readonly<Record<Permission, string>> = {
  read: "reader or editor or admin",
  write: "editor or admin",
  delete: "admin",
};
const NO_TENANT = "A tenant is needed to write; without one, only global data can be read.";

/** Who asks, by headers, and what the answer to a mutation is that they may not do. */
const PARTIES: readonly [who: string, headers: Record<string, string>, permissions: readonly Permission[]][] =
  [
    ["a reader", { "x-tenant-id": "acme", "x-servo-role": "reader" }, ["read"]],
    ["an editor", { "x-tenant-id": "acme", "x-servo-role": "editor" }, ["read", "write"]],
    ["an admin", { "x-tenant-id": "acme", "x-servo-role": "admin" }, ["read", "write", "delete"]],
    ["a tenant without a role", { "x-tenant-id": "acme" }, ["read", "write", "delete"]],
    ["the system", { "x-servo-role": "system" }, ["read", "write", "delete"]],
    [
      "the system in a tenant",
      { "x-tenant-id": "acme", "x-servo-role": "system" },
      ["read", "write", "delete"],
    ],
    ["nobody", {}, ["read"]],
    ["an admin of no tenant", { "x-servo-role": "admin" }, ["read"]],
  ];

it("the table of roles is the one that is tested here", () => {
  const tested = PARTIES.map(([, headers, permissions]) => [headers["x-servo-role"], permissions]);
  for (const [role, permissions] of Object.entries(ROLES)) expect(tested).toContainEqual([role, permissions]);
});

it("what each mutation needs is told here", () => {
  expect(MUTATION_FIELDS.map(({ name }) => name).sort()).toEqual(Object.keys(NEEDED).sort());
});

describe.each(PARTIES)("%s", (_, headers, permissions) => {
  const ask = (field: RootField) => new Client(api.fetch, headers).send(field.document, field.variables);
  const cases = [
    ...QUERY_FIELDS.map((field) => ({ field, needed: "read" as const })),
    ...MUTATION_FIELDS.map((field) => ({ field, needed: NEEDED[field.name] ?? "read" })),
  ].map((each) => ({ ...each, name: each.field.name }));

  it.each(cases.filter(({ needed }) => permissions.includes(needed)))("may use $name", async ({ field }) => {
    const { errors } = await ask(field);
    const codes = errors.map(({ extensions }) => extensions.code);
    expect(codes.filter((code) => !["NOT_FOUND", "BAD_USER_INPUT", "CONFLICT"].includes(code))).toEqual([]);
  });

  it.each(cases.filter(({ needed }) => !permissions.includes(needed)))(
    "may not use $name, and nothing is asked of the database",
    async ({ field, needed, name }) => {
      const message = "x-tenant-id" in headers ? `${name} needs the role ${ENOUGH[needed]}.` : NO_TENANT;
      const sent = await api.statements.during(async () => {
        expect(await ask(field)).toMatchObject({
          status: 200,
          data: { [name]: null },
          errors: [{ message, path: [name], extensions: { code: "FORBIDDEN" } }],
        });
      });
      expect(sent).toEqual([]);
    },
  );
});

describe("a principal without any role", () => {
  it.each([...QUERY_FIELDS, ...MUTATION_FIELDS])("may not even use $name", async (field) => {
    const { fetch, statements } = api.open({
      authenticate: () => ({ tenantId: "acme", name: "ann", roles: [] }),
    });
    const sent = await statements.during(async () => {
      const { errors } = await new Client(fetch, {}).send(field.document, field.variables);
      expect(errors).toMatchObject([{ path: [field.name], extensions: { code: "FORBIDDEN" } }]);
    });
    expect(sent).toEqual([]);
  });
});

it("a refused field leaves the others of its operation be", async () => {
  const headers = { "x-tenant-id": "acme", "x-servo-role": "editor" satisfies Role };
  const asset = await createAsset(api.asTenant("acme"));
  const { data, errors } = await new Client(api.fetch, headers).send(
    `mutation ($id: ID!) {
      first: updateAsset(input: { id: $id, owner: "x" }) { asset { owner } }
      gone: deleteAsset(input: { id: $id }) { deletedId }
      last: updateAsset(input: { id: $id, owner: "y" }) { asset { owner } }
    }`,
    { id: asset.id },
  );
  expect(data).toEqual({ first: { asset: { owner: "x" } }, gone: null, last: { asset: { owner: "y" } } });
  expect(errors).toMatchObject([{ message: "deleteAsset needs the role admin.", path: ["gone"] }]);
});
