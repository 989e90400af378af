import { GLOBAL_TENANT } from "../../src/db/tenant.ts";
import { type Copies, storeCopies } from "./copies.ts";
import { link, newAsset, newWorkflow } from "./factories.ts";
import { OWNERS, type Owner, type RandomGraph } from "./lineage-graphs.ts";
import type { ReferenceAsset, ReferenceEdge, ReferenceGraph } from "./lineage-reference.ts";
import type { ReferenceExecution } from "./lineage-reference-impact.ts";
import { present } from "./present.ts";
import type { Party, TestStorage } from "./storage.ts";

/** A graph as it is stored, and what each owner sees of it. */
export interface StoredGraph {
  readonly ids: readonly string[];
  /** The `number`th asset of those that a viewer sees, counted on from the graph's root; now and then one that it does not see. */
  idOf(viewer: Owner, number: number): string;
  viewOf(viewer: Owner): ReferenceGraph & { readonly executions: readonly ReferenceExecution[] };
}

export type Parties = Readonly<Record<Owner, Party>>;

interface Owned {
  readonly tenant: Owner;
}

interface Rows {
  readonly assets: (ReferenceAsset & Owned)[];
  readonly edges: (ReferenceEdge & Owned & { readonly upstreamTenant: Owner })[];
  readonly workflows: (Owned & { readonly id: string; readonly outputs: readonly string[] })[];
  readonly runs: (Omit<ReferenceExecution, "outputs"> & Owned & { readonly workflow: string })[];
}

const START = Date.parse("2024-01-01T00:00:00Z");

let made = 0;

/** A UUID that is greater than all before it. */
export function nextId(): string {
  made += 1;
  return `01900000-0000-7000-8000-${made.toString(16).padStart(12, "0")}`;
}

/** Stores many graphs together, of two new tenants and the system. */
export async function storeGraphs(store: TestStorage, graphs: readonly RandomGraph[]) {
  const parties: Parties = { global: store.system, one: store.newTenant(), two: store.newTenant() };
  const planned = graphs.map((graph) => ({ graph, rows: plan(graph) }));
  await insertAll(
    store,
    parties,
    planned.map(({ rows }) => rows),
  );
  return { parties, stored: planned.map(({ graph, rows }) => toStored(graph, rows)) };
}

function plan({ owners, assets, chained, edges, workflows, ranks }: RandomGraph): Rows {
  const ids = new Array<string>(owners.length);
  const rank = (index: number) => present(ranks[index]);
  for (const index of [...owners.keys()].sort((a, b) => rank(a) - rank(b))) ids[index] = nextId();
  const at = (number: number) => number % ids.length;
  const pairs = ids.map((_, index) => [index, index + 1, "data"] as const);
  const chain = chained === "no" ? [] : chained === "chain" ? pairs.slice(0, -1) : pairs;
  const planned: Rows = { assets: [], edges: [], workflows: [], runs: [] };
  ids.forEach((id, index) => {
    planned.assets.push({ ...present(assets[index]), id, tenant: present(owners[index]) });
  });
  const seen = new Set<string>();
  const further = edges.map(
    ([from, steps, type]) => [from, from + 1 + (steps % Math.max(ids.length - 1, 1)), type] as const,
  );
  for (const [from, to, type] of [...chain, ...further]) {
    const [upstreamTenant, tenant] = [present(owners[at(from)]), present(owners[at(to)])];
    const [upstream, downstream] = [present(ids[at(from)]), present(ids[at(to)])];
    const key = `${upstream} ${downstream} ${type}`;
    if (upstream === downstream || seen.has(key) || !isVisible(upstreamTenant, tenant)) continue;
    seen.add(key);
    planned.edges.push({ id: nextId(), upstream, downstream, type, tenant, upstreamTenant });
  }
  for (const { owner: tenant, outputs, runs } of workflows) {
    const id = nextId();
    const written = [...new Set(outputs.map(at))].filter((index) =>
      isVisible(present(owners[index]), tenant),
    );
    planned.workflows.push({ id, tenant, outputs: written.map((index) => present(ids[index])) });
    for (const { owner, ...run } of runs) {
      if (!isVisible(tenant, owner)) continue;
      planned.runs.push({
        id: nextId(),
        tenant: owner,
        workflow: id,
        state: run.state,
        createdAt: START + run.createdAt * 1000,
        completedAt: ["pending", "running"].includes(run.state) ? null : START + run.completedAt * 1000,
      });
    }
  }
  return planned;
}

/** Whether one sees what is another's. */
function isVisible(owner: Owner, viewer: Owner): boolean {
  return owner === "global" || owner === viewer;
}

