import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, describe, expect, inject, it } from "vitest";
import { withClient, withDatabase } from "../setup/connection.ts";
import { query } from "../support/embedded-server.ts";
import { createEmptyDatabase } from "../support/empty-database.ts";
import { expectRefusal, prepareProgram } from "../support/program.ts";

const test = prepareProgram();

/** The roles that this file has had made, to be dropped again. */
const roles: string[] = [];
const random = () => randomBytes(6).toString("hex");

afterAll(async () => {
  await withClient(inject("database").ownerUrl, async (owner) => {
    for (const role of roles) await owner.query(`DROP ROLE IF EXISTS ${role}`);
  });
});

/** An empty database, and the URL of a login that is not there yet. */
async function emptyDatabase(): Promise<{ owner: string; application: string }> {
  const { ownerUrl } = await createEmptyDatabase();
  const application = new URL(ownerUrl);
  application.username = `servo_test_external_${random()}`;
  application.password = encodeURIComponent(`p@ss:w/ö'"\\ ${random()}`);
  roles.push(application.username);
  return { owner: ownerUrl, application: application.href };
}

describe("migrate", () => {
  it("makes the tables and the login of DATABASE_URL, and may be run again", async () => {
    const { owner, application } = await emptyDatabase();
    const environment = { DATABASE_OWNER_URL: owner, DATABASE_URL: application };
    for (const _ of ["once", "twice"]) {
      expect(await test.run(["migrate"], environment)).toMatchObject({
        code: 0,
        stdout: "",
        stderr: expect.stringContaining('"message":"Database migrated"'),
      });
      const [state] = await query(
        application,
        `SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb AS privileged,
                pg_has_role('servo_app', 'MEMBER') AS member, (SELECT count(*)::int FROM assets) AS assets
           FROM pg_roles WHERE rolname = current_user`,
      );
      expect(state).toEqual({ privileged: false, member: true, assets: 0 });
    }
  });

  it("says with --status which migrations the database has, and changes nothing", async () => {
    const { owner, application } = await emptyDatabase();
    const status = (environment: Record<string, string>) => test.run(["migrate", "--status"], environment);
    const pending = await status({ DATABASE_OWNER_URL: owner });
    expect(pending.code).toBe(1);
    expect(pending.stdout).toMatch(/^(?:\d{4}_\w+ +pending\n)+$/);
    expect(await query(owner, "SELECT FROM pg_tables WHERE schemaname IN ('public', 'drizzle')")).toEqual([]);
    await test.run(["migrate"], { DATABASE_OWNER_URL: owner, DATABASE_URL: application });
    for (const environment of [{ DATABASE_OWNER_URL: owner }, { DATABASE_URL: application }]) {
      expect(await status(environment)).toMatchObject({
        code: 0,
        stdout: pending.stdout.replaceAll("pending", "applied"),
      });
    }
  });

  it("needs no DATABASE_URL: then it makes no login", async () => {
    const { owner } = await emptyDatabase();
    expect((await test.run(["migrate"], { DATABASE_OWNER_URL: owner })).code).toBe(0);
    expect(await query(owner, "SELECT count(*)::int AS assets FROM assets")).toEqual([{ assets: 0 }]);
  });

  it("may be run by eight replicas at once on an empty database", async () => {
    const { owner, application } = await emptyDatabase();
    const environment = { DATABASE_OWNER_URL: owner, DATABASE_URL: application };
    const outcomes = await withClient(owner, async (client) => {
      // What every migration needs to make is being made by somebody else: all eight come to wait, and go on together.
      await client.query("BEGIN; CREATE SCHEMA drizzle");
      const replicas = Array.from({ length: 8 }, () => test.run(["migrate"], environment));
      const waiting =
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
      while ((await query(owner, waiting)).length < 8) await delay(20);
      await client.query("ROLLBACK");
      return Promise.all(replicas);
    });
    expect(outcomes.map(({ code, stderr }) => ({ code, failed: stderr.includes("servo-storage:") }))).toEqual(
      Array.from({ length: 8 }, () => ({ code: 0, failed: false })),
    );
    expect(await query(application, "SELECT count(*)::int AS assets FROM assets")).toEqual([{ assets: 0 }]);
  });

  it("says in one line that its role may not make the tables", async () => {
    const { owner } = await emptyDatabase();
    const url = withDatabase(inject("database").applicationUrl, new URL(owner).pathname);
    const outcome = await test.run(["migrate"], { DATABASE_OWNER_URL: url });
    expectRefusal(outcome, 1, /^servo-storage: DATABASE_OWNER_URL: .*permission denied/);
  });
});

describe("serve on DATABASE_URL", () => {
  it("serves what migrate has made, without a sample and without an embedded database", async () => {
    const { owner, application } = await emptyDatabase();
    await test.run(["migrate"], { DATABASE_OWNER_URL: owner, DATABASE_URL: application });
    const service = await test.serve({ DATABASE_URL: application, DATA_DIR: "/dev/null" });
    expect(await service.graphql("{ assets(filter: { scope: ALL }) { totalCount } }")).toEqual({
      assets: { totalCount: 0 },
    });
    await service.graphql('mutation { createAsset(input: { name: "a", assetType: "t" }) { asset { id } } }');
    expect(await service.program.end()).toMatchObject({ code: 0, stderr: "" });
  });

  it("migrates first with MIGRATE_ON_START=1", async () => {
    const { owner, application } = await emptyDatabase();
    const service = await test.serve({
      DATABASE_OWNER_URL: owner,
      DATABASE_URL: application,
      MIGRATE_ON_START: "1",
    });
    expect(await service.graphql("{ assets { totalCount } }")).toEqual({ assets: { totalCount: 0 } });
    expect((await service.program.end()).code).toBe(0);
  });

  it("refuses a database that is not migrated, and says how to", async () => {
    const { owner } = await emptyDatabase();
    expectRefusal(
      await test.run(["serve"], { DATABASE_URL: owner, PORT: "0" }),
      2,
      /^servo-storage: DATABASE_URL .*"servo-storage migrate"/,
    );
  });
});
