import type { TestProject } from "vitest/node";
import { startPooler } from "./pooler.ts";
import { provideDatabase } from "./provide-database.ts";

/** The database behind a pooler: the application goes through it, the owner goes round it. */
export default function setup(project: TestProject): Promise<() => Promise<void>> {
  return provideDatabase(project, async (database) => {
    const { url, stop } = await startPooler(database.applicationUrl);
    return { database: { ...database, applicationUrl: url, keepsPrepared: false }, stop };
  });
}
