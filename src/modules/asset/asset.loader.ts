import { byId, byKey } from "../batch.ts";
import type { AssetRepository } from "./asset.repository.ts";

/** What its loaders load from. */
export interface AssetSource {
  readonly assets: AssetRepository;
}

export const assetLoaders = {
  assetById: ({ assets }: AssetSource) => byId(assets.findManyByIds),
  assetByName: ({ assets }: AssetSource) => byKey(assets.findManyByNames, ({ name }) => name),
};
