import { describe, expect, it } from "vitest";
import { prepareApi } from "../support/graphql.ts";
import { createAsset, findAsset, mutate } from "../support/graphql-operations.ts";

const api = prepareApi();

describe("loaders are not shared between requests", () => {
  it("of tenants that ask for the same rows at once", async () => {
    const [one, two] = [api.newTenant(), api.newTenant()];
    const [first, second] = [
      await createAsset(one, { name: "same" }),
      await createAsset(two, { name: "same" }),
    ];
    const document =
      "query ($first: ID!, $second: ID!) { first: asset(id: $first) { id } second: asset(id: $second) { id } }";
    const variables = { first: first.id, second: second.id };
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) => (index % 2 === 0 ? one : two).query(document, variables)),
    );
    answers.forEach((answer, index) => {
      const own = index % 2 === 0;
      expect(answer).toEqual({
        first: own ? { id: first.id } : null,
        second: own ? null : { id: second.id },
      });
    });
  });

  it("of one tenant: each request sees what was stored before it", async () => {
    const tenant = api.newTenant();
    const asset = await createAsset(tenant);
    for (const owner of ["one", "two"]) {
      await mutate(tenant, "updateAsset", { id: asset.id, owner });
      expect(await findAsset(tenant, asset.id)).toMatchObject({ owner });
    }
    await mutate(tenant, "deleteAsset", { id: asset.id });
    expect(await findAsset(tenant, asset.id)).toBeNull();
  });

  it("keep no tenant in a connection that goes from one to the other", async () => {
    const owner = api.newTenant();
    const { id } = await createAsset(owner);
    const { asTenant, nobody } = api.open({ pool: { max: 1 } });
    expect(await findAsset(asTenant(owner.tenantId), id)).not.toBeNull();
    for (const client of [nobody, asTenant("a"), nobody]) expect(await findAsset(client, id)).toBeNull();
    expect(await findAsset(asTenant(owner.tenantId), id)).not.toBeNull();
  });
});
