import { byId, byParent, pagesByParentId } from "../batch.ts";
import type { Side } from "./dependency.pages.ts";
import type { DependencyRepository } from "./dependency.repository.ts";

/** What its loaders load from. */
export interface DependencySource {
  readonly dependencies: DependencyRepository;
}

const pages =
  (side: Side) =>
  ({ dependencies }: DependencySource) =>
    pagesByParentId((ids, request) => dependencies.pagesByAsset(side, ids, request));
const counts =
  (side: Side) =>
  ({ dependencies }: DependencySource) =>
    byParent((ids) => dependencies.countsByAsset(side, ids), 0);

export const dependencyLoaders = {
  dependencyById: ({ dependencies }: DependencySource) => byId(dependencies.findManyByIds),
  upstreamPageByAssetId: pages("upstream"),
  upstreamCountByAssetId: counts("upstream"),
  downstreamPageByAssetId: pages("downstream"),
  downstreamCountByAssetId: counts("downstream"),
};
