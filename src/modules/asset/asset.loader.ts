import { byId, byKey } from "../batch.ts";
import type { AssetRepository } from "./asset.repository.ts";

export function createAssetLoaders(assets: AssetRepository) {
  return {
    assetById: byId(assets.findManyByIds),
    assetByName: byKey(assets.findManyByNames, ({ name }) => name),
  };
}
