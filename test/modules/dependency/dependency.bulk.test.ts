import { beforeAll, describe, expect, it } from "vitest";
import {
  BadUserInputError,
  ConflictError,
  ForbiddenError,
  NotFoundError,
  type ServoError,
} from "../../../src/errors.ts";
import type { NewDependency } from "../../../src/modules/dependency/dependency.input.ts";
import { storeAsset, storeAssets, UNKNOWN_ID } from "../../support/factories.ts";
import { present } from "../../support/present.ts";
import { refusal } from "../../support/refusal.ts";
import { prepareStorage } from "../../support/storage.ts";

const storage = prepareStorage();
const tenant = storage.newTenant();
const other = storage.newTenant();
let ids: readonly string[] = [];
let globalId = "";
let foreignId = "";

beforeAll(async () => {
  ids = (
    await storeAssets(
      tenant,
      Array.from({ length: 46 }, (_, index) => `asset ${index}`),
    )
  ).map(({ id }) => id);
  globalId = (await storeAsset(storage.system)).id;
  foreignId = (await storeAsset(other)).id;
});

/** So many different edges between the tenant's assets. */
function edges(count: number): NewDependency[] {
  const all = ids.flatMap((upstreamAssetId) =>
    ids
      .filter((downstreamAssetId) => downstreamAssetId !== upstreamAssetId)
      .map((downstreamAssetId) => ({ upstreamAssetId, downstreamAssetId, dependencyType: "data" as const })),
  );
  return all.slice(0, count);
}

const insertMany = (items: readonly NewDependency[]) =>
  tenant.run(({ dependencies }) => dependencies.insertMany(items));
const stored = () => tenant.run(({ dependencies }) => dependencies.count());

describe("creating many dependencies at once", () => {
  it("begins and sees each at one moment", async () => {
    const made = await insertMany(edges(1000));
    for (const { validFrom, lastSeenAt } of made) expect(lastSeenAt).toEqual(validFrom);
    for (const id of ids) await tenant.run(({ dependencies }) => dependencies.removeAll(id));
  });

  it("stores a thousand, in the order given", async () => {
    const items = edges(1000);
    const made = await insertMany(items);
    expect(
      made.map(({ upstreamAssetId, downstreamAssetId }) => [upstreamAssetId, downstreamAssetId]),
    ).toEqual(items.map(({ upstreamAssetId, downstreamAssetId }) => [upstreamAssetId, downstreamAssetId]));
    expect(await stored()).toBe(1000);
    const all = await tenant.run(({ dependencies }) => dependencies.list({ limit: 1000 }));
    expect(all).toEqual(made);
    expect(await tenant.run(({ dependencies }) => dependencies.list({ offset: 995 }))).toEqual(
      made.slice(995),
    );
    for (const id of ids) await tenant.run(({ dependencies }) => dependencies.removeAll(id));
    expect(await stored()).toBe(0);
  });

  type Kind = abstract new (...parameters: never[]) => ServoError;
  it.each<[string, () => NewDependency[], Kind]>([
    ["a thousand and one", () => edges(1001), BadUserInputError],
    ["none", () => [], BadUserInputError],
    ["one twice", () => [...edges(2), ...edges(1)], BadUserInputError],
    ["one of an asset to itself", () => [...edges(2), edge(0, 0)], BadUserInputError],
    ["one of an unknown type", () => [...edges(2), JSON.parse('{"dependencyType":"x"}')], BadUserInputError],
    [
      "one from an unknown asset",
      () => [...edges(2), { ...edge(0, 1), upstreamAssetId: UNKNOWN_ID }],
      NotFoundError,
    ],
    [
      "one from another tenant's asset",
      () => [...edges(2), { ...edge(0, 1), upstreamAssetId: foreignId }],
      NotFoundError,
    ],
    [
      "one to another tenant's asset",
      () => [...edges(2), { ...edge(0, 1), downstreamAssetId: foreignId }],
      NotFoundError,
    ],
    [
      "one to a global asset",
      () => [...edges(2), { ...edge(0, 1), downstreamAssetId: globalId }],
      ForbiddenError,
    ],
  ])("refuses %s, and stores nothing", async (_, items, kind) => {
    await refusal(insertMany(items()), kind);
    expect(await stored()).toBe(0);
  });

  it("refuses what is there already, and stores nothing of the rest", async () => {
    const [first] = await insertMany(edges(1));
    await refusal(insertMany(edges(3)), ConflictError);
    expect(await stored()).toBe(1);
    await tenant.run(({ dependencies }) => dependencies.remove(present(first).id));
  });

  it("names the place of the one that repeats", async () => {
    const error = await refusal(insertMany([...edges(2), ...edges(1)]), BadUserInputError);
    expect(error.message).toBe("dependencies[2] must not repeat");
    const self = await refusal(insertMany([...edges(2), edge(1, 1)]), BadUserInputError);
    expect(self.inputPath).toEqual(["dependencies", 2, "downstreamAssetId"]);
  });
});

function edge(upstream: number, downstream: number): NewDependency {
  return {
    upstreamAssetId: present(ids[upstream]),
    downstreamAssetId: present(ids[downstream]),
    dependencyType: "data",
  };
}
