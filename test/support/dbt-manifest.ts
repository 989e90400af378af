import { createHash } from "node:crypto";

type Fields = Record<string, unknown>;

/** What a test says of one resource; everything else is filled in as dbt does. */
interface DbtResource {
  name: string;
  /** The package that owns it; the project by default. */
  package?: string;
  description?: string;
  tags?: string[];
  meta?: Fields;
  /** Full ids, such as `model.shop.orders`. */
  dependsOn?: string[];
  /** Laid over the fields that are filled in; `undefined` takes one away. */
  fields?: Fields;
}

interface DbtNode extends DbtResource {
  /** `view` by default for models. */
  materialized?: string;
  group?: string;
  columns?: Record<string, { type?: string; description?: string }>;
}

interface DbtSource extends DbtNode {
  /** The source whose table it is; `raw` by default, so that the id is `source.<project>.raw.<name>`. */
  source?: string;
}

interface DbtExposure extends DbtResource {
  owner?: { name?: string | null; email?: string | string[] | null };
  type?: string;
  url?: string;
}

export interface DbtManifestOptions {
  /** `shop` by default. */
  project?: string;
  /** 7 to 12; 12 by default. */
  version?: number;
  sources?: DbtSource[];
  seeds?: DbtNode[];
  snapshots?: DbtNode[];
  models?: DbtNode[];
  exposures?: DbtExposure[];
  tests?: DbtResource[];
  metrics?: DbtResource[];
  semanticModels?: DbtResource[];
  functions?: DbtResource[];
  groups?: { name: string; package?: string; owner: Fields }[];
  /** Models that the project switches off. */
  disabled?: DbtResource[];
  /** Laid over the manifest's metadata; `undefined` takes a field away. */
  metadata?: Fields;
}

/** A manifest as `JSON.parse` gives it. */
interface DbtManifest {
  metadata: Fields;
  nodes: Record<string, Fields>;
  sources: Record<string, Fields>;
  exposures: Record<string, Fields>;
  [section: string]: unknown;
}

const SCHEMA = "public";

/**
 * A small dbt manifest of a given version: it has the sections and fields that dbt writes in that version, as far as
 * the import looks at them, and some that it must ignore.
 */
export function dbtManifest(options: DbtManifestOptions = {}): DbtManifest {
  const { project = "shop", version = 12 } = options;
  const resource = (type: string, given: DbtResource, id: string, more: Fields): [string, Fields] => [
    id,
    {
      unique_id: id,
      resource_type: type,
      package_name: given.package ?? project,
      name: given.name,
      original_file_path: `${type}s/${given.name}.sql`,
      description: given.description ?? "",
      tags: given.tags ?? [],
      meta: given.meta ?? {},
      depends_on: { macros: [], nodes: given.dependsOn ?? [] },
      created_at: 1_700_000_000 + Math.random(),
      ...more,
      ...given.fields,
    },
  ];
  const simple = (type: string) => (given: DbtResource) =>
    resource(type, given, `${type}.${given.package ?? project}.${given.name}`, {});
  const columns = (given: DbtNode) =>
    Object.fromEntries(
      Object.entries(given.columns ?? {}).map(([name, { type, description }]) => [
        name,
        { name, description: description ?? "", data_type: type ?? null, meta: {}, tags: [] },
      ]),
    );
  const relation = (identifier: string) => `"warehouse"."${SCHEMA}"."${identifier}"`;

  const node = (type: "model" | "seed" | "snapshot") => (given: DbtNode) => {
    const materialized = given.materialized ?? (type === "model" ? "view" : type);
    return resource(type, given, `${type}.${given.package ?? project}.${given.name}`, {
      database: "warehouse",
      schema: SCHEMA,
      alias: given.name,
      // v7 has it only after compilation; ephemeral models never.
      ...(version >= 8 && { relation_name: materialized === "ephemeral" ? null : relation(given.name) }),
      config: {
        enabled: true,
        materialized,
        tags: given.tags ?? [],
        meta: given.meta ?? {},
        group: given.group ?? null,
      },
      ...(version >= 9 && { group: given.group ?? null }),
      ...(version >= 9 && type === "model" && { version: null }),
      columns: columns(given),
      checksum: { name: "sha256", checksum: String(Math.random()) },
      ...(type === "seed" && version >= 8 && { depends_on: { macros: [] } }),
    });
  };
  const source = (given: DbtSource) => {
    const { source: sourceName = "raw", name } = given;
    return resource("source", given, `source.${given.package ?? project}.${sourceName}.${name}`, {
      database: "warehouse",
      schema: sourceName,
      identifier: name,
      relation_name: `"warehouse"."${sourceName}"."${name}"`,
      source_name: sourceName,
      config: { enabled: true },
      columns: columns(given),
      depends_on: undefined,
    });
  };
  const exposure = (given: DbtExposure) =>
    resource("exposure", given, `exposure.${given.package ?? project}.${given.name}`, {
      type: given.type ?? "dashboard",
      owner: given.owner ?? { name: null, email: "bi@shop.example" },
      config: { enabled: true },
      url: given.url ?? null,
      maturity: null,
      label: null,
    });
  const group = (given: { name: string; package?: string; owner: Fields }): [string, Fields] => {
    const id = `group.${given.package ?? project}.${given.name}`;
    return [id, { name: given.name, resource_type: "group", unique_id: id, owner: given.owner }];
  };
  const section = <T>(items: T[] | undefined, make: (item: T) => [string, Fields]) =>
    Object.fromEntries((items ?? []).map(make));

  const manifest = {
    metadata: {
      dbt_schema_version: `https://schemas.getdbt.com/dbt/manifest/v${version}.json`,
      dbt_version: "1.0.0",
      generated_at: new Date().toISOString(),
      invocation_id: crypto.randomUUID(),
      ...(version >= 10 && { project_name: project }),
      project_id: createHash("md5").update(project).digest("hex"),
      adapter_type: "postgres",
      ...options.metadata,
    },
    nodes: {
      ...section(options.models, node("model")),
      ...section(options.seeds, node("seed")),
      ...section(options.snapshots, node("snapshot")),
      ...section(options.tests, simple("test")),
    },
    sources: section(options.sources, source),
    macros: {
      [`macro.${project}.cents`]: { package_name: project },
      "macro.dbt.run_hooks": { package_name: "dbt" },
    },
    docs: {},
    exposures: section(options.exposures, exposure),
    metrics: section(options.metrics, simple("metric")),
    selectors: {},
    disabled: Object.fromEntries(
      (options.disabled ?? []).map((given) => simple("model")(given)).map(([id, fields]) => [id, [fields]]),
    ),
    parent_map: {},
    child_map: {},
    ...(version >= 9 && { groups: section(options.groups, group), group_map: {} }),
    ...(version >= 10 && { semantic_models: section(options.semanticModels, simple("semantic_model")) }),
    ...(version >= 11 && { saved_queries: {} }),
    ...(version >= 12 && { unit_tests: {}, functions: section(options.functions, simple("function")) }),
  };
  // As a file would hold it: fields that are undefined are not there.
  return JSON.parse(JSON.stringify(manifest));
}
