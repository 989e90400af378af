import { readdirSync, readFileSync } from "node:fs";
import { cp, mkdir, rm, symlink } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../setup/database.ts";
import { packageFolder } from "../support/built-package.ts";
import { prepareProgram } from "../support/program.ts";
import { parseSourceFile } from "../support/source-file.ts";

const test = prepareProgram();
const program = join(packageFolder, "dist", "program");
const scripts = () => readdirSync(program).filter((name) => name.endsWith(".js"));
const textOf = (name: string) => readFileSync(join(program, name), "utf8");

/** Heavy enough for a thread. */
const HEAVY = "{ assets(first: 1000) { nodes { id name tenantId } } }";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  return () => database.drop();
});

const GRAPHIQL = "@graphql-yoga/render-graphiql";

/** Copies the program to where there are no packages but GraphiQL. */
async function copyAlone(): Promise<{ folder: string; main: string }> {
  const folder = test.folder();
  for (const part of ["dist/main.js", "dist/program", "drizzle", "package.json"])
    await cp(join(packageFolder, part), join(folder, part), { recursive: true });
  const packages = join(folder, "node_modules");
  await mkdir(join(packages, "@graphql-yoga"), { recursive: true });
  await symlink(join(packageFolder, "node_modules", GRAPHIQL), join(packages, GRAPHIQL));
  return { folder, main: join(folder, "dist", "main.js") };
}

describe("the files of the program", () => {
  it("have all packages in them, but for GraphiQL and what is used where somebody has installed it", () => {
    const named = scripts().flatMap((name) => {
      const required = [...textOf(name).matchAll(/__require\("([^"]+)"\)/g)].map(([, found = ""]) => found);
      return [...parseSourceFile(name, textOf(name)).imports.map(({ specifier }) => specifier), ...required];
    });
    expect(named).toContain("node:http");
    const others = named.filter((name) => !name.startsWith("./") && !isBuiltin(name));
    expect(new Set(others)).toEqual(new Set([GRAPHIQL, "node-libcurl", "pg-native"]));
  });

  it("come with the licences of these packages", () => {
    const licences = textOf("LICENSES.txt");
    for (const name of ["graphql", "pg", "zod", "@pothos/core", "@opentelemetry/api"])
      expect(licences).toMatch(new RegExp(`^${name} [0-9.]+ \\([A-Z]+[^)]*\\)\n\n\\S`, "m"));
    expect(licences).not.toContain("(undefined)");
  });

  it("serve by themselves, heavy operations too", async () => {
    const { main } = await copyAlone();
    const environment = { DATABASE_URL: database.applicationUrl, AUTH_MODE: "header", PORT: "0" };
    const served = test.start(["serve"], environment, main);
    const [, url = ""] = await served.untilItSays(/(http:\/\/[^/\s]+)\/graphql/);
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-tenant-id": "demo" },
      body: JSON.stringify({ query: HEAVY }),
    });
    expect(await response.json()).toEqual({ data: { assets: { nodes: [] } } });
    const page = await fetch(`${url}/graphql`, { headers: { accept: "text/html" } });
    expect(await page.text()).toContain("<title>servo-storage</title>");
    expect(await served.end()).toMatchObject({ code: 0, stderr: "" });
  });

  it("name the sources in traces of the stack", async () => {
    const { folder, main } = await copyAlone();
    await rm(join(folder, "drizzle"), { recursive: true });
    const outcome = await test.run(["migrate", "--status"], { DATABASE_OWNER_URL: database.ownerUrl }, main);
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toMatch(/ENOENT.+\/src\/db\/migration-state\.ts:\d+:\d+/s);
  });
});
