import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { ForbiddenError, NotFoundError } from "../../../src/errors.ts";
import type { UpstreamReplacement } from "../../../src/modules/dependency/dependency.input.ts";
import { storedHistory } from "../../support/edge-history.ts";
import { link, storeAsset, storeAssets, UNKNOWN_ID } from "../../support/factories.ts";
import { present } from "../../support/present.ts";
import { refusal } from "../../support/refusal.ts";
import { type Party, prepareStorage } from "../../support/storage.ts";

const storage = prepareStorage();
const tenant = storage.newTenant();
let ups: readonly string[] = [];
let globalId = "";

beforeAll(async () => {
  ups = (await storeAssets(tenant, ["up 0", "up 1", "up 2", "up 3"])).map(({ id }) => id);
  globalId = (await storeAsset(storage.system)).id;
});

const up = (index: number) => present(ups[index]);
const data = (assetId: string) => ({ assetId, dependencyType: "data" as const });

const replace = (input: UpstreamReplacement, actor = "eve", { run }: Party = tenant) =>
  run(({ dependencies }) => dependencies.replaceUpstreams(input), { actor });

const upstreams = (assetId: string) =>
  tenant.run(({ dependencies }) => dependencies.listUpstream(assetId, { limit: 1000 }));

async function newDownstream(): Promise<string> {
  return (await storeAsset(tenant)).id;
}

describe("replacing the upstreams of an asset", () => {
  it("makes what is missing, in the order given, also from global assets and of several types", async () => {
    const assetId = await newDownstream();
    const wanted = [
      { assetId: up(1), dependencyType: "control" as const },
      data(globalId),
      data(up(1)),
      data(up(0)),
    ];
    const replaced = await replace({ assetId, upstream: wanted, source: "dbt:shop" });
    expect(replaced).toMatchObject({ assetId, created: 4, ended: 0 });
    expect(
      replaced.dependencies.map(({ upstreamAssetId, dependencyType }) => ({
        assetId: upstreamAssetId,
        dependencyType,
      })),
    ).toEqual(wanted);
    expect(replaced.dependencies[0]).toMatchObject({
      tenantId: tenant.id,
      downstreamAssetId: assetId,
      sources: ["dbt:shop"],
      createdBy: "eve",
    });
    expect(await upstreams(assetId)).toEqual(replaced.dependencies);
  });

  it("ends what the source no longer asserts, and leaves what others assert", async () => {
    const assetId = await newDownstream();
    const before = await replace({ assetId, upstream: [data(up(0)), data(up(1))], source: "one" });
    const others = await replace({ assetId, upstream: [data(up(1)), data(up(2))], source: "two" });
    expect(others.created).toBe(1);
    await delay(2);
    const replaced = await replace({ assetId, upstream: [data(up(3)), data(up(2))], source: "one" });
    expect(replaced).toMatchObject({ created: 1, ended: 1 });
    const left = await upstreams(assetId);
    expect(left.map(({ upstreamAssetId, sources }) => [ups.indexOf(upstreamAssetId), sources])).toEqual([
      [1, ["two"]],
      [2, ["two", "one"]],
      [3, ["one"]],
    ]);
    const [span, ...more] = await storedHistory(storage, assetId);
    expect(more).toEqual([]);
    expect(span).toMatchObject({ id: before.dependencies[0]?.id, sources: ["one"] });
    // One moment: no gap between what ended and what began.
    expect(span?.valid_to).toEqual(left[2]?.validFrom);
  });

  it("does nothing but see again what is there, however often", async () => {
    const assetId = await newDownstream();
    const input = { assetId, upstream: [data(up(0)), data(up(1))], source: "one" };
    let last = await replace(input);
    for (let round = 0; round < 3; round += 1) {
      await delay(2);
      const again = await replace(input, "somebody else");
      expect(again).toMatchObject({ created: 0, ended: 0 });
      expect(again.dependencies).toEqual(
        last.dependencies.map((edge) => ({ ...edge, lastSeenAt: expect.any(Date) })),
      );
      again.dependencies.forEach(({ lastSeenAt }, index) => {
        expect(lastSeenAt.getTime()).toBeGreaterThan(present(last.dependencies[index]).lastSeenAt.getTime());
      });
      last = again;
    }
    expect(await storedHistory(storage, assetId)).toEqual([]);
  });

  it("by nothing ends all that the source alone asserts, of that asset alone; `api` unless one is given", async () => {
    const [assetId, otherId] = [await newDownstream(), await newDownstream()];
    await tenant.run((repositories) => link(repositories, up(0), assetId));
    const kept = await tenant.run((repositories) => link(repositories, up(0), otherId));
    const downstream = await tenant.run((repositories) => link(repositories, assetId, otherId));
    await replace({ assetId, upstream: [data(up(1))], source: "one" });
    expect(await replace({ assetId, upstream: [] })).toEqual({
      assetId,
      dependencies: [],
      created: 0,
      ended: 1,
    });
    expect(await upstreams(assetId)).toMatchObject([{ upstreamAssetId: up(1), sources: ["one"] }]);
    expect(await upstreams(otherId)).toEqual([kept, downstream]);
  });

  it("takes 1,000", async () => {
    const many = await storeAssets(
      tenant,
      Array.from({ length: 1000 }, (_, index) => `of many ${index}`),
    );
    const assetId = await newDownstream();
    const upstream = many.map(({ id }) => data(id));
    expect(await replace({ assetId, upstream })).toMatchObject({ created: 1000, ended: 0 });
    expect(await replace({ assetId, upstream: upstream.slice(1) })).toMatchObject({ created: 0, ended: 1 });
    expect(await upstreams(assetId)).toHaveLength(999);
  });

  it("is refused where an asset is not there or not the tenant's own, and changes nothing", async () => {
    const assetId = await newDownstream();
    const foreign = await storeAsset(storage.newTenant());
    await replace({ assetId, upstream: [data(up(0))] });
    const before = await upstreams(assetId);
    for (const id of [UNKNOWN_ID, foreign.id]) {
      for (const input of [
        { assetId: id, upstream: [data(up(0))] },
        { assetId: id, upstream: [] },
        { assetId, upstream: [data(up(1)), data(id)] },
      ]) {
        // Within work that goes on: a refusal leaves nothing behind.
        const error = await tenant.run(({ dependencies }) =>
          refusal(dependencies.replaceUpstreams(input), NotFoundError),
        );
        expect(error.message).toBe(`No asset has the id ${id}.`);
      }
    }
    for (const upstream of [[], [data(up(0))]]) {
      const error = await refusal(replace({ assetId: globalId, upstream }), ForbiddenError);
      expect(error.message).toBe(
        `The asset ${globalId} is global; only the system may let it depend on something.`,
      );
    }
    await refusal(replace({ assetId, upstream: [] }, "eve", storage.nobody), ForbiddenError);
    expect(await upstreams(assetId)).toEqual(before);
  });
});
