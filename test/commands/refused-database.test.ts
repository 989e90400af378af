import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabase } from "../../src/db/database.ts";
import { type EmbeddedServer, startEmbeddedServer } from "../../src/db/embedded/server.ts";
import { ServingRoleError } from "../../src/db/serving-role.ts";
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
    "trusted LOGIN PASSWORD 'secret' IN ROLE servo_app, pg_execute_server_program",
    "standby LOGIN REPLICATION PASSWORD 'secret' IN ROLE servo_app",
    "maker LOGIN CREATEROLE PASSWORD 'secret' IN ROLE servo_app",
    "elsewhere LOGIN NOINHERIT PASSWORD 'secret' IN ROLE servo_app, servo_owner",
    "disguised LOGIN SUPERUSER PASSWORD 'secret'",
    "truncating; GRANT TRUNCATE ON asset_tags TO truncating",
    "triggering LOGIN PASSWORD 'secret' IN ROLE servo_app; GRANT TRIGGER ON assets TO triggering",
    "emptying LOGIN NOINHERIT PASSWORD 'secret' IN ROLE servo_app, truncating",
    "unguided LOGIN PASSWORD 'secret' IN ROLE servo_app",
    "unchecked LOGIN PASSWORD 'secret' IN ROLE servo_app",
    "creating LOGIN PASSWORD 'secret' IN ROLE servo_app; GRANT CREATE ON SCHEMA public TO creating",
  ]) {
    await query(superuser, `CREATE ROLE ${role}`);
  }
  await query(
    superuser,
    `CREATE SCHEMA elsewhere AUTHORIZATION elsewhere;
     ALTER ROLE disguised SET role = servo_app;
     ALTER ROLE unguided SET row_security = off;
     ALTER ROLE unchecked SET session_replication_role = replica`,
  );
});
afterAll(() => server.stop());

function login(username: string, password = "secret"): string {
  return Object.assign(new URL(server.applicationUrl), { username, password }).href;
}

const serve = (url: string) => test.run(["serve"], { DATABASE_URL: url, PORT: "0" });
/** Connects as `serve` does, and starts in a third of its time. */
const importDbt = (url: string) =>
  test.run(["import", "dbt", manifest, "--tenant", "acme"], { DATABASE_URL: url });

/** What the check says of a role; undefined where it lets it serve. */
async function faultOf(url: string): Promise<string | undefined> {
  const database = createDatabase(url);
  try {
    await database.assertServingRole();
    return undefined;
  } catch (error) {
    return error instanceof ServingRoleError ? error.message : String(error);
  } finally {
    await database.close();
  }
}

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

  it.each<[string, string, string]>([
    ["a role that may run programs on the server", "trusted", "is a superuser (or may become one)"],
    ["a superuser that a setting turns into the application", "disguised", "is a superuser"],
    ["a role that reads the log of all changes", "standby", "has REPLICATION"],
    ["a role that may make itself a member of the owner", "maker", "has CREATEROLE"],
    ["a member of the owner that has a schema of its own name", "elsewhere", "owns the tables"],
    ["a role that may hang triggers on a table", "triggering", "has TRUNCATE, REFERENCES or TRIGGER"],
    ["a member of one that may empty a table", "emptying", "has TRUNCATE, REFERENCES or TRIGGER"],
  ])("%s", async (_, name, fault) => {
    expect(await faultOf(login(name))).toContain(`DATABASE_URL: the role "${name}" ${fault}`);
  });

  it.each<[string, string]>([
    ["unguided", "row_security = off, under which every query would be refused."],
    ["unchecked", "session_replication_role = replica, under which no foreign key is checked."],
  ])("one that begins with a setting: %s", async (name, fault) => {
    expect(await faultOf(login(name))).toBe(
      `DATABASE_URL: the role "${name}" begins with ${fault} Remove that setting from the role, the database or DATABASE_URL.`,
    );
  });

  it("save one that may make more tables, which changes nothing of those that there are", async () => {
    expect(await faultOf(login("creating"))).toBeUndefined();
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

describe("the owner of the schema alone", () => {
  it("is refused, because it may drop the tables and put others in their place", async () => {
    await query(superuser, "CREATE ROLE landlord LOGIN PASSWORD 'secret' IN ROLE servo_app");
    for (const owns of ["ALTER SCHEMA public OWNER TO landlord", "ALTER DATABASE servo OWNER TO landlord"]) {
      await query(superuser, owns);
      expect(await faultOf(login("landlord"))).toContain('the role "landlord" owns the schema of the tables');
      await query(superuser, "ALTER SCHEMA public OWNER TO pg_database_owner");
    }
    await query(superuser, "ALTER DATABASE servo OWNER TO servo_owner");
    expect(await faultOf(login("landlord"))).toBeUndefined();
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