function toStored({ root }: RandomGraph, rows: Rows): StoredGraph {
  const ids = rows.assets.map(({ id }) => id);
  const views = new Map(
    OWNERS.map((viewer) => {
      const seen = ({ tenant }: Owned) => isVisible(tenant, viewer);
      const outputs = new Map(rows.workflows.filter(seen).map((each) => [each.id, each.outputs]));
      const executions = rows.runs
        .filter(seen)
        .map((run) => ({ ...run, outputs: outputs.get(run.workflow) ?? [] }));
      const assets = new Map(rows.assets.filter(seen).map((asset) => [asset.id, asset]));
      return [viewer, { assets, edges: rows.edges.filter(seen), executions }];
    }),
  );
  return {
    ids,
    idOf: (viewer, number) => {
      const seen = [...present(views.get(viewer)).assets.keys()];
      const some = seen.length === 0 || (root + number) % 16 === 0 ? ids : seen;
      return present(some[(root + number) % some.length]);
    },
    viewOf: (viewer) => present(views.get(viewer)),
  };
}

async function insertAll(store: TestStorage, parties: Parties, graphs: readonly Rows[]): Promise<void> {
  const originals = await storeOriginals(parties.one);
  const tenantIds = { global: GLOBAL_TENANT, one: present(parties.one.id), two: present(parties.two.id) };
  const tenantOf = ({ tenant }: Owned) => ({ tenant_id: tenantIds[tenant] });
  const assets = graphs.flatMap((graph) => graph.assets);
  const tenants = new Map(assets.map((asset) => [asset.id, tenantIds[asset.tenant]]));
  const workflows = graphs.flatMap((graph) => graph.workflows);
  const workflowTenants = new Map(workflows.map(({ id, tenant }) => [id, tenantIds[tenant]]));
  const copies: Copies[] = [
    {
      table: "assets",
      of: originals.asset,
      changes: assets.map((asset) => ({
        ...tenantOf(asset),
        ...{ id: asset.id, name: asset.id, name_search: asset.id },
        ...{ asset_type: asset.assetType, owner: asset.owner },
      })),
    },
    {
      table: "asset_tags",
      of: originals.asset,
      changes: assets.flatMap((asset) =>
        asset.tags.map((tag) => ({ ...tenantOf(asset), asset_id: asset.id, tag })),
      ),
    },
    {
      table: "asset_dependencies",
      of: originals.edge,
      changes: graphs.flatMap(({ edges }) =>
        edges.map((edge) => ({
          ...tenantOf(edge),
          ...{ id: edge.id, dependency_type: edge.type },
          ...{ upstream_tenant_id: tenantIds[edge.upstreamTenant], upstream_asset_id: edge.upstream },
          downstream_asset_id: edge.downstream,
        })),
      ),
    },
    {
      table: "workflows",
      of: originals.workflow,
      changes: workflows.map((each) => ({
        ...tenantOf(each),
        ...{ id: each.id, name: each.id, name_search: each.id },
      })),
    },
    {
      table: "workflow_assets",
      of: originals.workflow,
      changes: workflows.flatMap((each) =>
        each.outputs.map((output, position) => ({
          ...tenantOf(each),
          ...{ workflow_id: each.id, position, asset_tenant_id: tenants.get(output), asset_id: output },
        })),
      ),
    },
    {
      table: "executions",
      of: originals.execution,
      changes: graphs.flatMap(({ runs }) =>
        runs.map((run) => ({
          ...tenantOf(run),
          ...{ id: run.id, state: run.state },
          ...{ workflow_tenant_id: workflowTenants.get(run.workflow), workflow_id: run.workflow },
          ...{ created_at: new Date(run.createdAt), updated_at: new Date(run.createdAt) },
          completed_at: run.completedAt === null ? null : new Date(run.completedAt),
        })),
      ),
    },
  ];
  await storeCopies(store.database, copies);
}

/** A row of each table, to be copied. */
export async function storeOriginals(party: Party) {
  return party.run(async (repositories) => {
    const asset = await repositories.assets.insert(newAsset({ tags: ["original"] }));
    const other = await repositories.assets.insert(newAsset());
    const edge = await link(repositories, other.id, asset.id);
    const workflow = await repositories.workflows.insert(
      newWorkflow({ assets: [{ assetId: asset.id, role: "output" }] }),
    );
    const execution = await repositories.executions.insert({ workflowId: workflow.id });
    return { asset: asset.id, edge: edge.id, workflow: workflow.id, execution: execution.id };
  });
}
