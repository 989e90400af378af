import { afterEach, describe, expect, it, vi } from "vitest";
import { BadUserInputError } from "../../src/errors.ts";
import type { Repositories } from "../../src/modules/repositories.ts";
import {
  newAsset,
  newWorkflow,
  storeAsset,
  storeAssets,
  storeWorkflow,
  UNKNOWN_ID,
} from "../support/factories.ts";
import { present } from "../support/present.ts";
import { refusal } from "../support/refusal.ts";
import { repositoryEntries } from "../support/repository-entries.ts";
import { Statements } from "../support/statements.ts";
import { prepareStorage } from "../support/storage.ts";
import { watchDriver } from "../support/watch-driver.ts";

const statements = new Statements();
const storage = prepareStorage({ observer: statements });

afterEach(() => vi.restoreAllMocks());

/** Calls every method of every repository at least once. */
async function tour({ assets, workflows, executions, dependencies, lineage }: Repositories): Promise<void> {
  const [a, b] = [await assets.insert(newAsset({ tags: ["t"] })), await assets.insert(newAsset())];
  await assets.upsertMany([newAsset({ tags: ["t"] }), { ...newAsset(), name: a.name, tags: ["u"] }]);
  await assets.update(a.id, { tags: ["v"], owner: "ada" });
  await assets.findManyByIds([a.id]);
  await assets.findManyByNames([a.name]);
  await assets.findById(a.id);
  await assets.getById(a.id);
  await assets.findByName(a.name);
  await assets.page({ filter: { tags: { any: ["v"], all: ["v"] }, name: { contains: "a" } } });
  await assets.list();
  await assets.count();
  await assets.claim("importer", [a.id]);
  await assets.claim("importer", [a.id]);
  await assets.release("importer", []);

  const link = { upstreamAssetId: a.id, downstreamAssetId: b.id };
  const edge = await dependencies.insert({ ...link, dependencyType: "data" });
  const [second] = await dependencies.insertMany([{ ...link, dependencyType: "control" }]);
  await dependencies.update(edge.id, { dependencyType: "metadata" });
  await dependencies.findManyByIds([edge.id]);
  await dependencies.findById(edge.id);
  await dependencies.getById(edge.id);
  for (const list of [dependencies.listUpstream, dependencies.listDownstream, dependencies.listAll])
    await list(a.id);
  await dependencies.list();
  await dependencies.count();
  await dependencies.pagesByAsset("upstream", [b.id], {});
  await dependencies.countsByAsset("upstream", [b.id]);
  const asserted = { ...link, dependencyType: "metadata", source: "importer" } as const;
  await dependencies.assertMany([asserted, { ...asserted, dependencyType: "data" }]);
  await dependencies.assertMany([asserted]);
  await dependencies.withdraw(edge.id, "importer");
  await dependencies.release("importer", []);
  await dependencies.replaceUpstreams({ assetId: b.id, upstream: [], source: "nobody" });
  const found = present(await lineage.find({ assetId: a.id, filter: { owners: ["ada"], mode: "hide" } }));
  await lineage.findMany({ assetIds: [a.id, b.id], filter: { tags: ["v"] } });
  const [between] = await lineage.findEdges([found]);
  await lineage.findEdgeDetails(present(between).edges);
  await lineage.findCycles([found]);
  await lineage.findOutside([found], "upstream");
  await lineage.countFacets(present(await lineage.count({ assetId: a.id })));
  await lineage.findPathEdges(present(await lineage.findPaths({ from: a.id, to: b.id })).paths);
  const impact = present(await lineage.findImpact({ assetId: a.id }));
  await lineage.findStale(impact);
  await lineage.findBlockers(impact);
  await lineage.findLatestExecutions([b.id]);

  const workflow = await workflows.insert(newWorkflow({ assets: [{ assetId: a.id, role: "input" }] }));
  const version = await workflows.insertVersion({ name: workflow.name });
  await workflows.update(version.id, { assets: [{ assetId: b.id, role: "output" }] });
  await workflows.findManyByIds([workflow.id]);
  await workflows.findManyByVersions([workflow]);
  await workflows.findById(workflow.id);
  await workflows.getById(workflow.id);
  await workflows.findByName(workflow.name, 1);
  await workflows.listVersions(workflow.name);
  await workflows.page();
  await workflows.list();
  await workflows.count({ latestOnly: true });
  await workflows.findLinks([workflow.id]);
  await workflows.pagesByAsset([a.id], {});
  await workflows.countsByAsset([a.id]);

  const key = { workflowId: workflow.id, idempotencyKey: "k" };
  const execution = await executions.insert(key);
  await executions.insertOrGet(key);
  await executions.update(execution.id, { state: "running" });
  await executions.findManyByIds([execution.id]);
  await executions.findById(execution.id);
  await executions.getById(execution.id);
  await executions.findByIdempotencyKey(workflow.id, "k");
  await executions.page();
  await executions.list();
  await executions.count();
  await executions.pagesByWorkflow([workflow.id], {});
  await executions.countsByWorkflow([workflow.id]);

  await executions.countPurgeable({ before: new Date() });
  await executions.purge({ before: new Date() });
  await executions.remove(execution.id);
  await workflows.remove(version.id, { cascade: true });
  await dependencies.remove(edge.id);
  await dependencies.removeMany([present(second).id]);
  await dependencies.removeAll(a.id);
  await assets.remove(a.id);
  await assets.removeMany([b.id]);
}

