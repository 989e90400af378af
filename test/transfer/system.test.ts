import { expect, it } from "vitest";
import { createDatabase } from "../../src/db/database.ts";
import { GLOBAL_TENANT } from "../../src/db/tenant.ts";
import { checkImport, importTenant } from "../../src/transfer/import.ts";
import { createTestDatabase } from "../setup/database.ts";
import { present } from "../support/present.ts";
import { storeGlobalRows, storeRichTenant } from "../support/rich-tenant.ts";
import { prepareStorage } from "../support/storage.ts";
import { prepareTransfer, storedDigest, UNWATCHED } from "../support/transfer.ts";

const storage = prepareStorage();
const transfer = prepareTransfer(storage);

it("what the system has is the same in another database, where tenants then find what they refer to", async () => {
  const { id: tenant, run } = storage.newTenant();
  await storeGlobalRows(storage);
  for (const party of [storage.system, { id: tenant, run }]) await storeRichTenant(party);
  const system = await transfer.exported(GLOBAL_TENANT);
  expect(JSON.parse(present(system[0]))).toMatchObject({ tenant: null });
  const elsewhere = await createTestDatabase();
  const other = createDatabase(elsewhere.applicationUrl);
  try {
    const moved = { database: elsewhere };
    for (const [owner, lines] of [
      [GLOBAL_TENANT, system],
      [tenant, await transfer.exported(tenant)],
    ] as const) {
      const file = transfer.file(lines.map((line) => `${line}\n`).join(""));
      for (const _ of ["stored", "present"]) {
        const expected = await checkImport(other, owner, file, UNWATCHED);
        await importTenant(other, owner, file, expected, UNWATCHED);
      }
    }
    expect(await storedDigest(moved, null)).toEqual(await storedDigest(storage, null));
    expect(await storedDigest(moved, tenant)).toEqual(await storedDigest(storage, tenant));
  } finally {
    await other.close();
    await elsewhere.drop();
  }
});
