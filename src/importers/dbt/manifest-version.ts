import { ManifestError, quote } from "./manifest-error.ts";

/** dbt Core writes v7 since 1.3 and v12 since 1.8: https://docs.getdbt.com/reference/artifacts/manifest-json */
const OLDEST = 7;
const NEWEST = 12;

const SCHEMA_URL = /^https?:\/\/schemas\.getdbt\.com\/dbt\/([a-z-]{1,40})\/v(0|[1-9]\d{0,3})\.json$/;

const EXPECTED = `a dbt manifest (target/manifest.json), schema v${OLDEST} to v${NEWEST}`;

/**
 * The schema version of a manifest, from `metadata.dbt_schema_version`. Every artifact of dbt names its schema there:
 * https://docs.getdbt.com/reference/artifacts/dbt-artifacts (section "Common metadata").
 * @throws ManifestError that says what was expected and what the file is instead
 */
export function readManifestVersion(json: unknown): number {
  const metadata = isObject(json) ? json.metadata : undefined;
  if (!isObject(metadata)) throw new ManifestError([], `expected ${EXPECTED}; found ${nameOf(json)}`);
  const path = ["metadata", "dbt_schema_version"];
  const schema = metadata.dbt_schema_version;
  if (schema === undefined) throw new ManifestError(path, `expected ${EXPECTED}, but it is missing`);
  const [, artifact, version] = (typeof schema === "string" && SCHEMA_URL.exec(schema)) || [];
  if (artifact === undefined) {
    const found = typeof schema === "string" ? quote(schema) : nameOf(schema);
    throw new ManifestError(
      path,
      `expected "https://schemas.getdbt.com/dbt/manifest/v${NEWEST}.json"; found ${found}`,
    );
  }
  if (artifact !== "manifest") {
    throw new ManifestError(path, `expected ${EXPECTED}; found dbt's ${artifact} v${version}`);
  }
  const number = Number(version);
  if (number < OLDEST || number > NEWEST) {
    throw new ManifestError(path, `manifest v${version} cannot be read; expected v${OLDEST} to v${NEWEST}`);
  }
  return number;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a value is, in words that help to see which file was given by mistake. */
function nameOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (!isObject(value)) return `a ${typeof value}`;
  // https://openlineage.io/spec/2-0-2/OpenLineage.json: every event requires these two.
  if ("eventTime" in value && "producer" in value) return "an OpenLineage event";
  const keys = Object.keys(value);
  if (keys.length === 0) return "an empty object";
  const more = keys.length > 4 ? ", …" : "";
  return `an object with ${keys.slice(0, 4).map(quote).join(", ")}${more}`;
}
