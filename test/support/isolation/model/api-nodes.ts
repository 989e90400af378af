import type { PageRequest } from "../../../../src/db/keyset.ts";
import { shownTenant } from "../../../../src/db/tenant.ts";
import type { PartitionConfig } from "../../../../src/modules/asset/partition-config.ts";
import type { LineageRequest } from "../../../../src/modules/lineage/lineage.input.ts";
import { present } from "../../present.ts";
import { enumWord, inLibrary } from "./api-words.ts";
import type { Model } from "./library.ts";
import type { FoundLineage } from "./lineage.ts";
import { type ModelPage, NO_ROWS } from "./paging.ts";
import { isLatest } from "./shown.ts";
import type { AssetRow, EdgeRow, ExecutionRow, View, WorkflowRow } from "./world.ts";

/** The API's objects as the model has them: fields by their names, and functions where they take arguments or time. */
export function modelNodes(view: View, model: Model) {
  const orNull = <Row, Node>(row: Row | null | undefined, node: (row: Row) => Node) =>
    row === null || row === undefined ? null : node(row);

  const assetById = (id: string | null) => orNull(view.find("asset", id ?? ""), asset);
  const executionById = (id: string | null) => orNull(view.find("execution", id ?? ""), execution);

  function asset(row: AssetRow): object {
    const { id, tenant, partitionConfig, ...fields } = row;
    const onSide = (side: "upstream" | "downstream") => (request: PageRequest) =>
      connection(
        model.dependencies.pagesByAsset(side, [id], request).get(id) ?? NO_ROWS,
        dependency,
        () => model.dependencies.countsByAsset(side, [id]).get(id) ?? 0,
      );
    return {
      ...{ ...fields, id, tenantId: shownTenant(tenant), partitionConfig: partitions(partitionConfig) },
      upstream: onSide("upstream"),
      downstream: onSide("downstream"),
      workflows: (request: PageRequest) =>
        connection(
          model.workflows.pagesByAsset([id], request).get(id) ?? NO_ROWS,
          workflow,
          () => model.workflows.countsByAsset([id]).get(id) ?? 0,
        ),
      lineage: (args: object) =>
        orNull(
          model.lineage.find({ ...(inLibrary(args) as Omit<LineageRequest, "assetId">), assetId: id }),
          lineage,
        ),
    };
  }

  function workflow(row: WorkflowRow): object {
    const { id, tenant, links, ...fields } = row;
    const page = (request: PageRequest) => model.executions.pagesByWorkflow([id], request).get(id) ?? NO_ROWS;
    return {
      ...{ ...fields, id, tenantId: shownTenant(tenant), isLatest: isLatest(view, row) },
      assets: links.map(({ assetId, role, position }) => ({
        ...{ role: enumWord(role), position },
        asset: () => assetById(assetId),
      })),
      executions: (request: PageRequest) =>
        connection(page(request), execution, () => model.executions.countsByWorkflow([id]).get(id) ?? 0),
      latestExecution: () => orNull(page({ first: 1 }).items[0]?.row, execution),
    };
  }

  function execution(row: ExecutionRow): object {
    const { tenant, workflowId, state, startedAt, completedAt, ...fields } = row;
    const hasBoth = startedAt !== null && completedAt !== null;
    return {
      ...{ ...fields, startedAt, completedAt, tenantId: shownTenant(tenant), state: enumWord(state) },
      durationMs: hasBoth ? completedAt.getTime() - startedAt.getTime() : null,
      workflow: () => orNull(view.find("workflow", workflowId), workflow),
    };
  }

  function dependency({ upstreamAssetId, downstreamAssetId, dependencyType, ...fields }: EdgeRow): object {
    return {
      ...{ ...fields, dependencyType: enumWord(dependencyType) },
      upstream: () => assetById(upstreamAssetId),
      downstream: () => assetById(downstreamAssetId),
    };
  }

  function lineageEdge(edge: FoundLineage["edges"][number], asOf: Date | null): object {
    const { id, upstream, downstream, type, bridged } = edge;
    const details = id === null ? null : model.lineage.detailsOf({ id, asOf });
    return {
      ...(details ?? { sources: [], lastSeenAt: null, validFrom: null, validTo: null }),
      ...{ id, bridged, dependencyType: enumWord(type) },
      upstream: () => assetById(upstream),
      downstream: () => assetById(downstream),
    };
  }

  function lineage(found: FoundLineage): object {
    const node = (id: string) => {
      const { id: _, ...depths } = present(found.nodes.find((each) => each.id === id));
      return {
        ...depths,
        asset: () => assetById(id),
        hasMoreUpstream: found.hasMoreUpstream.includes(id),
        hasMoreDownstream: found.hasMoreDownstream.includes(id),
      };
    };
    const { completeness, maxDepthReached, edgesComplete, edges, nodes, cycles } = found;
    return {
      ...{ completeness, maxDepthReached, edgesComplete, direction: enumWord(found.direction) },
      ...{ nodeCount: nodes.length, edgeCount: edges.length },
      root: () => assetById(nodes[0]?.id ?? null),
      nodes: nodes.map(({ id }) => node(id)),
      edges: edges.map((edge) => lineageEdge(edge, found.asOf)),
      cycles: cycles.map((ids) => ids.map(node)),
    };
  }

  function impact(found: FoundLineage): object {
    const reached = found.nodes.slice(1);
    return {
      ...{ completeness: found.completeness, nodeCount: reached.length },
      root: () => assetById(found.nodes[0]?.id ?? null),
      nodes: reached.map(({ id, depth }) => {
        const { latestExecution, isStale, blockedBy } = found.fateOf(id);
        return {
          ...{ depth, isStale, owner: view.find("asset", id)?.owner ?? null },
          asset: () => assetById(id),
          latestExecution: () => executionById(latestExecution),
          blockedBy: () => assetById(blockedBy),
        };
      }),
    };
  }

  return { orNull, asset, assetById, workflow, execution, dependency, lineage, lineageEdge, impact };
}

/** A page as Relay's connection. */
export function connection<Row>(
  { items, hasNextPage, hasPreviousPage }: ModelPage<Row>,
  node: (row: Row) => object,
  totalCount: () => number,
): object {
  const edges = items.map(({ cursor, row }) => ({ cursor, node: node(row) }));
  const [startCursor, endCursor] = [edges[0]?.cursor ?? null, edges.at(-1)?.cursor ?? null];
  const pageInfo = { hasNextPage, hasPreviousPage, startCursor, endCursor };
  return { edges, nodes: edges.map((edge) => edge.node), pageInfo, totalCount };
}

const PARTITION_TYPES = {
  time: "TimePartition",
  static: "StaticPartition",
  range: "RangePartition",
} as const;

function partitions(config: PartitionConfig | null): object | null {
  if (config === null) return null;
  const granularity = config.kind === "time" ? { granularity: enumWord(config.granularity) } : {};
  return { ...config, ...granularity, __typename: PARTITION_TYPES[config.kind] };
}

export type Nodes = ReturnType<typeof modelNodes>;
