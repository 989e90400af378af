import type { Lineage } from "../../../src/modules/lineage/lineage.walk.ts";
import type { Repositories } from "../../../src/modules/repositories.ts";
import { link, newAsset, newWorkflow } from "../factories.ts";
import type { Party } from "../storage.ts";

/** What one owner has, one row of each kind, and what it is called. */
export interface Holding {
  readonly assetId: string;
  readonly assetName: string;
  readonly workflowId: string;
  readonly workflowName: string;
  readonly executionId: string;
  readonly idempotencyKey: string;
  readonly edgeId: string;
  readonly upstreamId: string;
  readonly actor: string;
}

/** What nobody has. */
export const NOTHING: Holding = {
  assetId: noId(1),
  assetName: "no such asset",
  workflowId: noId(2),
  workflowName: "no such workflow",
  executionId: noId(3),
  idempotencyKey: "no such key",
  edgeId: noId(4),
  upstreamId: noId(5),
  actor: "no such actor",
};

/** Stores one row of each kind: an asset that another flows into, and a workflow that reads and writes it and has run. */
export function storeHolding(party: Party, actor: string): Promise<Holding> {
  return party.run(
    async (repositories) => {
      const { assets, workflows, executions } = repositories;
      const { dependencies } = repositories;
      const upstream = await assets.insert(newAsset());
      const asset = await assets.insert(newAsset({ tags: [actor] }));
      const edge = await link(repositories, upstream.id, asset.id);
      const workflow = await workflows.insert(
        newWorkflow({
          assets: [
            { assetId: asset.id, role: "input" },
            { assetId: asset.id, role: "output" },
          ],
        }),
      );
      const idempotencyKey = `key of ${actor}`;
      await assets.claim(actor, [asset.id]);
      const { upstreamAssetId, downstreamAssetId, dependencyType } = edge;
      await dependencies.insert({ upstreamAssetId, downstreamAssetId, dependencyType, source: actor });
      const execution = await executions.insert({ workflowId: workflow.id, idempotencyKey });
      return {
        assetId: asset.id,
        assetName: asset.name,
        workflowId: workflow.id,
        workflowName: workflow.name,
        executionId: execution.id,
        idempotencyKey,
        edgeId: edge.id,
        upstreamId: upstream.id,
        actor,
      };
    },
    { actor },
  );
}

type Act = (from: Repositories, holding: Holding) => Promise<unknown>;

