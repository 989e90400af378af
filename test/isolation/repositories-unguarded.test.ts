import { sql } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import type { Database } from "../../src/db/database.ts";
import { GLOBAL_TENANT } from "../../src/db/tenant.ts";
import { createRepositories, type Repositories } from "../../src/modules/repositories.ts";
import { newAsset, newWorkflow } from "../support/factories.ts";
import {
  CHANGES,
  type Holding,
  NOTHING,
  OWN_READS,
  READS,
  REFERENCES,
  SWEEPS,
  storeHolding,
  tellingOf,
} from "../support/isolation/library.ts";
import { alterDatabase, storedRows, TABLES } from "../support/owner.ts";
import { present } from "../support/present.ts";
import { prepareStorage } from "../support/storage.ts";

// The repositories' own conditions name everybody's rows here, as if they had been forgotten: the policies must hold alone.
const storage = prepareStorage();
const [a, b] = [storage.newTenant(), storage.newTenant()];
const OWNERS = [a.id, b.id, GLOBAL_TENANT] as const;
/** Whom a connection is bound to, and whose rows its repositories are after. */
const PAIRS = [...OWNERS, null].flatMap((bound) =>
  OWNERS.filter((owner) => owner !== bound).map((owner) => [bound ?? "nobody", owner, bound] as const),
);
const holdings = new Map<string, Holding>();
let database: Database;

beforeAll(async () => {
  for (const party of [a, b, storage.system]) {
    const owner = party.id ?? GLOBAL_TENANT;
    holdings.set(owner, await storeHolding(party, `maker for ${owner}`));
  }
  database = storage.openDatabase();
});

const holdingOf = (owner: string) => present(holdings.get(owner));

/** Runs work bound to one tenant with repositories that take themselves for another's, and for able to see all. */
async function pretend(
  bound: string | null,
  owner: string,
  work: (from: Repositories) => Promise<string>,
): Promise<string> {
  const connection = database.connect({ ownTenant: bound, actor: "intruder" }, "write");
  await connection.operation("test.begin", {}, (db) => db.execute(sql`SELECT 1`));
  Object.defineProperties(connection, {
    ownTenant: { value: owner },
    writableTenant: { value: owner },
    readableTenants: { value: OWNERS },
  });
  const told = await work(createRepositories(connection));
  await connection.commit().catch(() => undefined);
  return told;
}

function everything(): Promise<unknown[]> {
  const digests = TABLES.map(
    (table) => `(SELECT md5(string_agg(row::text, '' ORDER BY row::text)) FROM ${table} AS row) AS ${table}`,
  );
  return storedRows(storage.database, `SELECT ${digests.join(", ")}`);
}

describe.each(PAIRS)("bound to %s, after the rows of %s", (_bound, owner, bound) => {
  // Everybody may read global rows.
  const reads = owner === GLOBAL_TENANT ? {} : { ...READS, ...OWN_READS };

  it.each(Object.entries(reads))("reads none: %s", async (_, read) => {
    const holding = holdingOf(owner);
    const told = await pretend(bound, owner, (from) => tellingOf(read(from, holding), holding));
    const ofNothing = await pretend(bound, owner, (from) => tellingOf(read(from, NOTHING), NOTHING));
    expect(told).toBe(ofNothing);
  });

  it("lists none", async () => {
    const told = await pretend(bound, owner, async ({ assets, workflows, executions, dependencies }) => {
      const lists = await Promise.all(
        [assets, workflows, executions, dependencies].map((rows) => rows.list()),
      );
      return JSON.stringify(
        [...new Set(lists.flat().map(({ tenantId }) => tenantId ?? GLOBAL_TENANT))].toSorted(),
      );
    });
    expect(told).toBe(JSON.stringify([...new Set([bound ?? GLOBAL_TENANT, GLOBAL_TENANT])].toSorted()));
  });

  const writes = {
    ...CHANGES,
    ...SWEEPS,
    ...Object.fromEntries(
      Object.entries(REFERENCES).map(([name, refer]) => [
        `${name} of a reference`,
        (from: Repositories, holding: Holding) => refer(holding)(from, holding),
      ]),
    ),
    "assets.insert": ({ assets }: Repositories) => assets.insert(newAsset()),
    "assets.upsertMany": ({ assets }: Repositories, { assetName: name }: Holding) =>
      assets.upsertMany([newAsset(), newAsset({ name, owner: "intruder" })]),
    "workflows.insert": ({ workflows }: Repositories) => workflows.insert(newWorkflow()),
  };

  it.each(Object.entries(writes))("writes none: %s", async (_, write) => {
    const before = await everything();
    const holding = holdingOf(owner);
    const told = await pretend(bound, owner, (from) => tellingOf(write(from, holding), holding));
    expect(told).toMatch(/^(\w+Error: |undefined$|0$|\[\]$)/);
    expect(told).not.toMatch(/^InternalError/);
    expect(await everything()).toEqual(before);
  });
});

describe("the pretence", () => {
  it("reaches what the policies allow, so that it is they that hold", async () => {
    const holding = holdingOf(a.id);
    const told = await pretend(a.id, a.id, (from) =>
      tellingOf(from.assets.getById(holding.assetId), holding),
    );
    expect(told).toContain("<assetId>");
    const changed = await pretend(a.id, a.id, (from) =>
      tellingOf(from.assets.update(holding.assetId, { owner: "ada" }), holding),
    );
    expect(changed).toContain('"owner":"ada"');
  });

  it("would reach everybody's, were the policies wide open", async () => {
    const holding = holdingOf(b.id);
    const read = () =>
      pretend(a.id, b.id, (from) => tellingOf(from.assets.getById(holding.assetId), holding));
    expect(await read()).toMatch(/^NotFoundError/);
    const alter = (form: string) =>
      alterDatabase(storage.database, `ALTER TABLE assets ${form} ROW LEVEL SECURITY`);
    await alter("DISABLE");
    expect(await read()).toContain("<assetId>");
    await alter("ENABLE");
    expect(await read()).toMatch(/^NotFoundError/);
  });
});
