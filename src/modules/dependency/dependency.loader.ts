import { byId, byParent, pagesByParentId } from "../batch.ts";
import type { Side } from "./dependency.pages.ts";
import type { DependencyRepository } from "./dependency.repository.ts";

export function createDependencyLoaders(dependencies: DependencyRepository) {
  const pages = (side: Side) =>
    pagesByParentId((ids, request) => dependencies.pagesByAsset(side, ids, request));
  const counts = (side: Side) => byParent((ids) => dependencies.countsByAsset(side, ids), 0);
  return {
    dependencyById: byId(dependencies.findManyByIds),
    upstreamPageByAssetId: pages("upstream"),
    upstreamCountByAssetId: counts("upstream"),
    downstreamPageByAssetId: pages("downstream"),
    downstreamCountByAssetId: counts("downstream"),
  };
}
