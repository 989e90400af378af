import { and, type SQL, sql } from "drizzle-orm";
import type { z } from "zod";
import { isOneOf } from "../../db/predicates.ts";
import { parseInput } from "../fields.ts";
import { nameMatches } from "../name-filter.ts";
import { type AssetFilter, assetFilter } from "./asset.input.ts";
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
    types ? isOneOf(assets.assetType, "text", types) : undefined,
    owners ? isOneOf(assets.owner, "text", owners) : undefined,
    tags?.any ? sql`EXISTS (SELECT FROM asset_tags ${sameAsset} AND ${hasTag(tags.any)})` : undefined,
    tags?.all
      ? sql`(SELECT count(*) FROM asset_tags ${sameAsset} AND ${hasTag(tags.all)}) = ${tags.all.length}`
      : undefined,
  );
}

const sameAsset = sql`WHERE asset_tags.tenant_id = assets.tenant_id AND asset_tags.asset_id = assets.id`;

function hasTag(tags: readonly string[]): SQL {
  return isOneOf(sql`asset_tags.tag`, "text", tags);
}
