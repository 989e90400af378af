import type { TestProject } from "vitest/node";
import { TABLES } from "../support/owner.ts";
import { withClient, withDatabase } from "./connection.ts";
import { provideDatabase } from "./provide-database.ts";

/** The database without its policies: the queries' own predicates must hold alone. */
export default function setup(project: TestProject): Promise<() => Promise<void>> {
  return provideDatabase(project, async (database) => {
    const lifted = TABLES.map((table) => `ALTER TABLE ${table} DISABLE ROW LEVEL SECURITY`).join("; ");
    await withClient(withDatabase(database.ownerUrl, database.template), (owner) => owner.query(lifted));
    return { database, stop: async () => {} };
  });
}
