import { byId } from "../batch.ts";
import type { AssetRepository } from "./asset.repository.ts";

export function createAssetLoaders(assets: AssetRepository) {
  return { assetById: byId(assets.findManyByIds) };
}
