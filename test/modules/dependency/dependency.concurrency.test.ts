import { beforeEach, describe, expect, it } from "vitest";
import { ConflictError, UnavailableError } from "../../../src/errors.ts";
import type { Repositories } from "../../../src/modules/repositories.ts";
import type { PostgresStorage } from "../../../src/storage.ts";
import { untilBlocked } from "../../support/concurrency.ts";
import { storedHistory } from "../../support/edge-history.ts";
import { storeAssets } from "../../support/factories.ts";
import { storedRows } from "../../support/owner.ts";
import { present } from "../../support/present.ts";
import { refusal } from "../../support/refusal.ts";
import { type Party, prepareStorage } from "../../support/storage.ts";

const test = prepareStorage();
let tenant: Party & { readonly id: string };
let ids: readonly string[] = [];

beforeEach(async () => {
  tenant = test.newTenant();
  ids = (await storeAssets(tenant, ["down", "up 1", "up 2", "up 3"])).map(({ id }) => id);
});

const down = () => present(ids[0]);
const upstream = (...indexes: number[]) =>
  indexes.map((index) => ({ assetId: present(ids[index]), dependencyType: "data" as const }));
const edge = (index: number, source: string) => ({
  upstreamAssetId: present(ids[index]),
  downstreamAssetId: down(),
  dependencyType: "data" as const,
  source,
});

/** The asset's direct upstreams and who asserts them. */
async function stored(): Promise<Record<string, readonly string[]>> {
  const edges = await tenant.run(({ dependencies }) => dependencies.listUpstream(down()));
  return Object.fromEntries(
    edges.map(({ upstreamAssetId, sources }) => [ids.indexOf(upstreamAssetId), sources]),
  );
}

/** Runs one piece of work, and another that has to wait for it before it is committed. */
async function inTurn<T>(
  first: (from: Repositories) => Promise<unknown>,
  second: () => Promise<T>,
): Promise<T> {
  let waiting: Promise<T> | undefined;
  await tenant.run(async (from) => {
    await first(from);
    waiting = second();
    waiting.catch(() => undefined);
    await untilBlocked(test.database);
  });
  return present(waiting);
}

const insert = (source: string, ...indexes: number[]) =>
  tenant.run(({ dependencies }) => dependencies.insertMany(indexes.map((index) => edge(index, source))));

describe("two who make the same dependency at once", () => {
  it("of two sources share it", async () => {
    const made = await inTurn(
      ({ dependencies }) => dependencies.insert(edge(1, "one")),
      () => insert("two", 2, 1),
    );
    expect(made.map(({ sources }) => sources)).toEqual([["two"], ["one", "two"]]);
    expect(await stored()).toEqual({ 1: ["one", "two"], 2: ["two"] });
  });

  it("of one source: for the second it is a conflict, and it stores nothing", async () => {
    const refused = await inTurn(
      ({ dependencies }) => dependencies.insert(edge(1, "one")),
      () => refusal(insert("one", 2, 1), ConflictError),
    );
    expect(refused.message).toBe("A dependency of this type between these assets exists already.");
    expect(await stored()).toEqual({ 1: ["one"] });
  });

  it("of whom the second is not tried again: it may be repeated, and nothing is stored even by work that goes on", async () => {
    const impatient: PostgresStorage = test.open({ retry: { attempts: 1 } });
    const work = () =>
      impatient.withTenant(tenant.id, ({ dependencies }) =>
        dependencies.insertMany([edge(2, "two"), edge(1, "two")]).catch(() => "never mind"),
      );
    const refused = await inTurn(
      ({ dependencies }) => dependencies.insert(edge(1, "one")),
      () => refusal(work(), UnavailableError),
    );
    expect(refused).toMatchObject({ transient: "serialization", retryable: true });
    expect(await stored()).toEqual({ 1: ["one"] });
  });

  it("by the hundred, each in another order, all come through", async () => {
    const [first = "", ...others] = (
      await storeAssets(
        tenant,
        Array.from({ length: 101 }, (_, index) => `hub ${index}`),
      )
    ).map(({ id }) => id);
    const edges = (source: string) =>
      others.map((upstreamAssetId) => ({ ...edge(1, source), upstreamAssetId, downstreamAssetId: first }));
    await Promise.all(
      ["a", "b", "c", "d"].map((source, index) =>
        tenant.run(({ dependencies }) =>
          dependencies.insertMany(index % 2 === 0 ? edges(source) : edges(source).toReversed()),
        ),
      ),
    );
    const made = await tenant.run(({ dependencies }) => dependencies.listUpstream(first, { limit: 1000 }));
    expect(made).toHaveLength(100);
    for (const { sources } of made) expect(sources.toSorted()).toEqual(["a", "b", "c", "d"]);
  });
});

