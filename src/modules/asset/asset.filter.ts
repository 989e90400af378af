import { and, type SQL, sql } from "drizzle-orm";
import type { z } from "zod";
import { parseInput } from "../fields.ts";
import { nameMatches } from "../name-filter.ts";
import { type AssetFilter, assetFilter } from "./asset.input.ts";
import { assetIs, hasTag, ofThatAsset } from "./asset.references.ts";
import { assets } from "./asset.table.ts";

export type ParsedAssetFilter = z.output<typeof assetFilter>;

/** @throws BadUserInputError with a path that begins with `filter` */
export function parseAssetFilter(filter: AssetFilter | null | undefined): ParsedAssetFilter {
  return parseInput(assetFilter, filter ?? {}, ["filter"]);
}

/** The condition of a filter on a row of `assets`, its scope apart. */
export function assetMatches({ name, types, owners, tags }: ParsedAssetFilter): SQL | undefined {
  return and(
    nameMatches(assets, name),
    assetIs({ types, owners, anyTags: tags?.any }),
    tags?.all
      ? sql`(SELECT count(*) FROM asset_tags ${ofThatAsset} AND ${hasTag(tags.all)}) = ${tags.all.length}`
      : undefined,
  );
}
