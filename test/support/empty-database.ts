import { randomBytes } from "node:crypto";
import { inject } from "vitest";
import { dropDatabase, withClient, withDatabase } from "../setup/connection.ts";
import type { TestDatabase } from "../setup/database.ts";

/** A database that nothing has been migrated in. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  const provided = inject("database");
  const name = `${provided.prefix}${randomBytes(4).toString("hex")}`;
  await withClient(provided.ownerUrl, (owner) => owner.query(`CREATE DATABASE ${name}`));
  return {
    applicationUrl: withDatabase(provided.applicationUrl, name),
    ownerUrl: withDatabase(provided.ownerUrl, name),
    drop: () => dropDatabase(provided, name),
  };
}
