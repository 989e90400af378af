import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { describe, expect, test } from "vitest";
import { findMisplacedCode } from "../support/house-rules.ts";
import { findForbiddenImports, LAYERS, layerOf } from "../support/layers.ts";
import { parseSourceFile, readSourceFiles } from "../support/source-file.ts";

const files = readSourceFiles("src");

describe("the source", () => {
  test("imports run one way", () => {
    expect(files.flatMap(findForbiddenImports)).toEqual([]);
  });

  test("each thing is done in its place", () => {
    expect(files.flatMap(findMisplacedCode)).toEqual([]);
  });

  test("every layer has files", () => {
    const used = new Set(files.map(({ path }) => layerOf(path)));
    expect([...LAYERS.keys()].filter((name) => !used.has(name))).toEqual([]);
  });

  test("what does something on import is the program's, and package.json names that", () => {
    const { sideEffects } = JSON.parse(
      readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
    ) as { sideEffects: string[] };
    expect(sideEffects).toEqual(["./bin/*.js", "./dist/main.js", "./dist/program/*.js"]);
    const library = filesBehind("src/index.ts", "src/tracing/observer.ts");
    expect(library.size).toBeGreaterThan(50);
    expect([...library].filter((path) => LAYERS.get(layerOf(path) ?? "")?.sideEffects)).toEqual([]);
  });
});

/** Files and all that they lead to. */
function filesBehind(...entries: string[]): ReadonlySet<string> {
  const found = new Set(entries);
  for (const path of found) {
    const { imports = [] } = files.find((file) => file.path === path) ?? {};
    for (const { specifier, typeOnly } of imports)
      if (specifier.startsWith(".") && !typeOnly) found.add(posix.join(posix.dirname(path), specifier));
  }
  return found;
}

/** Pairs of a path and a file's text. */
function samples(texts: Readonly<Record<string, readonly string[]>>): [string, string][] {
  return Object.entries(texts).flatMap(([path, all]) => all.map((text): [string, string] => [path, text]));
}

describe("an import is refused", () => {
  test.each(
    samples({
      "src/db/pool.ts": [
        'import { assets } from "../modules/asset/asset.table.ts";',
        'import type { Asset } from "../modules/asset/asset.select.ts";',
        'type Asset = import("../modules/asset/asset.select.ts").Asset;',
        'export { assets } from "../modules/asset/asset.table.ts";',
        'export type { Asset } from "../modules/asset/asset.select.ts";',
        'export * from "../modules/asset/asset.table.ts";',
        'const load = () => import("../modules/asset/asset.table.ts");',
      ],
      "src/modules/asset/asset.schema.ts": [
        'import { planPage } from "../../db/keyset.ts";',
        'import type { Page } from "../../db/keyset.ts";',
        'import { createAssetRepository } from "./asset.repository.ts";',
        'import { sql } from "drizzle-orm/pg-core";',
      ],
      "src/modules/asset/asset.loader.ts": ['import { createAssetRepository } from "./asset.repository.ts";'],
      "src/modules/asset/asset.repository.ts": [
        'import { AssetType } from "./asset.schema.ts";',
        'import { selectWorkflows } from "../workflow/workflow.select.ts";',
        'import pg from "pg";',
      ],
      "src/modules/asset/asset.table.ts": ['import { selectAssets } from "./asset.select.ts";'],
      "src/graphql/connection.ts": [
        'import { type Page, planPage } from "../db/keyset.ts";',
        'import { type Page } from "../db/keyset.ts";',
      ],
      "src/http/app.ts": [
        'import { assets } from "../modules/asset/asset.table.ts";',
        'import SchemaBuilder from "@pothos/core";',
      ],
      "src/main.ts": [
        'import { storage } from "../test/support/storage.ts";',
        'import type { Answer } from "../test/support/graphql.ts";',
        "const module = await import(name);",
      ],
      "src/modules/asset/asset.service.ts": ["export const noLayer = true;"],
    }),
  )("%s: %s", (path, text) => {
    expect(findForbiddenImports(parseSourceFile(path, text))).toHaveLength(1);
  });
});

describe("an import is allowed", () => {
  test.each(
    samples({
      "src/modules/asset/asset.schema.ts": ['import type { Asset } from "./asset.select.ts";'],
      "src/modules/asset/asset.repository.ts": ['import { workflows } from "../workflow/workflow.table.ts";'],
      "src/modules/lineage/lineage.schema.ts": ['import type { Asset } from "../asset/asset.select.ts";'],
      "src/graphql/connection.ts": ['import type { Page } from "../db/keyset.ts";'],
      "src/db/pool.ts": ['import { join } from "node:path";', 'import { text } from "drizzle-orm/pg-core";'],
    }),
  )("%s: %s", (path, text) => {
    expect(findForbiddenImports(parseSourceFile(path, text))).toEqual([]);
  });
});

describe.each([
  [
    "reads the environment",
    {
      "src/logger.ts": [
        "export const read = () => process.env.LOG_LEVEL;",
        "export function read() { const { env } = process; return env; }",
        'import { env } from "node:process";',
      ],
    },
  ],
  [
    "names the tenant setting",
    {
      "src/db/pool.ts": [
        'export const set = "SET app.current_tenant = 1";',
        "export const set = `SET app.current_tenant = 1`;",
      ],
    },
  ],
  [
    "does something on import",
    {
      "src/db/pool.ts": [
        "createPool();",
        "if (x) y = 1;",
        'import "./columns.ts";',
        "export const pool = await connect();",
        'import { readFileSync } from "node:fs"; const text = readFileSync("x") as Text;',
        'import * as fs from "node:fs"; class Pool { static text = fs.readFileSync("x"); }',
      ],
    },
  ],
  ["does more than re-export", { "src/index.ts": ["export const version = 1;"] }],
  [
    "uses context.end in a resolver",
    { "src/modules/asset/asset.schema.ts": ["const resolve = (_, args, context) => context.end();"] },
  ],
  [
    "calls findById in a resolver, not a loader",
    { "src/modules/asset/asset.schema.ts": ["const find = ({ assets }) => assets.findById(id);"] },
  ],
  ["has a name that tells nothing", { "src/db/utils.ts": ["export const a = 1;"] }],
])("code is refused that %s", (what, texts) => {
  test.each(samples(texts))("%s: %s", (path, text) => {
    expect(findMisplacedCode(parseSourceFile(path, text))).toEqual([`${path} ${what}`]);
  });
});

describe("code is allowed", () => {
  test.each(
    samples({
      "src/config.ts": ["export const read = (environment = process.env) => environment;"],
      "src/db/tenant-connection.ts": ['export const set = "SET app.current_tenant = 1";'],
      "src/db/pool.ts": [
        "// app.current_tenant\nexport const a = 1;",
        'import { readFileSync } from "node:fs"; export const read = () => readFileSync("x");',
        'import { randomUUID } from "node:crypto"; class A { readonly id = randomUUID(); }',
        'import { join } from "node:path"; const path = join("a", "b");',
      ],
      "src/modules/asset/asset.schema.ts": ["builder.queryFields(fields);"],
    }),
  )("%s: %s", (path, text) => {
    expect(findMisplacedCode(parseSourceFile(path, text))).toEqual([]);
  });
});
