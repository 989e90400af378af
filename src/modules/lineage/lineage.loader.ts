import DataLoader from "dataloader";
import { eachGroup } from "../../group-by-key.ts";
import { asError, byParent } from "../batch.ts";
import type { LineageEdge } from "./lineage.answer.ts";
import type { LineageCounts } from "./lineage.counts.ts";
import type { LineageRequest } from "./lineage.input.ts";
import type { LineagePath } from "./lineage.paths.ts";
import type { LineageRepository } from "./lineage.repository.ts";
import type { Lineage } from "./lineage.walk.ts";
import type { LineageNode } from "./lineage-nodes.ts";

/** Most lineages of one statement. */
const MAX_LINEAGES = 100;

/** What its loaders load from. */
export interface LineageSource {
  readonly lineage: LineageRepository;
}

export const lineageLoaders = {
  /** Lineages by what is asked: one walk for all assets of which the same is asked. */
  lineage: ({ lineage }: LineageSource) =>
    new DataLoader<LineageRequest, Lineage | null, string>(
      (requests) =>
        eachGroup<LineageRequest, Lineage | Error | null>(requests, optionsOf, async (group, first) => {
          const { assetId: _, ...options } = first;
          const assetIds = group.map(({ assetId }) => assetId);
          // What is refused is refused to those who asked for it, and to nobody else.
          const found = await lineage.findMany({ assetIds, ...options }).catch(asError);
          return found instanceof Error ? group.map(() => found) : found;
        }),
      { cacheKeyFn: (request) => JSON.stringify(request), maxBatchSize: MAX_LINEAGES },
    ),
  lineageEdges: ({ lineage }: LineageSource) => inBatches(lineage.findEdges),
  lineageCycles: ({ lineage }: LineageSource) => inBatches<Lineage, LineageNode[][]>(lineage.findCycles),
  /** The ids of the nodes from which more lies upstream than a lineage holds. */
  lineageOutsideUpstream: ({ lineage }: LineageSource) =>
    inBatches((wanted: readonly Lineage[]) => lineage.findOutside(wanted, "upstream")),
  /** The ids of the nodes from which more lies downstream than a lineage holds. */
  lineageOutsideDownstream: ({ lineage }: LineageSource) =>
    inBatches((wanted: readonly Lineage[]) => lineage.findOutside(wanted, "downstream")),
  lineageEdgeDetails: ({ lineage }: LineageSource) =>
    inBatches((edges: readonly LineageEdge[]) => lineage.findEdgeDetails(edges)),
  lineagePathEdges: ({ lineage }: LineageSource) =>
    inBatches((paths: readonly LineagePath[]) => lineage.findPathEdges(paths)),
  lineageFacets: ({ lineage }: LineageSource) =>
    oneByOne((counts: LineageCounts) => lineage.countFacets(counts)),
  stalenessByLineage: ({ lineage }: LineageSource) => oneByOne(lineage.findStale),
  blockersByLineage: ({ lineage }: LineageSource) => oneByOne(lineage.findBlockers),
  latestExecutionByAssetId: ({ lineage }: LineageSource) => byParent(lineage.findLatestExecutions, null),
};

const optionsOf = ({ assetId: _, ...options }: LineageRequest) => JSON.stringify(options);

/** Loads what belongs to an object, for many objects at once. */
function inBatches<Key extends object, Value>(
  find: (keys: readonly Key[]) => Promise<readonly (Value | Error)[]>,
) {
  return new DataLoader<Key, Value>(find);
}

/** Loads what belongs to an object, when it is asked for and then once. */
function oneByOne<Key extends object, Value>(find: (key: Key) => Promise<Value>) {
  return new DataLoader<Key, Value>((keys) => Promise.all(keys.map((key) => find(key).catch(asError))));
}
