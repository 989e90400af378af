import { expect, it, vi } from "vitest";
import { withClient } from "../setup/connection.ts";
import { untilBlocked } from "../support/concurrency.ts";
import { UNKNOWN_ID } from "../support/factories.ts";
import { prepareApi } from "../support/graphql.ts";
import { createAsset } from "../support/graphql-operations.ts";
import { CRASH, prepareHeavy } from "../support/heavy.ts";
import { Scrapes } from "../support/metrics.ts";

const api = prepareApi({ slowOperationMs: 60_000 });
const openHeavy = prepareHeavy(api);

const OPERATIONS = "servo_graphql_operations_total";
const WALK =
  "query Walk($assetId: ID!) { lineage(assetId: $assetId, maxNodes: 1000) { nodes { depth asset { name } } } }";
const PAGE = "query Page { workflows(first: 1000) { nodes { id name description } } }";

function open(share = {}) {
  const scrapes = new Scrapes();
  return { scrapes, ...openHeavy({ share, metrics: scrapes.metrics }) };
}

it("what a thread does with the database is counted in the lane of heavy operations", async () => {
  const { scrapes, asTenant } = open();
  const tenant = asTenant("heavy");
  const { id } = await createAsset(tenant);
  await tenant.query(WALK, { assetId: id });
  await tenant.send(WALK, { assetId: "none" });
  expect(scrapes.counts(OPERATIONS)).toEqual({
    "mutation createAsset OK": 1,
    "query lineage OK": 1,
    "query lineage BAD_USER_INPUT": 1,
  });
  expect(scrapes.counts("servo_graphql_operation_duration_seconds_count")).toMatchObject({
    "query lineage": 2,
  });
  expect(scrapes.counts("servo_db_operation_duration_seconds_count")).toMatchObject({
    "lineage.walk": 1,
    "asset.findManyByIds": 1,
  });
  expect(scrapes.counts("servo_db_pool_acquire_duration_seconds_count")).toEqual({
    "main ok": 1,
    "heavy ok": 1,
  });
  expect(scrapes.counts("servo_lineage_nodes_sum")).toEqual({ "lineage.find": 1 });
  await vi.waitFor(() =>
    expect(scrapes.counts("servo_db_pool_connections_idle")).toMatchObject({ heavy: 1 }),
  );
  expect(scrapes.counts("servo_db_pool_connections_max")).toMatchObject({ heavy: 1 });
});

it("threads that are busy, and operations that wait for one, are told while they are", async () => {
  const { scrapes, asTenant } = open();
  await withClient(api.store.database.ownerUrl, async (owner) => {
    await owner.query("BEGIN; LOCK TABLE workflows IN ACCESS EXCLUSIVE MODE");
    const asked = [asTenant("one").query(PAGE), asTenant("two").query(PAGE)];
    await untilBlocked(api.store.database);
    await vi.waitFor(() => expect(scrapes.counts("servo_db_pool_connections_used")).toEqual({ heavy: 1 }));
    expect(scrapes.counts("servo_graphql_operations_running")).toEqual({ heavy: 1 });
    expect(scrapes.counts("servo_graphql_operations_waiting")).toEqual({ heavy: 1 });
    expect(scrapes.counts("servo_graphql_tenants_busy")).toEqual({ heavy: 2 });
    await owner.query("COMMIT");
    await Promise.all(asked);
  });
  await vi.waitFor(() => expect(scrapes.counts("servo_db_pool_connections_used")).toEqual({}));
});

it("a thread that fails is counted, with the operation that it had", async () => {
  const { scrapes, asTenant, heavy } = open();
  await asTenant("crashed").send(
    WALK.replace("Walk", CRASH),
    { assetId: UNKNOWN_ID },
    { operationName: CRASH },
  );
  expect(scrapes.counts(OPERATIONS)).toEqual({ "query lineage UNAVAILABLE": 1 });
  expect(scrapes.samples("servo_heavy_threads_failed_total")).toMatchObject([{ value: 1 }]);
  expect(scrapes.counts("servo_db_pool_connections_idle")).not.toHaveProperty("heavy");
  await asTenant("crashed").query(WALK, { assetId: UNKNOWN_ID });
  expect(scrapes.samples("servo_heavy_threads_failed_total")).toMatchObject([{ value: 1 }]);
  await heavy.close(1000);
  expect(scrapes.samples("servo_heavy_threads_failed_total")).toMatchObject([{ value: 1 }]);
});
