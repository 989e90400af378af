import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../setup/database.ts";
import type { Check } from "./check.ts";
import { Stage } from "./stage.ts";

/** A stage on a database of the file's own. */
export function prepareStage(): () => Stage {
  let database: TestDatabase | undefined;
  let stage: Stage | undefined;
  beforeAll(async () => {
    database = await createTestDatabase();
    stage = await Stage.open(database);
  });
  afterAll(async () => {
    await stage?.close();
    await database?.drop();
  });
  return () => {
    if (stage === undefined) throw new Error("the stage is there from beforeAll on");
    return stage;
  };
}

/** One test a check. */
export function testChecks(stage: () => Stage, checks: readonly Check[]): void {
  it.each(checks.map((check) => [check.name, check] as const))("%s", async (_, check) => {
    expect(await check.violations(stage())).toEqual([]);
  });
}
