import { posix } from "node:path";
import type { Import, SourceFile } from "./source-file.ts";

/** A role in the house. */
interface Layer {
  readonly files: RegExp;
  /** The layers that it may import; its own only where it is named. */
  readonly imports?: readonly string[];
  /** The layers of which it may import types alone. */
  readonly types?: readonly string[];
  /** The packages that it may import, besides Node's own modules. */
  readonly packages?: readonly string[];
  /** The packages of which it may import types alone. */
  readonly packageTypes?: readonly string[];
  /** Importing it does something. */
  readonly sideEffects?: true;
}

const slice = (role: string) => new RegExp(`^src/modules/[^/]+/[a-z-]+${role}\\.ts$`);

/** Who may import whom (DESIGN, "The house"). A file belongs to the first layer whose pattern it matches. */
export const LAYERS: ReadonlyMap<string, Layer> = new Map<string, Layer>(
  Object.entries({
    basis: {
      files:
        /^src\/(abort|described-error|errors|exposure|group-by-key|lazily|limits|package-folder|version|write-moment|tracing\/options)\.ts$/,
      imports: ["basis"],
    },
    logger: { files: /^src\/logger\.ts$/, imports: ["basis"], packages: ["pino", "pino-pretty"] },
    config: {
      files: /^src\/config(\.ts$|\/)/,
      imports: ["basis", "db", "retry", "logger", "config"],
      packages: ["zod"],
    },

    tenant: { files: /^src\/db\/tenant\.ts$/, imports: ["basis"] },
    retry: { files: /^src\/db\/retry\.ts$/, imports: ["basis"], types: ["db"], packages: ["p-retry"] },
    db: {
      files: /^src\/db\//,
      imports: ["basis", "logger", "tenant", "retry", "db"],
      packages: ["drizzle-orm", "pg", "zod"],
    },
    tracing: {
      files: /^src\/tracing\//,
      imports: ["basis", "tracing"],
      types: ["db", "logger"],
      packages: [
        ...["@opentelemetry/api", "@opentelemetry/context-async-hooks", "@opentelemetry/core"],
        ...["@opentelemetry/exporter-trace-otlp-http", "@opentelemetry/exporter-trace-otlp-proto"],
        ...["@opentelemetry/resources", "@opentelemetry/sdk-trace"],
      ],
    },
    principal: { files: /^src\/principal\.ts$/, imports: ["basis", "tenant"] },

    context: {
      files: /^src\/graphql\/context\.ts$/,
      imports: ["basis", "principal", "repositories", "loaders"],
      types: ["db", "logger"],
    },
    graphql: {
      files: /^src\/graphql\//,
      imports: ["basis", "principal", "graphql"],
      types: ["context", "db", "fields"],
      packages: [
        ...["@pothos/core", "@pothos/plugin-directives", "@pothos/plugin-federation"],
        ...["@pothos/plugin-relay", "@pothos/plugin-scope-auth"],
        ...["graphql", "graphql-scalars"],
      ],
      sideEffects: true,
    },

    repositories: {
      files: /^src\/modules\/repositories\.ts$/,
      imports: ["basis", "repository"],
      types: ["db"],
    },
    loaders: { files: /^src\/modules\/loaders\.ts$/, imports: ["basis", "loader"] },
    schemas: {
      files: /^src\/modules\/schema\.ts$/,
      imports: ["graphql", "schema"],
      packageTypes: ["graphql"],
      sideEffects: true,
    },
    fields: { files: /^src\/modules\/fields\.ts$/, imports: ["basis", "tenant"], packages: ["zod"] },
    batch: { files: /^src\/modules\/batch\.ts$/, imports: ["basis", "db"], packages: ["dataloader"] },
    query: {
      files: /^src\/modules\/[^/]+\.ts$/,
      imports: ["basis", "tenant", "db", "fields"],
      packages: ["drizzle-orm", "zod"],
    },

    table: {
      files: slice("\\.table"),
      imports: ["db", "table"],
      types: ["fields", "value"],
      packages: ["drizzle-orm"],
    },
    value: { files: slice(""), imports: ["fields", "value"], packages: ["zod"] },
    input: {
      files: slice("\\.input"),
      imports: ["tenant", "fields", "query", "table", "value"],
      packages: ["zod"],
    },
    state: { files: slice("\\.state"), imports: ["basis"], types: ["table"] },
    references: {
      files: slice("\\.references"),
      imports: ["basis", "db", "table"],
      packages: ["drizzle-orm"],
    },
    loader: {
      files: slice("\\.loader"),
      imports: ["basis", "batch"],
      types: ["repository", "input", "value"],
      packages: ["dataloader"],
    },
    schema: {
      files: slice("(\\.mutations)?\\.schema"),
      imports: ["basis", "graphql", "fields", "input", "schema"],
      types: ["context", "repository", "value"],
      packageTypes: ["graphql"],
      sideEffects: true,
    },
    repository: {
      files: slice(
        [
          "\\.(repository|sql|select|pages|filter|tags|links|claims|upsert|purge", // of several slices
          "assertions|replacement|history|walk|answer|counts|paths|impact)", // of edges and lineage
        ].join("|"),
      ),
      imports: [
        ...["basis", "tenant", "db", "fields", "query"],
        ...["table", "value", "input", "state", "references", "repository"],
      ],
      packages: ["drizzle-orm", "uuidv7"],
      packageTypes: ["zod"],
    },

    storage: {
      files: /^src\/storage\.ts$/,
      imports: ["tenant", "db", "fields", "repositories"],
      packageTypes: ["pg"],
    },
    metrics: { files: /^src\/metrics\//, imports: ["basis", "retry", "metrics"], types: ["db"] },
    importer: {
      files: /^src\/importers\//,
      imports: ["basis", "tenant", "fields", "importer"],
      types: ["repositories"],
      packages: ["zod"],
    },
    transfer: {
      files: /^src\/transfer\//,
      imports: ["basis", "tenant", "db", "fields", "table", "value", "input", "references", "transfer"],
      packages: ["drizzle-orm", "zod"],
    },
    sample: {
      files: /^src\/sample\//,
      imports: ["tenant", "repositories", "sample"],
      types: ["db", "table", "input"],
    },
    "heavy worker": {
      files: /^src\/http\/heavy\/worker\.ts$/,
      imports: ["basis", "db", "schemas", "metrics", "tracing", "http"],
      types: ["logger"],
      packages: ["graphql"],
      sideEffects: true,
    },
    "request tracing": {
      files: /^src\/http\/request-tracing\.ts$/,
      imports: ["tracing", "http"],
      packages: ["@opentelemetry/api", "graphql-yoga"],
    },
    http: {
      files: /^src\/http\//,
      imports: [
        ...["basis", "tenant", "retry", "principal", "context", "graphql"],
        ...["fields", "schemas", "metrics", "http"],
      ],
      types: ["db", "logger", "tracing"],
      packages: ["@graphql-yoga/render-graphiql", "graphql", "graphql-yoga", "jose"],
      packageTypes: ["pino"],
    },
    command: {
      files: /^src\/commands\//,
      imports: [
        ...["basis", "config", "logger", "tenant", "db", "repositories", "table"],
        ...["importer", "transfer", "sample", "metrics", "tracing", "http", "request tracing", "command"],
      ],
      types: ["repository"],
      packages: ["zod"],
      packageTypes: ["pg", "pino"],
    },
    main: {
      files: /^src\/main\.ts$/,
      imports: ["basis", "config", "logger", "db", "command"],
      packages: ["commander", "pino"],
      sideEffects: true,
    },
    index: {
      files: /^src\/index\.ts$/,
      imports: ["basis", "db", "storage"],
      types: [
        ...["logger", "tenant", "retry", "fields", "query"],
        ...["table", "value", "input", "repository", "repositories"],
      ],
    },
  } satisfies Record<string, Layer>),
);

/** What a slice may import of another slice, besides types. */
const SHARED_BY_SLICES = ["table", "references", "schema"];

/** The name of a file's layer, or undefined where it has none. */
export function layerOf(path: string): string | undefined {
  for (const [name, { files }] of LAYERS) if (files.test(path)) return name;
  return undefined;
}

/** The imports that the table does not allow, a line each. */
export function findForbiddenImports({ path, imports }: SourceFile): string[] {
  const name = layerOf(path);
  const layer = name === undefined ? undefined : LAYERS.get(name);
  if (layer === undefined) return [`${path} belongs to no layer`];
  return imports
    .map((given) =>
      given.specifier.startsWith(".") ? refuseFile(path, layer, given) : refusePackage(layer, given),
    )
    .filter((refused) => refused !== undefined)
    .map((refused) => `${path} (${name}) may not import ${refused}`);
}

function refusePackage(
  { packages = [], packageTypes = [] }: Layer,
  { specifier, typeOnly }: Import,
): string | undefined {
  if (specifier.startsWith("node:")) return undefined;
  const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
  const allowed = packages.includes(name) || (typeOnly && packageTypes.includes(name));
  return allowed ? undefined : describe(name, typeOnly);
}

function refuseFile(
  from: string,
  { imports = [], types = [] }: Layer,
  { specifier, typeOnly }: Import,
): string | undefined {
  const to = posix.join(posix.dirname(from), specifier);
  const target = layerOf(to);
  const refused = describe(`${to} (${target ?? "no layer"})`, typeOnly);
  if (target === undefined) return refused;
  if (typeOnly) return imports.includes(target) || types.includes(target) ? undefined : refused;
  if (!imports.includes(target)) return refused;
  const [slice, other] = [sliceOf(from), sliceOf(to)];
  const isForeign = slice !== undefined && other !== undefined && slice !== other;
  return isForeign && !SHARED_BY_SLICES.includes(target) ? `${refused} of another slice` : undefined;
}

function describe(what: string, typeOnly: boolean): string {
  return typeOnly ? `types of ${what}` : what;
}

function sliceOf(path: string): string | undefined {
  return /^src\/modules\/([^/]+)\//.exec(path)?.[1];
}
