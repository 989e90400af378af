import { readFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { z } from "zod";
import { packageFolder } from "../package-folder.ts";

/** Where the migrations of this version lie. */
export function migrationsFolder(): string {
  return join(packageFolder(), "drizzle");
}

/** A migration of this version: its name, and when it was written, by which a database knows it. */
interface Migration {
  readonly tag: string;
  readonly when: number;
}

/** What a database has of the migrations of this version, and what it has beyond them. */
export interface MigrationState {
  /** Those of this version, the oldest first. */
  readonly migrations: readonly { readonly tag: string; readonly isApplied: boolean }[];
  /** How many it has that are newer than this version. */
  readonly newer: number;
}

let listed: Promise<readonly Migration[]> | undefined;

/** The migrations of this version, in the order in which they are applied. */
export function listMigrations(): Promise<readonly Migration[]> {
  listed ??= readJournal();
  return listed;
}

async function readJournal(): Promise<readonly Migration[]> {
  const { entries } = z
    .object({ entries: z.array(z.object({ tag: z.string(), when: z.number() })) })
    .parse(JSON.parse(await readFile(join(migrationsFolder(), "meta", "_journal.json"), "utf8")));
  return entries;
}

/** The newest migration of this version. */
export async function newestMigration(): Promise<Migration> {
  const entries = await listMigrations();
  return entries.reduce((newest, entry) => (entry.when > newest.when ? entry : newest));
}

/** Which migrations a database has, as a role can see. */
export async function migrationState(connection: Pick<pg.ClientBase, "query">): Promise<MigrationState> {
  const [known, applied] = [await listMigrations(), await appliedAt(connection)];
  const newest = Math.max(...known.map(({ when }) => when));
  return {
    migrations: known.map(({ tag, when }) => ({ tag, isApplied: applied.has(when) })),
    newer: [...applied].filter((when) => when > newest).length,
  };
}

/** Whether a database has every migration of this version, as the application role can see. It may have more. */
export async function isMigrated(connection: Pick<pg.ClientBase, "query">): Promise<boolean> {
  const { migrations } = await migrationState(connection);
  return migrations.every(({ isApplied }) => isApplied);
}

/** When the migrations were written that the database has. */
async function appliedAt(connection: Pick<pg.ClientBase, "query">): Promise<ReadonlySet<number>> {
  try {
    const { rows } = await connection.query<{ when: string }>(
      '/* migrate.state */ SELECT created_at AS "when" FROM "drizzle"."__drizzle_migrations"',
    );
    return new Set(rows.map(({ when }) => Number(when)));
  } catch (error) {
    // No schema, no table, or no right to read it: never migrated for this role.
    if (error instanceof pg.DatabaseError && ["42P01", "3F000", "42501"].includes(error.code ?? ""))
      return new Set();
    throw error;
  }
}
