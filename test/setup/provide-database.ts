import type { TestProject } from "vitest/node";
import type { ProvidedDatabase } from "./connection.ts";
import { startServer } from "./server.ts";
import { makeTemplate } from "./template.ts";

/** What a set-up made of the database, and how to end what it started for that. */
export interface Prepared {
  readonly database: ProvidedDatabase;
  stop(): Promise<void>;
}

/**
 * Gives a project's test files a PostgreSQL and, on it, a migrated template that each file clones: the server of
 * `TEST_DATABASE_URL` where that is set, an embedded one in a temporary folder otherwise.
 *
 * @param prepare changes the template, or how it is reached, before the first file sees it
 * @returns what ends all of it, for the end of the run
 */
export async function provideDatabase(
  project: TestProject,
  prepare?: (database: ProvidedDatabase) => Promise<Prepared>,
): Promise<() => Promise<void>> {
  const ends: (() => Promise<void>)[] = [];
  const endAll = async (): Promise<void> => {
    for (const end of ends.reverse()) await end();
  };
  try {
    const server = await startServer();
    ends.push(() => server.stop());
    const template = await makeTemplate(server.adminUrl);
    ends.push(() => template.drop());
    const prepared = await prepare?.(template.database);
    if (prepared !== undefined) ends.push(() => prepared.stop());
    project.provide("database", prepared?.database ?? template.database);
    return endAll;
  } catch (error) {
    await endAll();
    throw error;
  }
}
