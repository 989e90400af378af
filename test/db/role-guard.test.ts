import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { UnavailableError } from "../../src/errors.ts";
import type { PostgresStorage } from "../../src/storage.ts";
import { collectLogLines } from "../support/log-lines.ts";
import { prepareStorage } from "../support/storage.ts";
import { type AlterableRole, createAlterableRole } from "../support/unsafe-role.ts";

const storage = prepareStorage();
const { lines, logger } = collectLogLines();
let role: AlterableRole;
let served: PostgresStorage;

beforeAll(async () => {
  role = await createAlterableRole(storage.database);
  served = storage.open({ logger, retry: { attempts: 1 } }, role.url);
});
afterAll(async () => {
  await served.close();
  await role.drop();
});
beforeEach(() => vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => vi.useRealTimers());

const count = () => served.withTenant("acme", ({ assets }) => assets.count(), { readOnly: true });

it("a role that stops being safe serves for a few seconds at most, and serves again once it is mended", async () => {
  expect(await count()).toBe(0);
  await role.makeUnsafe();
  vi.advanceTimersByTime(10_000);
  for (const _ of [1, 2]) {
    const refused: unknown = await count().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(UnavailableError);
    expect(refused).toMatchObject({ retryable: true, message: expect.not.stringContaining("servo_test") });
  }
  expect(lines.filter(({ level }) => level === "ERROR")).toMatchObject(
    [1, 2].map(() => ({
      message: "Database role is not safe any more",
      error: { message: expect.stringContaining("TRUNCATE") },
    })),
  );
  await role.makeSafe();
  expect(await count()).toBe(0);
});