/** The repositories, and what of them has not been called yet. */
function watchCalls(repositories: Repositories) {
  const uncalled = new Set<string>();
  for (const [name, repository] of repositoryEntries(repositories)) {
    for (const method of Object.keys(repository)) uncalled.add(`${name}.${method}`);
  }
  const watch = <T extends object>(name: string, repository: T): T =>
    new Proxy(repository, {
      get(target, method) {
        uncalled.delete(`${name}.${String(method)}`);
        return Reflect.get(target, method);
      },
    });
  const { assets, workflows, executions, dependencies, lineage } = repositories;
  const watched: Repositories = {
    assets: watch("assets", assets),
    workflows: watch("workflows", workflows),
    executions: watch("executions", executions),
    dependencies: watch("dependencies", dependencies),
    lineage: watch("lineage", lineage),
  };
  return { watched, uncalled };
}

describe("every statement", () => {
  it("of every method begins with the method's name, the transaction's own included", async () => {
    const sent = watchDriver();
    const uncalled = await storage.asTenant("acme", async (repositories) => {
      const calls = watchCalls(repositories);
      await tour(calls.watched);
      return calls.uncalled;
    });
    expect([...uncalled]).toEqual([]);
    expect(sent().length).toBeGreaterThan(70);
    for (const text of sent())
      expect(text).toMatch(/^\/\* (asset|workflow|execution|dependency|lineage|tenant|serving)\.\w+ \*\/ /);
  });

  it("of a transaction comes between its begin and its end, which bind it to the tenant", async () => {
    const sent = watchDriver();
    await storage.asTenant("acme", ({ assets }) => assets.count());
    await storage.asTenant("acme", ({ assets }) => assets.count(), { readOnly: true });
    const read = ({ executions, assets }: Repositories) =>
      executions.pagesByWorkflow([UNKNOWN_ID], {}).then(() => assets.page());
    await storage.asTenant("acme", read, { readOnly: true });
    await storage.nobody.run(({ assets }) => assets.count());
    const begin = (mode: string, tenant: string) =>
      [
        `/* tenant.begin */ BEGIN TRANSACTION ISOLATION LEVEL ${mode}`,
        `SET LOCAL app.current_tenant = '${tenant}'`,
        "SET LOCAL jit = off",
        "SET LOCAL statement_timeout = 30000",
        "SET LOCAL idle_in_transaction_session_timeout = 60000",
      ].join("; ");
    const plans = (mode: string) => `SET LOCAL plan_cache_mode = ${mode}`;
    const reading = "REPEATABLE READ, READ ONLY";
    const write = "READ COMMITTED, READ WRITE";
    // A new connection looks at its role first.
    expect(sent().filter((text) => !text.startsWith("/* serving.role */"))).toEqual([
      begin(write, "acme"),
      expect.stringContaining("/* asset.count */ select count(*)"),
      "/* tenant.end */ COMMIT",
      begin(reading, "acme"),
      expect.stringContaining("/* asset.count */ select count(*)"),
      "/* tenant.end */ COMMIT",
      `${begin(reading, "acme")}; ${plans("force_custom_plan")}`,
      expect.stringContaining("/* execution.pagesByWorkflow */ select"),
      `/* tenant.plan */ ${plans("force_generic_plan")}`,
      expect.stringContaining("/* asset.page */ select"),
      "/* tenant.end */ COMMIT",
      begin(write, ""),
      expect.stringContaining("/* asset.count */ select count(*)"),
      "/* tenant.end */ COMMIT",
    ]);
  });
});

