import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { listMigrations } from "../../src/db/migration-state.ts";
import { contractionsIn } from "../support/migration-rule.ts";

const migrations = await listMigrations();
const textOf = (tag: string) => readFileSync(new URL(`../../drizzle/${tag}.sql`, import.meta.url), "utf8");
/** From here on, the version before each must serve with it. */
const FIRST_RELEASE = migrations.findIndex(({ tag }) => tag === "0002_edge_history");

describe("the migrations", () => {
  it("are applied in the order in which they were written: what is older than the newest that a database has is not", () => {
    const times = migrations.map(({ when }) => when);
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
  });

  it("leave the version before them able to serve", () => {
    const later = migrations.slice(FIRST_RELEASE + 1);
    expect(later.map(({ tag }) => [tag, contractionsIn(textOf(tag))])).toEqual(
      later.map(({ tag }) => [tag, []]),
    );
  });
});

describe("a migration that the version before could not serve with is found:", () => {
  it.each([
    "DROP TABLE notes;",
    'ALTER TABLE "assets" DROP COLUMN "owner";',
    'ALTER TABLE "assets" RENAME COLUMN "owner" TO "keeper";',
    'ALTER TABLE "assets" ALTER COLUMN "owner" SET DATA TYPE uuid;',
    'ALTER TABLE "assets" ALTER COLUMN "owner" SET NOT NULL;',
    'ALTER TABLE "assets" ALTER COLUMN "created_at" DROP DEFAULT;',
    'ALTER TABLE "assets" ADD COLUMN "colour" text NOT NULL;',
    'REVOKE UPDATE ON "assets" FROM "servo_app";',
    'DROP POLICY "assets_select" ON "assets";',
    "SELECT 1;--> statement-breakpoint\nDROP TABLE notes;",
  ])("%s", (statement) => expect(contractionsIn(statement)).toHaveLength(1));

  it("such as the last one before the first release", () => {
    expect(contractionsIn(textOf("0002_edge_history"))).toEqual([
      'drops a column: ALTER TABLE "asset_dependencies" DROP COLUMN "imported_by";',
    ]);
  });

  it.each([
    'ALTER TABLE "assets" ADD COLUMN "colour" text;',
    'ALTER TABLE "assets" ADD COLUMN "colour" text DEFAULT \'grey\' NOT NULL;',
    'ALTER TABLE "a" ALTER COLUMN "b" SET NOT NULL, ALTER COLUMN "b" SET DEFAULT now();',
    'CREATE TABLE "notes" ("id" uuid NOT NULL);',
    "-- DROP TABLE notes;\nCREATE INDEX i ON assets (id);",
    "-- contracts: nothing has used it since 1.4.0\nDROP TABLE notes;",
  ])("but not %s", (statement) => expect(contractionsIn(statement)).toEqual([]));
});
