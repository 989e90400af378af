import { expect, it } from "vitest";
import { withClient } from "../../setup/connection.ts";
import { newAsset } from "../../support/factories.ts";
import { storedRows, TABLES } from "../../support/owner.ts";
import { prepareStorage } from "../../support/storage.ts";

const storage = prepareStorage();

it("nothing but the queries' own predicates keeps a tenant from another's rows", async () => {
  const [a, b] = [storage.newTenant(), storage.newTenant()];
  const { id } = await b.run(({ assets }) => assets.insert(newAsset()));
  expect(await a.run(({ assets }) => assets.findById(id))).toBeNull();
  const asA = await withClient(storage.database.applicationUrl, async (application) => {
    await application.query(`BEGIN; SET LOCAL app.current_tenant = '${a.id}'`);
    return application.query("SELECT id FROM assets");
  });
  expect(asA.rows).toEqual([{ id }]);
});

it("the policies of every table are off", async () => {
  const off = await storedRows<{ relname: string }>(
    storage.database,
    "SELECT relname FROM pg_class WHERE relname = ANY($1) AND NOT relrowsecurity ORDER BY relname",
    [TABLES],
  );
  expect(off.map(({ relname }) => relname)).toEqual(TABLES.toSorted());
});