/** Every way to read what a holding has. Of one that is not visible each tells what it tells of {@link NOTHING}. */
export const READS: Readonly<Record<string, Act>> = {
  "assets.findById": ({ assets }, { assetId }) => assets.findById(assetId),
  "assets.getById": ({ assets }, { assetId }) => assets.getById(assetId),
  "assets.findManyByIds": ({ assets }, { assetId, upstreamId }) =>
    assets.findManyByIds([assetId, upstreamId]),
  "assets.findByName": ({ assets }, { assetName }) => assets.findByName(assetName),
  "assets.findManyByNames": ({ assets }, { assetName }) => assets.findManyByNames([assetName]),
  "assets.list by name": ({ assets }, { assetName: exact }) => assets.list({ filter: { name: { exact } } }),
  "assets.list by part of a name": ({ assets }, { assetName: contains }) =>
    assets.list({ filter: { name: { contains } } }),
  "assets.page by tag": ({ assets }, { actor }) => assets.page({ filter: { tags: { any: [actor] } } }),
  "assets.page by all tags": ({ assets }, { actor }) => assets.page({ filter: { tags: { all: [actor] } } }),
  "assets.count by name": ({ assets }, { assetName: exact }) => assets.count({ name: { exact } }),
  "assets.count by tag": ({ assets }, { actor }) => assets.count({ tags: { any: [actor] } }),
  "workflows.findById": ({ workflows }, { workflowId }) => workflows.findById(workflowId),
  "workflows.getById": ({ workflows }, { workflowId }) => workflows.getById(workflowId),
  "workflows.findManyByIds": ({ workflows }, { workflowId }) => workflows.findManyByIds([workflowId]),
  "workflows.findByName": ({ workflows }, { workflowName }) => workflows.findByName(workflowName),
  "workflows.findByName of a version": ({ workflows }, { workflowName }) =>
    workflows.findByName(workflowName, 1),
  "workflows.findManyByVersions": ({ workflows }, { workflowName: name }) =>
    workflows.findManyByVersions([{ name, version: 1 }]),
  "workflows.listVersions": ({ workflows }, { workflowName }) => workflows.listVersions(workflowName),
  "workflows.list by name": ({ workflows }, { workflowName: exact }) =>
    workflows.list({ filter: { name: { exact }, latestOnly: true } }),
  "workflows.page by name": ({ workflows }, { workflowName: prefix }) =>
    workflows.page({ filter: { name: { prefix } } }),
  "workflows.count by name": ({ workflows }, { workflowName: exact }) => workflows.count({ name: { exact } }),
  "workflows.findLinks": ({ workflows }, { workflowId }) => workflows.findLinks([workflowId]),
  "workflows.pagesByAsset": ({ workflows }, { assetId }) => workflows.pagesByAsset([assetId], {}),
  "workflows.countsByAsset": ({ workflows }, { assetId }) => workflows.countsByAsset([assetId]),
  "executions.findById": ({ executions }, { executionId }) => executions.findById(executionId),
  "executions.getById": ({ executions }, { executionId }) => executions.getById(executionId),
  "executions.findManyByIds": ({ executions }, { executionId }) => executions.findManyByIds([executionId]),
  "executions.list by workflow": ({ executions }, { workflowId }) =>
    executions.list({ filter: { workflowId } }),
  "executions.page by workflow": ({ executions }, { workflowId }) =>
    executions.page({ filter: { workflowId } }),
  "executions.count by workflow": ({ executions }, { workflowId }) => executions.count({ workflowId }),
  "executions.pagesByWorkflow": ({ executions }, { workflowId }) =>
    executions.pagesByWorkflow([workflowId], {}),
  "executions.countsByWorkflow": ({ executions }, { workflowId }) =>
    executions.countsByWorkflow([workflowId]),
  "dependencies.findById": ({ dependencies }, { edgeId }) => dependencies.findById(edgeId),
  "dependencies.getById": ({ dependencies }, { edgeId }) => dependencies.getById(edgeId),
  "dependencies.findManyByIds": ({ dependencies }, { edgeId }) => dependencies.findManyByIds([edgeId]),
  "dependencies.listUpstream": ({ dependencies }, { assetId }) => dependencies.listUpstream(assetId),
  "dependencies.listDownstream": ({ dependencies }, { upstreamId }) =>
    dependencies.listDownstream(upstreamId),
  "dependencies.listAll": ({ dependencies }, { assetId }) => dependencies.listAll(assetId),
  "dependencies.pagesByAsset": ({ dependencies }, { assetId }) =>
    dependencies.pagesByAsset("upstream", [assetId], {}),
  "dependencies.countsByAsset": ({ dependencies }, { upstreamId }) =>
    dependencies.countsByAsset("downstream", [upstreamId]),
  "lineage.find": ({ lineage }, { assetId }) => lineage.find({ assetId }),
  "lineage.find downstream": ({ lineage }, { upstreamId: assetId }) =>
    lineage.find({ assetId, direction: "downstream" }),
  "lineage.find as of now": ({ lineage }, { assetId }) => lineage.find({ assetId, asOf: new Date() }),
  "lineage.find of what a tag hides": ({ lineage }, { assetId, actor }) =>
    lineage.find({ assetId, filter: { tags: [actor], mode: "hide" } }),
  "lineage.findMany": ({ lineage }, { assetId, upstreamId }) =>
    lineage.findMany({ assetIds: [assetId, upstreamId] }),
  "lineage.findImpact": ({ lineage }, { upstreamId: assetId }) => lineage.findImpact({ assetId }),
  "lineage.findEdges": ({ lineage }, holding) => lineage.findEdges([pretendedLineage(holding)]),
  "lineage.findOutside upstream": async ({ lineage }, holding) => {
    const [outside] = await lineage.findOutside([pretendedLineage(holding, [holding.assetId])], "upstream");
    return outside?.size;
  },
  "lineage.findOutside downstream": async ({ lineage }, holding) => {
    const pretended = pretendedLineage(holding, [holding.upstreamId]);
    const [outside] = await lineage.findOutside([pretended], "downstream");
    return outside?.size;
  },
  "lineage.findEdgeDetails": ({ lineage }, { edgeId, assetId, upstreamId }) =>
    lineage.findEdgeDetails([
      {
        ...{ id: edgeId, upstreamAssetId: upstreamId, downstreamAssetId: assetId },
        ...{ dependencyType: "data", bridged: false, asOf: null },
      },
    ]),
  "lineage.count": ({ lineage }, { assetId }) => lineage.count({ assetId }),
  "lineage.countFacets": ({ lineage }, { assetId }) => {
    const request = { assetId, direction: "both", maxDepth: 5 } as const;
    return lineage.countFacets({ completeness: "COMPLETE", nodeCount: 0, byDepth: [], request });
  },
  "lineage.findPaths": ({ lineage }, { upstreamId: from, assetId: to }) => lineage.findPaths({ from, to }),
  "lineage.findPathEdges": ({ lineage }, { upstreamId, assetId }) =>
    lineage.findPathEdges([{ assetIds: [upstreamId, assetId], dependencyTypes: null, asOf: null }]),
  "lineage.findLatestExecutions": async ({ lineage }, { assetId }) =>
    Object.fromEntries(await lineage.findLatestExecutions([assetId])),
};