describe("a dependency that is asserted while it", () => {
  it("ends is made anew", async () => {
    const [before] = await insert("one", 1);
    const [made] = await inTurn(
      ({ dependencies }) => dependencies.remove(present(before).id),
      () => insert("two", 1),
    );
    expect(made?.id).not.toBe(before?.id);
    expect(await stored()).toEqual({ 1: ["two"] });
  });

  it("gets another type is found under that", async () => {
    const [made] = await insert("one", 1);
    const types = ["data", "control"] as const;
    const asserted = types.map((dependencyType) => ({ ...edge(1, "two"), dependencyType }));
    await inTurn(
      ({ dependencies }) => dependencies.update(present(made).id, { dependencyType: "control" }),
      () => tenant.run(({ dependencies }) => dependencies.assertMany(asserted)),
    );
    const edges = await tenant.run(({ dependencies }) => dependencies.listUpstream(down()));
    const sources = edges.map(({ dependencyType, sources }) => [dependencyType, sources]);
    expect(Object.fromEntries(sources)).toEqual({ control: ["one", "two"], data: ["two"] });
  });

  it("loses its last source lives on, and it that loses it while it is asserted does, too", async () => {
    const [made] = await insert("one", 1);
    const left = await inTurn(
      ({ dependencies }) => dependencies.insert(edge(1, "two")),
      () => tenant.run(({ dependencies }) => dependencies.withdraw(present(made).id, "one")),
    );
    expect(left).toMatchObject({ id: made?.id, sources: ["two"] });
    expect(await test.asTenant(tenant.id, ({ dependencies }) => dependencies.release("one", []))).toBe(0);
    const ended = await inTurn(
      ({ dependencies }) => dependencies.insert(edge(1, "three")),
      () => tenant.run(({ dependencies }) => dependencies.release("two", [])),
    );
    expect(ended).toBe(0);
    expect(await stored()).toEqual({ 1: ["three"] });
  });

  it("is withdrawn by both of its sources ends once", async () => {
    const [made] = await insert("one", 1);
    await insert("two", 1);
    const withdraw = ({ dependencies }: Repositories, source: string) =>
      dependencies.withdraw(present(made).id, source);
    const left = await inTurn(
      (from) => withdraw(from, "one"),
      () => tenant.run((from) => withdraw(from, "two")),
    );
    expect(left).toBeNull();
    expect(await stored()).toEqual({});
    expect(await storedHistory(test, down())).toMatchObject([{ id: made?.id, sources: ["two"] }]);
  });
});

describe("two replacements of one asset's upstreams", () => {
  const replace = ({ dependencies }: Repositories, source: string, ...indexes: number[]) =>
    dependencies.replaceUpstreams({ assetId: down(), upstream: upstream(...indexes), source });

  it("by one source run one after the other", async () => {
    const replaced = await inTurn(
      // Without a row in common: it is the asset that they wait for.
      (from) => replace(from, "one", 1),
      () => tenant.run((from) => replace(from, "one", 2, 3)),
    );
    expect(replaced).toMatchObject({ created: 2, ended: 1 });
    expect(await stored()).toEqual({ 2: ["one"], 3: ["one"] });
  });

  it("many at once: all come through, and what is left is what one of them wanted", async () => {
    for (let round = 0; round < 5; round += 1) {
      await Promise.all([
        ...[[1], [2], [3], [1, 2], [3, 2, 1], []].map((indexes) =>
          tenant.run((from) => replace(from, "one", ...indexes)),
        ),
        tenant.run((from) => replace(from, "two", 1)),
      ]);
      const left = Object.entries(await stored()).filter(([, sources]) => sources.includes("one"));
      expect(["1", "2", "3", "1,2", "1,2,3", ""]).toContain(left.map(([index]) => index).join());
      expect((await stored())[1]).toContain("two");
    }
    const overlaps = await storedRows(
      test.database,
      `SELECT FROM asset_dependency_history AS a JOIN asset_dependency_history AS b
         ON a.downstream_asset_id = b.downstream_asset_id AND a.upstream_asset_id = b.upstream_asset_id
        AND (a.id, a.valid_from) <> (b.id, b.valid_from) AND a.valid_from < b.valid_to AND b.valid_from < a.valid_to`,
    );
    expect(overlaps).toEqual([]);
  });

  it("and an asset that is deleted meanwhile do not wait for each other for ever", async () => {
    const outcomes = await Promise.allSettled([
      ...[1, 2, 3].map((index) => tenant.run((from) => replace(from, "one", index, (index % 3) + 1))),
      tenant.run(({ assets }) => assets.remove(present(ids[1]))),
      tenant.run(({ assets }) => assets.remove(present(ids[3]))),
    ]);
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "NOT_FOUND" });
    }
    expect(Object.keys(await stored()).filter((index) => index !== "2")).toEqual([]);
  });
});
