import { type JsonObject, MAX_PROPERTIES_BYTES } from "../../modules/fields.ts";
import { readColumns } from "./asset-columns.ts";
import type { DbtAssetType } from "./catalogue.ts";
import type { Resource } from "./manifest-shape.ts";
import { jsonBytes, TextFitter } from "./storable-text.ts";

/** Most bytes of one text in `properties`, as JSON: a dozen of them leave room for columns. */
const MAX_TEXT_BYTES = 4096;

/** An asset's `properties`, and whether they tell less than the manifest, or something else. */
interface FittedProperties {
  properties: JsonObject;
  adjusted: boolean;
}

/**
 * `{ relation, dbt: { package, path, version, materialized, database, schema, identifier, source, exposureType, maturity,
 * label, url, columns: [{ name, type, description }] } }`, each only where the resource has it.
 *
 * - `relation` is dbt's `relation_name`, quoted as the warehouse wants it; where a manifest has none (v7 before
 *   compilation), `database.schema.identifier`. Ephemeral models and exposures are no relation.
 * - `identifier` is the table's name in the warehouse: a node's `alias`, a source's `identifier`, else the name.
 * - Nothing here changes from run to run (no checksums, times or compiled code), so equal projects compare equal.
 *
 * To stay within the limit of `properties`, a text of more than 4 KiB is left out; then the columns lose their
 * descriptions; then only the first columns that fit are kept and `columnsOmitted` says how many are not. Characters
 * that PostgreSQL cannot hold become U+FFFD.
 */
export function readProperties(assetType: DbtAssetType, resource: Resource): FittedProperties {
  const texts = new TextFitter(MAX_TEXT_BYTES);
  const materialized = texts.fit(resource.config?.materialized);
  const isRelation = assetType !== "exposure" && materialized !== "ephemeral";
  const { relation, ...parts }: Place = isRelation ? readPlace(resource, texts) : {};
  const head = {
    package: texts.fit(resource.package_name),
    path: texts.fit(resource.original_file_path),
    version: typeof resource.version === "number" ? resource.version : texts.fit(resource.version),
    materialized,
    ...parts,
    ...(assetType === "source" && { source: texts.fit(resource.source_name) }),
    ...(assetType === "exposure" && {
      exposureType: texts.fit(resource.type),
      maturity: texts.fit(resource.maturity),
      label: texts.fit(resource.label),
      url: texts.fit(resource.url),
    }),
  };
  const withoutColumns = present({ relation, dbt: present(head) });
  const columns = readColumns(resource, texts, MAX_PROPERTIES_BYTES - jsonBytes(withoutColumns));
  return {
    properties: { ...withoutColumns, dbt: present({ ...head, ...columns.fields }) },
    adjusted: texts.adjusted || columns.shortened,
  };
}

/** Where a resource stands in the warehouse. */
interface Place {
  relation?: string | undefined;
  database?: string | undefined;
  schema?: string | undefined;
  identifier?: string | undefined;
}

function readPlace(resource: Resource, texts: TextFitter): Place {
  const database = texts.fit(resource.database);
  const schema = texts.fit(resource.schema);
  const identifier = texts.fit(resource.identifier ?? resource.alias ?? resource.name);
  const spelledOut =
    schema && identifier
      ? [database, schema, identifier].filter((part) => part !== undefined).join(".")
      : undefined;
  return { relation: texts.fit(resource.relation_name) ?? spelledOut, database, schema, identifier };
}

/** The fields that have a value: JSON has no `undefined`, and a stored object must compare equal to a new one. */
function present(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