/** A lineage as if it had been found. */
function pretendedLineage({ assetId, upstreamId }: Holding, walkedIds = [assetId, upstreamId]): Lineage {
  return {
    ...{ rootId: assetId, direction: "both", completeness: "COMPLETE", maxDepthReached: 1, maxEdges: 10 },
    ...{ dependencyTypes: null, asOf: null, walkedIds },
    nodes: walkedIds.map((id) => ({ assetId: id, depth: 0, upstreamDepth: 0, downstreamDepth: 0 })),
  };
}

/** Every way to read one's own that even a global holding is no part of. */
export const OWN_READS: Readonly<Record<string, Act>> = {
  "assets.list of the own": ({ assets }, { assetName: exact }) =>
    assets.list({ filter: { name: { exact }, scope: "own" } }),
  "assets.count of the own": ({ assets }, { assetName: exact }) =>
    assets.count({ name: { exact }, scope: "own" }),
  "executions.findByIdempotencyKey": ({ executions }, { workflowId, idempotencyKey }) =>
    executions.findByIdempotencyKey(workflowId, idempotencyKey),
};

/** Every way to change what a holding has. */
export const CHANGES: Readonly<Record<string, Act>> = {
  "assets.update": ({ assets }, { assetId }) => assets.update(assetId, { name: "hijacked" }),
  "assets.update of tags": ({ assets }, { assetId }) => assets.update(assetId, { tags: [] }),
  "assets.remove": ({ assets }, { assetId }) => assets.remove(assetId),
  "workflows.update": ({ workflows }, { workflowId }) => workflows.update(workflowId, { owner: "intruder" }),
  "workflows.update of assets": ({ workflows }, { workflowId }) =>
    workflows.update(workflowId, { assets: [] }),
  "workflows.insertVersion": ({ workflows }, { workflowName: name }) => workflows.insertVersion({ name }),
  "workflows.remove": ({ workflows }, { workflowId }) => workflows.remove(workflowId, { cascade: true }),
  "executions.update": ({ executions }, { executionId }) =>
    executions.update(executionId, { state: "running" }),
  "executions.remove": ({ executions }, { executionId }) => executions.remove(executionId),
  "dependencies.update": ({ dependencies }, { edgeId }) =>
    dependencies.update(edgeId, { dependencyType: "control" }),
  "dependencies.remove": ({ dependencies }, { edgeId }) => dependencies.remove(edgeId),
  "dependencies.withdraw": ({ dependencies }, { edgeId }) => dependencies.withdraw(edgeId, "api"),
  "dependencies.replaceUpstreams": ({ dependencies }, { assetId }) =>
    dependencies.replaceUpstreams({ assetId, upstream: [] }),
};

