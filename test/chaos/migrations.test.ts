import { expect } from "vitest";
import { newestMigration } from "../../src/db/migration-state.ts";
import { withClient } from "../setup/connection.ts";
import type { TestDatabase } from "../setup/database.ts";
import { query } from "../support/embedded-server.ts";
import { createEmptyDatabase } from "../support/empty-database.ts";
import { present } from "../support/present.ts";
import { expectRefusal, type Outcome, prepareProgram } from "../support/program.ts";
import { eventually } from "./support/eventually.ts";
import { fault } from "./support/fault.ts";
import { copyPackage } from "./support/package-copy.ts";

const test = prepareProgram();

const REPLICAS = 8;
const TAG = "9999_one_more";

const environmentOf = ({ ownerUrl, applicationUrl }: TestDatabase) => ({
  DATABASE_OWNER_URL: ownerUrl,
  DATABASE_URL: applicationUrl,
});

/** Does something with a database that is dropped after it. */
async function withEmptyDatabase(work: (database: TestDatabase) => Promise<void>): Promise<void> {
  const database = await createEmptyDatabase();
  await work(database);
  await eventually(database.drop); // once autovacuum, which the owner may not end, is done with it
}

/** The migrations that a database knows, in the order in which they were stored. */
async function applied({ ownerUrl }: TestDatabase): Promise<number[]> {
  const rows = await query(ownerUrl, "SELECT created_at FROM drizzle.__drizzle_migrations ORDER BY id");
  return rows.map(({ created_at: when }) => Number(when));
}

/** Every table, index and sequence of a database, its columns and its rights. */
async function contents({ ownerUrl }: TestDatabase): Promise<Record<string, unknown>[]> {
  return query(
    ownerUrl,
    `SELECT relnamespace::regnamespace::text AS schema, relname, relkind, relacl::text, relrowsecurity, relforcerowsecurity,
       (SELECT array_agg(attname ORDER BY attnum) FROM pg_attribute WHERE attrelid = pg_class.oid) AS columns
     FROM pg_class WHERE relnamespace::regnamespace::text IN ('public', 'drizzle') ORDER BY 1, 2`,
  );
}

const expectSuccess = ({ code, stderr }: Outcome) =>
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining("servo-storage:") });

fault("8 replicas migrate at once", { short: 1, long: 20 }, async (times, report) => {
  for (let time = 0; time < times; time += 1) {
    await withEmptyDatabase(async (database) => {
      const environment = environmentOf(database);
      const migrate = async () => expectSuccess(await test.run(["migrate"], environment));
      const serve = async () => {
        const { graphql, program } = await test.serve({ ...environment, MIGRATE_ON_START: "1" });
        expect(await graphql("{ assets { totalCount } }")).toEqual({ assets: { totalCount: 0 } });
        expectSuccess(await program.end());
      };
      const replicas = Array.from({ length: REPLICAS }, (_, number) =>
        number % 2 === 0 ? migrate() : serve(),
      );
      report.injected();
      await Promise.all(replicas);
      report.saw("replicas that came through", replicas.length);
      const migrations = await applied(database);
      report.saw("migrations applied", migrations.length);
      expect(migrations).toEqual([...new Set(migrations)].toSorted());
      expect(migrations.at(-1)).toBe((await newestMigration()).when);
    });
  }
});

fault("a migration fails half-way", { short: 1, long: 10 }, async (times, report) => {
  const made = ["CREATE TABLE half_way (n int)", "INSERT INTO half_way SELECT generate_series(1, 10000)"];
  const grant = "GRANT DELETE ON half_way TO servo_app";
  const broken = await copyPackage(test.folder(), TAG, [
    ...made,
    "ALTER TABLE no_such_table ADD n int",
    grant,
  ]);
  const mended = await copyPackage(test.folder(), TAG, [...made, grant]);
  for (let time = 0; time < times; time += 1) {
    await withEmptyDatabase(async (database) => {
      const environment = environmentOf(database);
      const expectNamed = async () => {
        const outcomes = await Promise.all([1, 2].map(() => test.run(["migrate"], environment, broken)));
        for (const outcome of outcomes) {
          report.injected();
          expectRefusal(
            outcome,
            1,
            /^servo-storage: The migration 9999_one_more failed, .*: relation "no_such_table" does not exist$/,
          );
        }
        report.saw("named in one line, exit code 1", outcomes.length);
      };
      await expectNamed();
      expect(await applied(database)).toEqual([]);
      expect((await contents(database)).filter(({ schema }) => schema !== "drizzle")).toEqual([]);

      expectSuccess(await test.run(["migrate"], environment));
      const [migrations, before] = [await applied(database), await contents(database)];
      await expectNamed();
      expect(await contents(database)).toEqual(before);
      expect(await applied(database)).toEqual(migrations);
      report.saw("rolled back whole", 4);

      expectSuccess(await test.run(["migrate"], environment, mended));
      expect(await applied(database)).toHaveLength(migrations.length + 1);
      expect(await query(database.ownerUrl, "SELECT count(*)::int AS rows FROM half_way")).toEqual([
        { rows: 10_000 },
      ]);
    });
  }
});

fault("the replica that migrates is killed", { short: 1, long: 10 }, async (times, report) => {
  const slow = await copyPackage(test.folder(), TAG, ["CREATE TABLE slow (n int)", "SELECT pg_sleep(1)"]);
  for (let time = 0; time < times; time += 1) {
    await withEmptyDatabase(async (database) => {
      const replicas = ["one", "two", "three"].map((name) => {
        const owner = new URL(database.ownerUrl);
        owner.searchParams.set("application_name", name);
        const environment = { ...environmentOf(database), DATABASE_OWNER_URL: owner.href };
        return { name, program: test.start(["migrate"], environment, slow) };
      });
      const migrating = await withClient(database.ownerUrl, async (owner) => {
        let found: string | undefined;
        await eventually(async () => {
          const { rows } = await owner.query<{ name: string }>(
            `SELECT application_name AS name FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%pg_sleep%'`,
          );
          found = present(rows[0]).name;
        });
        return found;
      });
      for (const { name, program } of replicas) if (name === migrating) program.process.kill("SIGKILL");
      report.injected();
      for (const { name, program } of replicas) {
        const outcome = await program.ended;
        if (name === migrating) expect(outcome.signal).toBe("SIGKILL");
        else expectSuccess(outcome);
      }
      report.saw("replicas that came through", replicas.length - 1);
      const migrations = await applied(database);
      expect(migrations).toEqual([...new Set(migrations)]);
      expect(migrations.at(-1)).toBe((await newestMigration()).when + 1);
    });
  }
});
