import { UUID } from "uuidv7";
import { describe, expect, it } from "vitest";
import { newAsset, UNKNOWN_ID } from "../support/factories.ts";
import { type Client, prepareApi } from "../support/graphql.ts";
import {
  ASSET_FIELDS,
  type AssetNode,
  createAsset,
  createWorkflow,
  findAsset,
  findWorkflow,
  link,
  mutate,
  mutation,
} from "../support/graphql-operations.ts";

const api = prepareApi();

const EVERYTHING = {
  description: "What customers did.",
  assetType: "table",
  owner: "data_team",
  tags: ["daily", "Pii", "core"],
  partitionConfig: { static: { keys: ["eu", "us"] } },
  properties: { relation: "shop.customer_events", nested: { list: [1, null, "two"] } },
};

const update = (client: Client, input: object) =>
  mutate<{ asset: AssetNode }>(client, "updateAsset", input).then(({ asset }) => asset);

const findByName = (client: Client, name: string) =>
  client
    .query<{ assetByName: AssetNode | null }>(
      `query ($name: String!) { assetByName(name: $name) { ${ASSET_FIELDS} } }`,
      { name },
    )
    .then(({ assetByName }) => assetByName);

describe("createAsset", () => {
  it("shows what was stored, and so do asset and assetByName", async () => {
    const tenant = api.newTenant();
    const asset = await createAsset(tenant, { ...EVERYTHING, name: "customer_events" });
    expect(asset).toMatchObject({
      ...EVERYTHING,
      name: "customer_events",
      tenantId: tenant.tenantId,
      tags: ["Pii", "core", "daily"],
      partitionConfig: { __typename: "StaticPartition", keys: ["eu", "us"] },
      createdBy: tenant.tenantId,
      updatedBy: tenant.tenantId,
      updatedAt: asset.createdAt,
    });
    expect(asset.createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(UUID.parse(asset.id).getVersion()).toBe(7);
    expect(await findAsset(tenant, asset.id)).toEqual(asset);
    expect(await findAsset(tenant, asset.id.toUpperCase())).toEqual(asset);
    expect(await findByName(tenant, "customer_events")).toEqual(asset);
    expect(await findByName(tenant, "CUSTOMER_EVENTS")).toBeNull();
  });

  it("needs a name and a type alone", async () => {
    const tenant = api.newTenant();
    expect(await createAsset(tenant, { name: "bare", assetType: "file" })).toMatchObject({
      description: null,
      owner: null,
      tags: [],
      partitionConfig: null,
      properties: {},
    });
  });

  it("refuses a name that the tenant has, and takes one that only others have", async () => {
    const [tenant, other] = [api.newTenant(), api.newTenant()];
    await createAsset(tenant, { name: "orders" });
    const error = await tenant.refusal(mutation("createAsset"), { input: newAsset({ name: "orders" }) });
    expect(error).toMatchObject({
      message: 'An asset named "orders" exists already.',
      path: ["createAsset"],
      extensions: { code: "CONFLICT" },
    });
    expect(await createAsset(other, { name: "orders" })).toMatchObject({ tenantId: other.tenantId });
  });
});

describe("updateAsset", () => {
  it("changes the fields that are given and leaves the others", async () => {
    const tenant = api.newTenant();
    const before = await createAsset(tenant, EVERYTHING);
    const after = await update(tenant, { id: before.id, owner: "finance", tags: ["weekly"] });
    expect(after).toEqual({ ...before, owner: "finance", tags: ["weekly"], updatedAt: after.updatedAt });
    expect(after.updatedAt > before.updatedAt).toBe(true);
    expect(await findAsset(tenant, before.id)).toEqual(after);
  });

  it("clears what is null", async () => {
    const tenant = api.newTenant();
    const before = await createAsset(tenant, EVERYTHING);
    const cleared = { description: null, owner: null, partitionConfig: null };
    const after = await update(tenant, { id: before.id, ...cleared, tags: null, properties: null });
    expect(after).toEqual({ ...before, ...cleared, tags: [], properties: {}, updatedAt: after.updatedAt });
    expect(await findAsset(tenant, before.id)).toEqual(after);
  });

  it.each(["name", "assetType"])("does not clear the %s", async (field) => {
    const tenant = api.newTenant();
    const { id } = await createAsset(tenant);
    const error = await tenant.refusal(mutation("updateAsset"), { input: { id, [field]: null } });
    expect(error).toMatchObject({
      message: `input.${field} must be a string`,
      extensions: { code: "BAD_USER_INPUT", inputPath: ["input", field] },
    });
  });

  it("renames, unless another asset of the tenant bears the name", async () => {
    const tenant = api.newTenant();
    const asset = await createAsset(tenant, { name: "old" });
    await createAsset(tenant, { name: "taken" });
    const renamed = await update(tenant, { id: asset.id, name: "New" });
    expect(await findByName(tenant, "old")).toBeNull();
    expect(await findByName(tenant, "New")).toEqual(renamed);
    const error = await tenant.refusal(mutation("updateAsset"), {
      input: { id: asset.id, name: "taken", owner: "lost" },
    });
    expect(error).toMatchObject({
      message: 'An asset named "taken" exists already.',
      extensions: { code: "CONFLICT" },
    });
    expect(await findAsset(tenant, asset.id)).toEqual(renamed);
  });

  it("notes who changed it and not who made it", async () => {
    const tenant = api.newTenant();
    const { id } = await createAsset(tenant);
    const data = await api.system.send<{ updateAsset: { asset: AssetNode } }>(
      mutation("updateAsset"),
      { input: { id, owner: "ops" } },
      { headers: { "x-tenant-id": tenant.tenantId } },
    );
    expect(data.data?.updateAsset.asset).toMatchObject({
      createdBy: tenant.tenantId,
      updatedBy: "system",
      owner: "ops",
    });
  });

  it("takes back the updatedAt that was read, and refuses a stale one", async () => {
    const tenant = api.newTenant();
    const { id, updatedAt } = await createAsset(tenant);
    const first = await update(tenant, { id, owner: "one", expectedUpdatedAt: updatedAt });
    const second = await update(tenant, { id, owner: "two", expectedUpdatedAt: first.updatedAt });
    const error = await tenant.refusal(mutation("updateAsset"), {
      input: { id, owner: "three", expectedUpdatedAt: first.updatedAt },
    });
    expect(error).toMatchObject({
      message: `The asset ${id} was changed after expectedUpdatedAt; read it again.`,
      extensions: { code: "CONFLICT" },
    });
    expect(await findAsset(tenant, id)).toEqual(second);
  });

  it("lets one of several win that read the same", async () => {
    const tenant = api.newTenant();
    const { id, updatedAt } = await createAsset(tenant);
    const answers = await Promise.all(
      ["a", "b", "c", "d"].map((owner) =>
        tenant.send(mutation("updateAsset"), { input: { id, owner, expectedUpdatedAt: updatedAt } }),
      ),
    );
    expect(answers.map(({ errors }) => errors[0]?.extensions.code ?? "stored").sort()).toEqual([
      "CONFLICT",
      "CONFLICT",
      "CONFLICT",
      "stored",
    ]);
  });
});

describe("deleteAsset", () => {
  it("takes the asset's dependencies and workflow links along, and nothing else", async () => {
    const tenant = api.newTenant();
    const [before, asset, after] = [
      await createAsset(tenant),
      await createAsset(tenant, EVERYTHING),
      await createAsset(tenant),
    ];
    await link(tenant, [
      [before.id, asset.id],
      [asset.id, after.id],
      [before.id, after.id],
    ]);
    const workflow = await createWorkflow(tenant, {
      assets: [
        { assetId: asset.id, role: "INPUT" },
        { assetId: asset.id, role: "OUTPUT" },
        { assetId: after.id, role: "OUTPUT" },
      ],
    });
    const id = asset.id.toUpperCase();
    expect(await mutate(tenant, "deleteAsset", { id })).toEqual({ deletedId: asset.id });
    expect(await findAsset(tenant, asset.id)).toBeNull();
    const data = await tenant.query(
      `query ($before: ID!, $after: ID!) {
        before: asset(id: $before) { downstream { nodes { downstream { id } } } }
        after: asset(id: $after) { upstream { nodes { upstream { id } } } }
      }`,
      { before: before.id, after: after.id },
    );
    expect(data).toEqual({
      before: { downstream: { nodes: [{ downstream: { id: after.id } }] } },
      after: { upstream: { nodes: [{ upstream: { id: before.id } }] } },
    });
    expect((await findWorkflow(tenant, workflow.id))?.assets).toEqual([
      { role: "OUTPUT", position: 2, asset: { id: after.id } },
    ]);
  });

  it("does it once", async () => {
    const tenant = api.newTenant();
    const { id } = await createAsset(tenant);
    await mutate(tenant, "deleteAsset", { id });
    const error = await tenant.refusal(mutation("deleteAsset"), { input: { id } });
    expect(error).toMatchObject({
      message: `No asset has the id ${id}.`,
      extensions: { code: "NOT_FOUND" },
    });
  });

  it("frees the name", async () => {
    const tenant = api.newTenant();
    const { id } = await createAsset(tenant, { ...EVERYTHING, name: "again" });
    await mutate(tenant, "deleteAsset", { id });
    expect(await createAsset(tenant, { name: "again" })).toMatchObject({ tags: [] });
  });
});

it("answers null for an id and a name that no asset has, and NOT_FOUND to a change", async () => {
  const tenant = api.newTenant();
  expect(await findAsset(tenant, UNKNOWN_ID)).toBeNull();
  expect(await findByName(tenant, "nothing")).toBeNull();
  const error = await tenant.refusal(mutation("updateAsset"), { input: { id: UNKNOWN_ID, owner: "x" } });
  expect(error).toMatchObject({
    message: `No asset has the id ${UNKNOWN_ID}.`,
    extensions: { code: "NOT_FOUND" },
  });
});
