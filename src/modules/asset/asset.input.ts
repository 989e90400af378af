import { z } from "zod";
import { SCOPES } from "../../db/tenant.ts";
import {
  bulk,
  choice,
  description,
  label,
  name,
  owner,
  propertiesOrNone,
  refuseRepetition,
  tag,
  tags,
} from "../fields.ts";
import { nameFilter } from "../name-filter.ts";
import { partitionConfig } from "./partition-config.ts";

export const assetType = label(64);

/** A new asset; all but `name` and `assetType` may be left out. */
export const newAsset = z.strictObject({
  name,
  assetType,
  description: description.nullish(),
  owner: owner.nullish(),
  tags: tags.nullish(),
  partitionConfig: partitionConfig.nullish(),
  properties: propertiesOrNone,
});

/** A change of an asset: what is not given stays, null clears. */
export const assetPatch = newAsset
  .partial()
  .refine(
    (patch) => Object.values(patch).some((value) => value !== undefined),
    "must change at least one field",
  );

/** Up to 1,000 assets by name, each name once. */
export const assetsToUpsert = bulk(newAsset).superRefine(refuseRepetition(({ name }) => name, "name"));

/** Every condition that is given must hold. */
export const assetFilter = z.strictObject({
  name: nameFilter,
  types: choice(assetType),
  owners: choice(owner),
  tags: z.strictObject({ any: choice(tag), all: choice(tag) }).nullish(),
  scope: z.enum(SCOPES, `must be one of ${SCOPES.join(", ")}`).nullish(),
});

export type NewAsset = z.input<typeof newAsset>;
export type AssetPatch = z.input<typeof assetPatch>;
export type AssetFilter = z.input<typeof assetFilter>;
