import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import packageJson from "../package.json" with { type: "json" };
import { createTestDatabase, type TestDatabase } from "./setup/database.ts";
import { buildPackage, packageFolder } from "./support/built-package.ts";
import { Consumer } from "./support/consumer.ts";
import { makeFolder, query, removeFolder } from "./support/embedded-server.ts";
import { createEmptyDatabase } from "./support/empty-database.ts";
import { codeIn, sectionOf } from "./support/readme.ts";

let database: TestDatabase;
const folders: string[] = [];

beforeAll(async () => {
  [database] = await Promise.all([createTestDatabase(), buildPackage()]);
});
afterAll(async () => {
  for (const folder of folders) removeFolder(folder);
  await database.drop();
});

function newConsumer(): Consumer {
  const folder = makeFolder();
  folders.push(folder);
  return new Consumer(folder);
}

describe("the example in README.md", () => {
  it("compiles, runs and prints what README.md says", async () => {
    const section = sectionOf("The library");
    const code = codeIn(section, "ts");
    const [url, ...others] = code.match(/postgres:\/\/[^"]+/g) ?? [];
    expect(others).toEqual([]);

    const consumer = newConsumer();
    consumer.write("example.ts", code.replace(url ?? "", database.applicationUrl));
    expect(await consumer.compile("example.ts")).toEqual([]);
    expect(await consumer.node("example.js")).toEqual({
      code: 0,
      stdout: codeIn(section, "text"),
      stderr: "",
    });
    // It can be run again only because nothing of it is left over but what it stores.
    expect((await consumer.node("example.js")).stderr).toContain("ConflictError");
  });
});

describe("the package", () => {
  it("exports its library with types, and nothing else", async () => {
    const consumer = newConsumer();
    consumer.write(
      "types.ts",
      `import { ConflictError, isMigrated, NotFoundError, PostgresStorage, runMigrations, ServoError } from "servo-storage";
       import { tracingObserver } from "servo-storage/tracing";
       import type { Asset, ErrorCode, Lineage, NewAsset, Page, Repositories, StorageOptions } from "servo-storage";

       const options: StorageOptions = { pool: { max: 3 }, retry: { attempts: 1, kinds: ["lock"] }, logger: console, observer: tracingObserver() };
       const storage = new PostgresStorage("postgres://a@b/c", options);
       export const input: NewAsset = { name: "a", assetType: "table", tags: ["x"] };
       export const asset: Asset = await storage.withTenant("t", ({ assets }) => assets.insert(input));
       export const page: Page<Asset> = await storage.withSystem(({ assets }) => assets.page({ first: 2 }), { readOnly: true });
       export const walk = (all: Repositories): Promise<Lineage | null> => all.lineage.find({ assetId: asset.id });
       export const codes: ErrorCode[] = [new NotFoundError("n").code, new ConflictError("c").code];
       export const known = (error: unknown) => error instanceof ServoError && error.code === "CONFLICT";
       await runMigrations(storage.pool, { applicationLogin: { user: "u" } });
       export const migrated: boolean = await isMigrated(storage.pool);

       // @ts-expect-error the tenant is not optional
       storage.withTenant(({ assets }) => assets.list());
       // @ts-expect-error an asset has a type
       export const incomplete: NewAsset = { name: "a" };
       // @ts-expect-error the pool is the one of pg, and not just anything
       export const pool: number = storage.pool;
       // @ts-expect-error options are known by name
       new PostgresStorage("", { pool: { maximum: 3 } });
       // @ts-expect-error the schema is not part of the library
       import type { schema } from "servo-storage/dist/modules/schema.js";
      `,
    );
    expect(await consumer.compile("types.ts")).toEqual([]);
    consumer.write("inside.js", 'await import("servo-storage/dist/config.js");');
    expect((await consumer.node("inside.js")).stderr).toContain("ERR_PACKAGE_PATH_NOT_EXPORTED");
  });

  it("depends on every package that its declarations and its code name", () => {
    const dependencies = Object.keys(packageJson.dependencies);
    const named = [...importsOf("index.d.ts"), ...importsOf("index.js"), ...importsOf("tracing/observer.js")];
    const missing = named.flatMap((name) => {
      const types = `@types/${name.replace("@", "").replace("/", "__")}`;
      const needsTypes = types in packageJson.devDependencies;
      return [name, ...(needsTypes ? [types] : [])].filter((needed) => !dependencies.includes(needed));
    });
    expect([...new Set(missing)]).toEqual([]);
  });

  it("does nothing when it is imported: prints nothing, holds nothing open, and leaves GraphQL alone", async () => {
    const consumer = newConsumer();
    consumer.write(
      "hooks.js",
      `import { appendFileSync } from "node:fs";
       export const load = (url, context, next) => {
         appendFileSync("loaded.txt", url + "\\n");
         return next(url, context);
       };`,
    );
    consumer.write(
      "import.js",
      `import { register } from "node:module";
       import { setTimeout as delay } from "node:timers/promises";
       register("./hooks.js", import.meta.url);
       const events = ["SIGINT", "SIGTERM", "exit", "beforeExit", "uncaughtException", "unhandledRejection"];
       const held = () => [...process.getActiveResourcesInfo(), ...events.map((name) => process.listenerCount(name))];
       process.stdout; process.stderr; // opened when they are first asked for
       await delay(50);
       const before = held();
       const { PostgresStorage } = await import("servo-storage");
       await delay(50);
       const same = JSON.stringify(held()) === JSON.stringify(before);
       process.exitCode = same && typeof PostgresStorage === "function" ? 0 : 3;`,
    );
    expect(await consumer.node("import.js")).toEqual({ code: 0, stdout: "", stderr: "" });
    const loaded = consumer.read("loaded.txt");
    expect(loaded).toContain("/dist/index.js\n");
    expect(loaded).toContain("/node_modules/pg/");
    expect(loaded).not.toMatch(/\/node_modules\/(?:graphql|@graphql|@pothos|commander)/);
  });
});

describe("a program that embeds it", () => {
  it("migrates from code, connects with its options, and ends once it has closed the storage", async () => {
    const { ownerUrl, applicationUrl } = await createEmptyDatabase();
    const consumer = newConsumer();
    consumer.write(
      "embed.js",
      `import { isMigrated, PostgresStorage, runMigrations } from "servo-storage";
       const [, , ownerUrl, applicationUrl] = process.argv;
       const owner = new PostgresStorage(ownerUrl);
       console.log(owner.pool.options.max, owner.pool.options.connectionTimeoutMillis, await isMigrated(owner.pool));
       await runMigrations(owner.pool);
       await runMigrations(owner.pool);
       console.log(await isMigrated(owner.pool));
       await owner.close();

       const storage = new PostgresStorage(applicationUrl, { pool: { max: 2, acquireTimeoutMs: 5000 } });
       const work = Array.from({ length: 6 }, (_, n) =>
         storage.withTenant("acme", ({ assets }) => assets.insert({ name: "a" + n, assetType: "table" })));
       const closed = Promise.all(work).then(() => storage.close());
       const stored = await Promise.all(work);
       console.log(stored.length, storage.pool.options.max, storage.pool.totalCount <= 2);
       await closed;
       await storage.close();
       console.log((await storage.withTenant("acme", ({ assets }) => assets.list()).catch((error) => error)).code);`,
    );
    expect(await consumer.node("embed.js", ownerUrl, applicationUrl)).toEqual({
      code: 0,
      stdout: "10 30000 false\ntrue\n6 2 true\nUNAVAILABLE\n",
      stderr: "",
    });
    expect(await query(applicationUrl, "SELECT count(*)::int AS visible FROM assets")).toEqual([
      { visible: 0 },
    ]);
  });
});

/** The packages that a built file and all that it leads to import. */
function importsOf(file: string): Set<string> {
  const packages = new Set<string>();
  const files = new Set([join(packageFolder, "dist", file)]);
  for (const path of files) {
    for (const [, name = ""] of readFileSync(path, "utf8").matchAll(/(?:from|import)\s*\(?\s*"([^"\n]+)"/g)) {
      if (name.startsWith(".")) files.add(builtFile(join(dirname(path), name), path.endsWith(".d.ts")));
      else if (!name.startsWith("node:")) packages.add(/^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name);
    }
  }
  return packages;
}

function builtFile(path: string, declaration: boolean): string {
  return declaration ? path.replace(/\.(?:ts|js)$/, ".d.ts") : path;
}
