import { describe, expect, it } from "vitest";
import { BadUserInputError, ConflictError, ForbiddenError, NotFoundError } from "../../../src/errors.ts";
import type { AssetPatch } from "../../../src/modules/asset/asset.input.ts";
import { Signal, untilBlocked } from "../../support/concurrency.ts";
import { newAsset, storeAsset, UNKNOWN_ID } from "../../support/factories.ts";
import { refusal } from "../../support/refusal.ts";
import { prepareStorage } from "../../support/storage.ts";

const storage = prepareStorage();

const whole = () =>
  newAsset({
    description: "what it is",
    owner: "ada",
    tags: ["a", "b"],
    partitionConfig: { static: { keys: ["eu"] } },
    properties: { rows: 1 },
  });

describe("changing an asset", () => {
  it.each<[string, AssetPatch, object]>([
    ["name", { name: "renamed" }, { name: "renamed" }],
    ["assetType", { assetType: "view" }, { assetType: "view" }],
    ["description", { description: "else" }, { description: "else" }],
    ["owner", { owner: "bob" }, { owner: "bob" }],
    ["tags", { tags: ["c", "a"] }, { tags: ["a", "c"] }],
    [
      "partitionConfig",
      { partitionConfig: { range: { start: 0, end: 9, interval: 3 } } },
      { partitionConfig: { kind: "range", start: 0, end: 9, interval: 3 } },
    ],
    ["properties", { properties: { columns: 2 } }, { properties: { columns: 2 } }],
    ["null in description", { description: null }, { description: null }],
    ["null in owner", { owner: null }, { owner: null }],
    ["null in tags", { tags: null }, { tags: [] }],
    ["no tags", { tags: [] }, { tags: [] }],
    ["null in partitionConfig", { partitionConfig: null }, { partitionConfig: null }],
    ["null in properties", { properties: null }, { properties: {} }],
  ])("changes what is given and nothing else: %s", async (_, patch, expected) => {
    const tenant = storage.newTenant();
    const before = await tenant.run(({ assets }) => assets.insert(whole()));
    const changed = await tenant.run(({ assets }) => assets.update(before.id, patch), { actor: "eve" });
    expect(changed).toEqual({
      ...before,
      ...expected,
      updatedAt: expect.any(Date),
      updatedBy: "eve",
    });
    expect(await tenant.run(({ assets }) => assets.getById(before.id))).toEqual(changed);
  });

  it("a renamed asset is found under its new name, and the old one is free", async () => {
    const tenant = storage.newTenant();
    const { id, name } = await storeAsset(tenant);
    await tenant.run(({ assets }) => assets.update(id, { name: "Brand New" }));
    expect(await tenant.run(({ assets }) => assets.count({ name: { prefix: "brand" }, scope: "own" }))).toBe(
      1,
    );
    expect(await tenant.run(({ assets }) => assets.findByName(name))).toBeNull();
    await storeAsset(tenant, { name });
  });

  it("refuses the name of another asset of the tenant", async () => {
    const tenant = storage.newTenant();
    const [a, b] = [await storeAsset(tenant), await storeAsset(tenant)];
    const error = await refusal(
      tenant.run(({ assets }) => assets.update(a.id, { name: b.name })),
      ConflictError,
    );
    expect(error.message).toContain(b.name);
    expect(await tenant.run(({ assets }) => assets.getById(a.id))).toEqual(a);
  });

  it("updatedAt strictly increases, also within one transaction", async () => {
    const tenant = storage.newTenant();
    const { id, updatedAt } = await storeAsset(tenant);
    const moments = await tenant.run(async ({ assets }) => {
      const seen = [updatedAt];
      for (let change = 0; change < 20; change += 1) {
        seen.push((await assets.update(id, { description: `${change}` })).updatedAt);
      }
      return seen.map((moment) => moment.getTime());
    });
    expect(moments).toEqual([...new Set(moments)].toSorted((a, b) => a - b));
  });

  it("an updatedAt that was read is accepted as expected, an older or later one is a conflict", async () => {
    const tenant = storage.newTenant();
    const first = await storeAsset(tenant);
    const change = (expectedUpdatedAt: Date | null) =>
      tenant.run(({ assets }) => assets.update(first.id, { owner: "ada" }, { expectedUpdatedAt }));
    const second = await change(new Date(first.updatedAt.toISOString()));
    const error = await refusal(change(first.updatedAt), ConflictError);
    expect(error.message).toBe(`The asset ${first.id} was changed after expectedUpdatedAt; read it again.`);
    await refusal(change(new Date(second.updatedAt.getTime() + 1)), ConflictError);
    await change(second.updatedAt);
    await change(null);
  });

  it("only one of two that read the same version may change it", async () => {
    const tenant = storage.newTenant();
    const { id, updatedAt } = await storeAsset(tenant);
    const changes = ["ada", "bob", "eve"].map((owner) =>
      tenant.run(({ assets }) => assets.update(id, { owner }, { expectedUpdatedAt: updatedAt })),
    );
    const outcomes = await Promise.allSettled(changes);
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it("shows the tags that another change has stored meanwhile", async () => {
    const tenant = storage.newTenant();
    const { id } = await storeAsset(tenant, { tags: ["old"] });
    const changed = new Signal();
    const finish = new Signal();
    const first = tenant.run(async ({ assets }) => {
      await assets.update(id, { tags: ["new"] });
      changed.give();
      await finish.wait();
    });
    await changed.wait();
    const second = tenant.run(({ assets }) => assets.update(id, { owner: "ada" }));
    await untilBlocked(storage.database);
    finish.give();
    await first;
    expect(await second).toMatchObject({ owner: "ada", tags: ["new"] });
  });

  it("an unknown asset is not found, a global one is forbidden, and nobody may change anything", async () => {
    const tenant = storage.newTenant();
    const global = await storeAsset(storage.system);
    const change = (id: string) => tenant.run(({ assets }) => assets.update(id, { owner: "eve" }));
    await refusal(change(UNKNOWN_ID), NotFoundError);
    const error = await refusal(change(global.id), ForbiddenError);
    expect(error.message).toBe(`The asset ${global.id} is global; only the system may change it.`);
    await refusal(
      storage.nobody.run(({ assets }) => assets.update(global.id, { owner: "eve" })),
      ForbiddenError,
    );
    const changed = await storage.system.run(({ assets }) => assets.update(global.id, { owner: "root" }));
    expect(changed).toMatchObject({ owner: "root", tenantId: null });
  });

  it("a change of nothing is refused", async () => {
    const tenant = storage.newTenant();
    const { id } = await storeAsset(tenant);
    const error = await refusal(
      tenant.run(({ assets }) => assets.update(id, { owner: undefined })),
      BadUserInputError,
    );
    expect(error.message).toBe("must change at least one field");
  });
});
