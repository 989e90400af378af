import { describe, it } from "vitest";
import type { InputPath } from "../../../src/errors.ts";
import type { UpstreamReplacement } from "../../../src/modules/dependency/dependency.input.ts";
import {
  BAD_IDS,
  BAD_LABELS,
  BAD_PAGES,
  BAD_WINDOWS,
  badCursors,
  expectRefused,
  unchecked,
} from "../../support/bad-input.ts";
import { UNKNOWN_ID } from "../../support/factories.ts";
import { Statements } from "../../support/statements.ts";
import { prepareStorage } from "../../support/storage.ts";

const statements = new Statements();
const storage = prepareStorage({ observer: statements });
const refused = (work: Parameters<typeof expectRefused>[2], path: InputPath) =>
  expectRefused(storage.storage, statements, work, path);

const other = `${UNKNOWN_ID.slice(0, -1)}1`;
const good = { upstreamAssetId: UNKNOWN_ID, downstreamAssetId: other, dependencyType: "data" } as const;

describe("a dependency is refused, with the path of the value and nothing sent, for", () => {
  it.each(BAD_IDS)("an asset's id of %s", async (_, id) => {
    for (const end of ["upstreamAssetId", "downstreamAssetId"] as const) {
      const bad = { ...good, [end]: id };
      await refused(({ dependencies }) => dependencies.insert(bad), [end]);
      await refused(({ dependencies }) => dependencies.insertMany([good, bad]), ["dependencies", 1, end]);
    }
  });

  it.each<[string, object, InputPath]>([
    ["an unknown type", { dependencyType: "magic" }, ["dependencyType"]],
    ["a type in upper case", { dependencyType: "DATA" }, ["dependencyType"]],
    ["an asset and itself", { downstreamAssetId: UNKNOWN_ID }, ["downstreamAssetId"]],
    ["an asset and itself in upper case", { upstreamAssetId: other.toUpperCase() }, ["downstreamAssetId"]],
    ["a field that is unknown", { weight: 1 }, ["weight"]],
    ["a tenant of its own", { upstreamTenantId: "other" }, ["upstreamTenantId"]],
  ])("%s", async (_, fields, inputPath) => {
    const bad = { ...good, ...unchecked<object>(fields) };
    await refused(({ dependencies }) => dependencies.insert(bad), inputPath);
    await refused(
      ({ dependencies }) => dependencies.insertMany([good, bad]),
      ["dependencies", 1, ...inputPath],
    );
  });

  it.each(BAD_LABELS)("a source of %s", async (_, source) => {
    const bad = { ...good, source };
    await refused(({ dependencies }) => dependencies.insert(bad), ["source"]);
    await refused(({ dependencies }) => dependencies.insertMany([good, bad]), ["dependencies", 1, "source"]);
    await refused(({ dependencies }) => dependencies.assertMany([bad]), ["dependencies", 0, "source"]);
    await refused(({ dependencies }) => dependencies.withdraw(UNKNOWN_ID, source), ["source"]);
    await refused(({ dependencies }) => dependencies.release(source, []), ["source"]);
    await refused(
      ({ dependencies }) => dependencies.replaceUpstreams({ assetId: UNKNOWN_ID, upstream: [], source }),
      ["source"],
    );
  });

  it("a change to an unknown type", async () => {
    const patch = unchecked<{ dependencyType: "data" }>({ dependencyType: "magic" });
    await refused(({ dependencies }) => dependencies.update(UNKNOWN_ID, patch), ["dependencyType"]);
  });
});

describe("a replacement of upstreams is refused, with the path of the value and nothing sent, for", () => {
  const item = { assetId: other, dependencyType: "data" };

  it.each<[string, object, InputPath]>([
    ["no asset", { assetId: undefined }, ["assetId"]],
    ["a bad asset", { assetId: "x" }, ["assetId"]],
    ["no list", { upstream: undefined }, ["upstream"]],
    ["a bad upstream", { upstream: [item, { ...item, assetId: "x" }] }, ["upstream", 1, "assetId"]],
    [
      "an unknown type",
      { upstream: [{ ...item, dependencyType: "magic" }] },
      ["upstream", 0, "dependencyType"],
    ],
    ["a field that is unknown", { upstream: [{ ...item, weight: 1 }] }, ["upstream", 0, "weight"]],
    ["the asset itself", { upstream: [item, { ...item, assetId: UNKNOWN_ID }] }, ["upstream", 1, "assetId"]],
    [
      "one twice",
      { upstream: [item, { ...item, dependencyType: "control" }, { ...item, assetId: other.toUpperCase() }] },
      ["upstream", 2, "assetId"],
    ],
    ["more than a thousand", { upstream: Array.from({ length: 1001 }, () => item) }, ["upstream"]],
  ])("%s", async (_, fields, inputPath) => {
    const bad = unchecked<UpstreamReplacement>({ assetId: UNKNOWN_ID, upstream: [], ...fields });
    await refused(({ dependencies }) => dependencies.replaceUpstreams(bad), inputPath);
  });
});

describe("reading dependencies is refused for", () => {
  it.each(BAD_IDS)("an id of %s", async (_, id) => {
    for (const method of ["findById", "getById", "remove"] as const) {
      await refused(({ dependencies }) => dependencies[method](id), ["id"]);
    }
    await refused(({ dependencies }) => dependencies.withdraw(id, "api"), ["id"]);
    for (const method of ["listUpstream", "listDownstream", "listAll", "removeAll"] as const) {
      await refused(async ({ dependencies }) => dependencies[method](id), ["assetId"]);
    }
    await refused(({ dependencies }) => dependencies.update(id, { dependencyType: "data" }), ["id"]);
  });

  it.each(BAD_PAGES)("the page %j", async (request, argument) => {
    for (const side of ["upstream", "downstream"] as const) {
      await refused(({ dependencies }) => dependencies.pagesByAsset(side, [UNKNOWN_ID], request), [argument]);
    }
  });

  it.each(badCursors("asset.upstream"))("a cursor of %s", async (_, after) => {
    await refused(
      ({ dependencies }) => dependencies.pagesByAsset("upstream", [UNKNOWN_ID], { after }),
      ["after"],
    );
  });

  it.each(BAD_WINDOWS)("the window %j", async (window, argument) => {
    await refused(({ dependencies }) => dependencies.list(window), [argument]);
    for (const method of ["listUpstream", "listDownstream", "listAll"] as const) {
      await refused(({ dependencies }) => dependencies[method](UNKNOWN_ID, window), [argument]);
    }
  });
});
