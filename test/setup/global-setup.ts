import type { TestProject } from "vitest/node";
import { startServer } from "./server.ts";
import { makeTemplate } from "./template.ts";

/**
 * Gives the integration tests a PostgreSQL and, on it, a migrated template that each file clones: the server of
 * `TEST_DATABASE_URL` where that is set, an embedded one in a temporary folder otherwise.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startServer();
  try {
    const template = await makeTemplate(server.adminUrl);
    project.provide("database", template.database);
    return async () => {
      await template.drop();
      await server.stop();
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}
