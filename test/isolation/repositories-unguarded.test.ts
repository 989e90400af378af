import { sql } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { GLOBAL_TENANT } from "../../src/db/tenant.ts";
import { createRepositories, type Repositories } from "../../src/modules/repositories.ts";
import { newAsset, newWorkflow } from "../support/factories.ts";
import { type Holding, storeHolding, tellingOf } from "../support/isolation/holdings.ts";
import { storedRows, TABLES } from "../support/owner.ts";
import { present } from "../support/present.ts";
import { prepareStorage } from "../support/storage.ts";

// Repositories that mistake whom their connection is bound to: what they would store for somebody else, the policies refuse.
const storage = prepareStorage();
const [a, b] = [storage.newTenant(), storage.newTenant()];
const OWNERS = [a.id, b.id, GLOBAL_TENANT] as const;
/** Whom a connection is bound to, and for whom its repositories store. */
const PAIRS = [...OWNERS, null].flatMap((bound) =>
  OWNERS.filter((owner) => owner !== bound).map((owner) => [bound ?? "nobody", owner, bound] as const),
);
const holdings = new Map<string, Holding>();

beforeAll(async () => {
  for (const party of [a, b, storage.system])
    holdings.set(party.id ?? GLOBAL_TENANT, await storeHolding(party, "maker"));
});

async function pretend(
  bound: string | null,
  owner: string,
  work: (from: Repositories) => Promise<unknown>,
): Promise<string> {
  const connection = storage
    .openDatabase()
    .connect({ ownTenant: bound, actor: "intruder" }, { access: "write" });
  await connection.operation("test.begin", {}, (db) => db.execute(sql`SELECT 1`));
  Object.defineProperty(connection, "writableTenant", { value: owner });
  const told = await tellingOf(work(createRepositories(connection)), present(holdings.get(GLOBAL_TENANT)));
  await connection.commit().catch(() => undefined);
  return told;
}

const STORES: Readonly<Record<string, (from: Repositories, visible: Holding) => Promise<unknown>>> = {
  "assets.insert": ({ assets }) => assets.insert(newAsset()),
  "assets.upsertMany": ({ assets }) => assets.upsertMany([newAsset()]),
  "workflows.insert": ({ workflows }) => workflows.insert(newWorkflow()),
  "executions.insert": ({ executions }, { workflowId }) => executions.insert({ workflowId }),
  "executions.insertOrGet": ({ executions }, { workflowId }) =>
    executions.insertOrGet({ workflowId, idempotencyKey: "new" }),
};

const counts = () =>
  storedRows(
    storage.database,
    `SELECT ${TABLES.map((table) => `(SELECT count(*) FROM ${table}) AS ${table}`).join(", ")}`,
  );

describe.each(PAIRS)("bound to %s, for %s", (_bound, owner, bound) => {
  it.each(Object.entries(STORES))("%s stores nothing", async (_, store) => {
    const before = await counts();
    // Everybody sees what is global, so that nothing but the new row's tenant is amiss.
    const visible = present(holdings.get(GLOBAL_TENANT));
    expect(await pretend(bound, owner, (from) => store(from, visible))).toMatch(/^ForbiddenError: /);
    expect(await counts()).toEqual(before);
  });
});

it.each(Object.entries(STORES))("%s stores for whom the connection is bound to", async (_, store) => {
  const visible = present(holdings.get(GLOBAL_TENANT));
  expect(await pretend(a.id, a.id, (from) => store(from, visible))).not.toMatch(/Error/);
});