describe("the number of statements", () => {
  const count = (work: (repositories: Repositories) => Promise<unknown>) =>
    statements.during(() => storage.asTenant("counted", work));

  it("of a read is one, however many rows", async () => {
    const tenant = {
      id: "counted",
      run: <T>(work: (from: Repositories) => Promise<T>) => storage.asTenant("counted", work),
    };
    const ids = (
      await storeAssets(
        tenant,
        Array.from({ length: 50 }, (_, index) => `asset ${index}`),
      )
    ).map(({ id }) => id);
    const made = await Promise.all([1, 2, 3].map(() => storeWorkflow(tenant)));
    const workflowIds = made.map(({ id }) => id);
    expect(await count(({ assets }) => assets.page({ first: 50 }))).toEqual(["asset.page"]);
    expect(await count(({ assets }) => assets.findManyByIds(ids))).toEqual(["asset.findManyByIds"]);
    expect(await count(({ workflows }) => workflows.pagesByAsset(ids, {}))).toEqual([
      "workflow.pagesByAsset",
    ]);
    expect(await count(({ workflows }) => workflows.findLinks(workflowIds))).toEqual(["workflow.findLinks"]);
    expect(await count(({ executions }) => executions.pagesByWorkflow(workflowIds, {}))).toEqual([
      "execution.pagesByWorkflow",
    ]);
    expect(await count(({ dependencies }) => dependencies.pagesByAsset("upstream", ids, {}))).toEqual([
      "dependency.pagesByAsset",
    ]);
    const assetId = present(ids[0]);
    expect(await count(({ lineage }) => lineage.find({ assetId }))).toEqual(["lineage.walk"]);
    expect(await count(({ lineage }) => lineage.findMany({ assetIds: ids }))).toEqual(["lineage.walk"]);
  });

  it("of a bulk write does not grow with it", async () => {
    const upsert = (items: number) =>
      count(({ assets }) =>
        assets.upsertMany(Array.from({ length: items }, () => newAsset({ tags: ["t"] }))),
      );
    expect((await upsert(500)).length).toBe((await upsert(1)).length);
    const { id: hub } = await storage.asTenant("counted", ({ assets }) => assets.insert(newAsset()));
    const connect = async (edges: number) => {
      const { assets: made } = await storage.asTenant("counted", ({ assets }) =>
        assets.upsertMany(Array.from({ length: edges }, () => newAsset())),
      );
      return count(({ dependencies }) =>
        dependencies.insertMany(
          made.map(({ id }) => ({ upstreamAssetId: hub, downstreamAssetId: id, dependencyType: "data" })),
        ),
      );
    };
    expect((await connect(500)).length).toBe((await connect(1)).length);
  });
});

describe("an id that is none", () => {
  it("is bad input also where many are taken, and stores nothing of the transaction", async () => {
    const { id } = await storeAsset(storage.system);
    const reads: ((from: Repositories) => Promise<unknown>)[] = [
      ({ assets }) => assets.findManyByIds([id, "no UUID"]),
      ({ workflows }) => workflows.findLinks(["no UUID"]),
      ({ workflows }) => workflows.pagesByAsset(["no UUID"], {}),
      ({ dependencies }) => dependencies.countsByAsset("upstream", ["no UUID"]),
      ({ executions }) => executions.pagesByWorkflow(["no UUID"], {}),
    ];
    for (const read of reads) await refusal(storage.asTenant("acme", read), BadUserInputError);
  });
});
