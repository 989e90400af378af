import { describe, expect, it } from "vitest";
import { ServingRoleError } from "../../src/db/serving-role.ts";
import { newAsset } from "../support/factories.ts";
import { storedCounts } from "../support/owner.ts";
import { prepareStorage } from "../support/storage.ts";

const storage = prepareStorage();

describe("a storage whose role owns the tables", () => {
  it("refuses all work, again and again, because the policies would not hold such a role", async () => {
    const owner = storage.open({ retry: { minDelayMs: 1 } }, storage.database.ownerUrl);
    let attempts = 0;
    const work = [
      () =>
        owner.withTenant("acme", ({ assets }) => {
          attempts += 1;
          return assets.insert(newAsset());
        }),
      () => owner.withTenant("acme", ({ assets }) => assets.count(), { readOnly: true }),
      () => owner.withSystem(({ assets }) => assets.list()),
    ];
    for (const each of [...work, ...work]) {
      const error = await each().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ServingRoleError);
      expect(error).toMatchObject({ message: expect.stringContaining("owns the tables") });
    }
    expect(attempts).toBe(2);
    expect([...(await storedCounts(storage.database, "assets")).keys()]).toEqual([]);
  });
});
