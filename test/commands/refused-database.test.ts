import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EmbeddedServer, startEmbeddedServer } from "../../src/db/embedded/server.ts";
import { withDatabase } from "../setup/connection.ts";
import { dbtManifest } from "../support/dbt-manifest.ts";
import { query } from "../support/embedded-server.ts";
import { embeddedUrls, expectRefusal, prepareProgram } from "../support/program.ts";

const test = prepareProgram();

/** A server of the file's own: it must ask for passwords, and let a superuser in. */
let server: EmbeddedServer;
let superuser: string;
let manifest: string;

beforeAll(async () => {
  const folder = test.folder();
  server = await startEmbeddedServer({ dataDirectory: folder, durable: false });
  ({ superuser } = embeddedUrls(folder));
  manifest = join(folder, "manifest.json");
  writeFileSync(manifest, JSON.stringify(dbtManifest({ models: [{ name: "orders" }] })));
  expect((await test.run(["migrate"], { DATA_DIR: folder })).code).toBe(0);
  for (const role of [
    "bypass LOGIN BYPASSRLS PASSWORD 'secret' IN ROLE servo_app",
    "heir LOGIN PASSWORD 'secret' IN ROLE servo_app, bypass",
    "deputy LOGIN NOINHERIT PASSWORD 'secret' IN ROLE servo_app, servo_owner",
  ]) {
    await query(superuser, `CREATE ROLE ${role}`);
  }
});
afterAll(() => server.stop());

function login(username: string, password = "secret"): string {
  return Object.assign(new URL(server.applicationUrl), { username, password }).href;
}

const serve = (url: string) => test.run(["serve"], { DATABASE_URL: url, PORT: "0" });
/** Connects as `serve` does, and starts in a third of its time. */
const importDbt = (url: string) =>
  test.run(["import", "dbt", manifest, "--tenant", "acme"], { DATABASE_URL: url });

describe.concurrent("a role that its policies would not hold is refused, with what to do instead", () => {
  const advice = '.*"servo-storage migrate" makes one of the name and password in DATABASE_URL';

  it("a superuser, by serve", async () => {
    expectRefusal(
      await serve(superuser),
      1,
      new RegExp(`^servo-storage: DATABASE_URL: the role "postgres" is a superuser${advice}`),
    );
  });

  it.each<[string, () => string, string]>([
    ["a superuser", () => superuser, 'role "postgres" is a superuser'],
    ["the owner", () => server.ownerUrl, 'role "servo_owner" owns the tables'],
    ["a role with BYPASSRLS", () => login("bypass"), 'role "bypass" has BYPASSRLS'],
    [
      "a member of a role with BYPASSRLS",
      () => login("heir"),
      'role "heir" has BYPASSRLS \\(or may take it on',
    ],
    ["a member of the owner", () => login("deputy"), 'role "deputy" owns the tables \\(or is a member'],
  ])("%s, by import", async (_, url, fault) => {
    expectRefusal(
      await importDbt(url()),
      1,
      new RegExp(`^servo-storage: DATABASE_URL: the ${fault}.*${advice}`),
    );
  });

  it("and nothing was stored", async () => {
    expect(await query(superuser, "SELECT FROM assets")).toEqual([]);
  });
});

describe.concurrent("a database that lets nobody in ends the program with one line and exit code 1", () => {
  const nowhere = "postgres://servo:secret@127.0.0.1:1/servo";

  it.each<[string, () => string, RegExp]>([
    ["no server there", () => nowhere, /ECONNREFUSED 127\.0\.0\.1:1$/],
    ["no server at any address of the host", () => nowhere.replace("127.0.0.1", "localhost"), /ECONNREFUSED/],
    ["no such host", () => nowhere.replace("127.0.0.1", "nowhere.invalid"), /nowhere\.invalid$/],
    [
      "a wrong password",
      () => login("servo_server"),
      /password authentication failed for user "servo_server"$/,
    ],
    ["no such role", () => login("absent"), /password authentication failed for user "absent"$/],
    ["no such database", () => withDatabase(server.applicationUrl, "absent"), /"absent" does not exist$/],
  ])("%s", async (_, url, reason) => {
    const outcome = await importDbt(url());
    expectRefusal(outcome, 1, reason);
    expect(outcome.stderr).toMatch(/^servo-storage: DATABASE_URL: /);
    expect(outcome.stderr).not.toContain("secret");
  });

  it("for serve, too", async () => {
    expectRefusal(await serve(nowhere), 1, /^servo-storage: DATABASE_URL: .*ECONNREFUSED/);
  });

  it("for migrate, which names the owner's variable", async () => {
    const outcome = await test.run(["migrate"], { DATABASE_OWNER_URL: nowhere });
    expectRefusal(outcome, 1, /^servo-storage: DATABASE_OWNER_URL: .*ECONNREFUSED/);
  });
});

describe("a login that exists before it is migrated for", () => {
  it("keeps its password", async () => {
    const environment = { DATABASE_OWNER_URL: server.ownerUrl, LOG_LEVEL: "silent" };
    for (const password of ["first", "second"]) {
      const outcome = await test.run(["migrate"], {
        ...environment,
        DATABASE_URL: login("earlier", password),
      });
      expect(outcome).toMatchObject({ code: 0, stderr: "" });
    }
    expect(await query(login("earlier", "first"), "SELECT FROM assets")).toEqual([]);
    await expect(query(login("earlier", "second"), "SELECT 1")).rejects.toMatchObject({ code: "28P01" });
  });
});
