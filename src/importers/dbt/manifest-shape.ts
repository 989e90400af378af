import { z } from "zod";
import { ManifestError } from "./manifest-error.ts";

/**
 * What the import reads of a manifest, and no more: fields that are not named here are ignored, whatever they hold.
 * Nearly all is optional, because v7 to v12 differ and optional fields are null in some and absent in others; a field
 * that is there must have its type. Compared with the schemas at https://schemas.getdbt.com/dbt/manifest/v7.json to
 * v12.json, which differ in what is read here as follows: `project_name` since v10; `groups` and `group` since v9;
 * `version` of models since v9; `semantic_models` since v10, `saved_queries` since v11, `unit_tests` and `functions`
 * in v12; `relation_name` of nodes only when compiled in v7; an owner's `email` may be a list in v12; seeds have no
 * `depends_on.nodes` since v8.
 */
const text = z.string().nullish();
const texts = z.array(z.string()).nullish();
const textOrTexts = z.union([z.string(), z.array(z.string())], {
  error: "expected a string or a list of strings",
});
/** `NodeConfig.tags` is a list or a single string in every version. */
const tags = textOrTexts.nullish();
const meta = z.record(z.string(), z.unknown()).nullish();
const section = <T extends z.ZodType>(item: T) => z.record(z.string(), item).nullish();

const dependsOn = z.object({ nodes: texts }).nullish();
const owner = z.object({ name: text, email: textOrTexts.nullish() }).nullish();

/** Anything that a dependency may lead through. */
const link = z.object({ depends_on: dependsOn });

const column = z.object({ name: text, description: text, data_type: text });

/** Sources, exposures, and the entries of `nodes`: they share these fields, and each has some that the others lack. */
const resource = z.object({
  package_name: text,
  original_file_path: text,
  name: text,
  description: text,
  depends_on: dependsOn,
  config: z.object({ enabled: z.boolean().nullish(), materialized: text, tags, meta, group: text }).nullish(),
  tags,
  meta,
  group: text,
  version: z.union([z.string(), z.number()], { error: "expected a string or a number" }).nullish(),
  database: text,
  schema: text,
  alias: text,
  identifier: text,
  relation_name: text,
  columns: z.record(z.string(), column).nullish(),
  source_name: text,
  owner,
  type: text,
  maturity: text,
  label: text,
  url: text,
});

const manifest = z.object({
  metadata: z.object({ project_name: text, project_id: text }),
  nodes: z.record(z.string(), resource.extend({ resource_type: z.string() })),
  sources: z.record(z.string(), resource),
  exposures: section(resource),
  metrics: section(link),
  semantic_models: section(link),
  saved_queries: section(link),
  unit_tests: section(link),
  functions: section(link),
  disabled: section(z.array(link)),
  groups: section(z.object({ name: text, owner })),
  macros: section(z.unknown()),
});

export type Manifest = z.output<typeof manifest>;
export type Resource = z.output<typeof resource>;
export type Link = z.output<typeof link>;
export type Owner = z.output<typeof owner>;

/** @throws ManifestError about the first field that has not the shape a manifest has */
export function readManifestShape(json: unknown): Manifest {
  const result = manifest.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new ManifestError(issue?.path ?? [], ruleOf(issue?.message ?? "is not valid"));
}

/** zod's words without its preamble and its own names of things. */
function ruleOf(message: string): string {
  return message
    .replace(/^Invalid input: /, "")
    .replace("expected record", "expected object")
    .replace("received undefined", "but it is missing");
}