/** Every way to change or delete that passes over what is not the tenant's own. */
export const SWEEPS: Readonly<Record<string, Act>> = {
  "assets.removeMany": ({ assets }, { assetId }) => assets.removeMany([assetId]),
  "dependencies.removeMany": ({ dependencies }, { edgeId }) => dependencies.removeMany([edgeId]),
  "dependencies.removeAll": ({ dependencies }, { upstreamId }) => dependencies.removeAll(upstreamId),
  "assets.claim": ({ assets }, { assetId }) => assets.claim("intruder", [assetId]),
  "assets.release": ({ assets }, { actor }) => assets.release(actor, []),
  "dependencies.release": ({ dependencies }, { actor }) => dependencies.release(actor, []),
};

/** Every way to refer to what a holding has, from something of one's own. */
export const REFERENCES: Readonly<Record<string, (mine: Holding) => Act>> = {
  "dependencies.insert":
    (mine) =>
    (from, { assetId }) =>
      link(from, assetId, mine.upstreamId),
  "dependencies.insertMany":
    (mine) =>
    ({ dependencies }, { assetId }) =>
      dependencies.insertMany([
        { upstreamAssetId: assetId, downstreamAssetId: mine.upstreamId, dependencyType: "metadata" },
      ]),
  "dependencies.assertMany":
    (mine) =>
    ({ dependencies }, { assetId }) =>
      dependencies.assertMany([
        { upstreamAssetId: assetId, downstreamAssetId: mine.upstreamId, dependencyType: "control" },
      ]),
  "dependencies.replaceUpstreams":
    (mine) =>
    ({ dependencies }, { assetId }) =>
      dependencies.replaceUpstreams({
        assetId: mine.upstreamId,
        upstream: [{ assetId, dependencyType: "data" }],
      }),
  "workflows.insert":
    () =>
    ({ workflows }, { assetId }) =>
      workflows.insert(newWorkflow({ assets: [{ assetId, role: "output" }] })),
  "workflows.insertVersion":
    (mine) =>
    ({ workflows }, { assetId }) =>
      workflows.insertVersion({ name: mine.workflowName, assets: [{ assetId, role: "output" }] }),
  "workflows.update":
    (mine) =>
    ({ workflows }, { assetId }) =>
      workflows.update(mine.workflowId, { assets: [{ assetId, role: "output" }] }),
  "executions.insert":
    () =>
    ({ executions }, { workflowId }) =>
      executions.insert({ workflowId }),
  "executions.insertOrGet":
    () =>
    ({ executions }, { workflowId }) =>
      executions.insertOrGet({ workflowId, idempotencyKey: "mine" }),
};

/** What an act comes to, as text that is the same for two rows of which one is told the same. */
export async function tellingOf(act: Promise<unknown>, holding: Holding): Promise<string> {
  const told = await act.then(show, (error: unknown) =>
    error instanceof Error ? `${error.name}: ${error.message}` : String(error),
  );
  return [...Object.entries(holding)].reduce(
    (text, [key, value]) => text.replaceAll(String(value), `<${key}>`),
    told,
  );
}

function noId(number: number): string {
  return `ffffffff-0000-7000-8000-00000000000${number}`;
}

function show(value: unknown): string {
  return JSON.stringify(value instanceof Map ? [...value] : value) ?? "undefined";
}
