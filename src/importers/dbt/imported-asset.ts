import {
  MAX_TAGS,
  description as storableDescription,
  name as storableName,
  owner as storableOwner,
  tag as storableTag,
} from "../../modules/fields.ts";
import { type GroupOwners, readOwner } from "./asset-owner.ts";
import { readProperties } from "./asset-properties.ts";
import { ascending, type DbtAssetType, type ImportedAsset, type SkippedCounts } from "./catalogue.ts";
import { ManifestError } from "./manifest-error.ts";
import type { Resource } from "./manifest-shape.ts";
import { storableText } from "./storable-text.ts";

/** What a description is cut to, the ellipsis included; `modules/fields.ts` allows as many. */
const DESCRIPTION_CHARACTERS = 10_000;

/**
 * One resource as an asset. One value that cannot be stored must not lose a whole import, so only the name is refused;
 * of the rest, what a person reads is kept as far as possible, and what identifies is kept exactly or not at all:
 * - `description` is cut to 10,000 characters that end in "…", characters that PostgreSQL cannot hold become U+FFFD;
 * - `owner` of more than 255 characters, or with such characters, is left out: part of a name is another name;
 * - `tags` of more than 128 characters, or with such characters, are left out, and those after the first 100 in order;
 * - `properties`: see {@link readProperties}.
 *
 * @param section where the resource stands in the manifest, for messages
 * @param id its key there, dbt's `unique_id`
 * @param adjusted where the fields that had to change are counted
 * @throws ManifestError if the id cannot be an asset's name
 */
export function readAsset(
  section: string,
  id: string,
  assetType: DbtAssetType,
  resource: Resource,
  groupOwner: GroupOwners,
  adjusted: SkippedCounts["adjusted"],
): ImportedAsset {
  const broken = storableName.safeParse(id).error?.issues[0]?.message;
  if (broken !== undefined) throw new ManifestError([section, id], `the id ${broken}`);

  const given = resource.description?.trimEnd() ?? "";
  const description = fitDescription(given);
  if (description !== given) adjusted.description += 1;

  const whole = readOwner(resource, groupOwner);
  const owner = storableOwner.safeParse(whole).data;
  if (owner !== whole) adjusted.owner += 1;

  const allTags = [...new Set([...listOf(resource.tags), ...listOf(resource.config?.tags)])];
  const tags = allTags
    .filter((tag) => storableTag.safeParse(tag).success)
    .sort(ascending)
    .slice(0, MAX_TAGS);
  if (tags.length < allTags.length) adjusted.tags += 1;

  const properties = readProperties(assetType, resource);
  if (properties.adjusted) adjusted.properties += 1;

  return {
    name: id,
    assetType,
    ...(description !== "" && { description }),
    ...(owner !== undefined && { owner }),
    tags,
    properties: properties.properties,
  };
}

function fitDescription(text: string): string {
  const storable = storableText(text);
  if (storableDescription.safeParse(storable).success) return storable;
  return `${[...storable].slice(0, DESCRIPTION_CHARACTERS - 1).join("")}…`;
}

/** dbt allows one tag to be given as a string; blank ones say nothing. */
function listOf(tags: string | string[] | null | undefined): string[] {
  const list = typeof tags === "string" ? [tags] : (tags ?? []);
  return list.filter((tag) => tag.trim() !== "");
}
