import type { TestProject } from "vitest/node";
import { provideDatabase } from "./provide-database.ts";

/** The database as it is migrated. */
export default function setup(project: TestProject): Promise<() => Promise<void>> {
  return provideDatabase(project);
}
