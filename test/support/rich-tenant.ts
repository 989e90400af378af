import { setTimeout as delay } from "node:timers/promises";
import { newAsset } from "./factories.ts";
import { present } from "./present.ts";
import type { Party, TestStorage } from "./storage.ts";

/** Rows of the system that {@link storeRichTenant} refers to. */
export async function storeGlobalRows({ system }: Pick<TestStorage, "system">): Promise<void> {
  await system.run(async ({ assets, workflows }) => {
    await assets.insert(newAsset({ name: "global calendar" }));
    await workflows.insert({ name: "global load" });
    await workflows.insertVersion({ name: "global load", owner: "platform" });
  });
}

/** Gives a tenant rows of every kind, with everything that a row of its kind can have. */
export async function storeRichTenant(party: Party): Promise<void> {
  await party.run(
    async ({ assets, workflows, executions, dependencies }) => {
      const calendar = await assets.findByName("global calendar");
      const load = await workflows.findByName("global load", 2);
      const [orders, revenue, report] = [
        await assets.insert({
          name: "orders 注文 \u{1F680} “quoted” \\ back",
          assetType: "table",
          description: "line\nbreak\ttab \u2028 and \u0001",
          owner: "Ünïcode",
          tags: ["pii", "täglich", "\u{1F525}"],
          partitionConfig: {
            time: { granularity: "day", start: new Date("2020-02-29"), timezone: "Europe/Paris" },
          },
          properties: {
            nested: { list: [1, 2.5, 1e300, null, true, "x"] },
            ["__proto__"]: 1,
            10: "ten",
            a: "ä",
          },
        }),
        await assets.insert({
          name: "revenue",
          assetType: "model",
          partitionConfig: { static: { keys: ["eu", "us"] } },
        }),
        await assets.insert({
          name: "report",
          assetType: "dashboard",
          partitionConfig: { range: { start: 0, end: 9.5, interval: 0.5 } },
        }),
      ];
      await assets.claim("~dbt:shop", [orders.id, revenue.id]);
      const edge = {
        upstreamAssetId: orders.id,
        downstreamAssetId: revenue.id,
        dependencyType: "data",
      } as const;
      await dependencies.insert(edge);
      await dependencies.insert({ ...edge, source: "dbt:shop" });
      await dependencies.insert({
        upstreamAssetId: present(calendar).id,
        downstreamAssetId: revenue.id,
        dependencyType: "control",
      });
      await dependencies.insert({
        upstreamAssetId: revenue.id,
        downstreamAssetId: report.id,
        dependencyType: "metadata",
      });
      await workflows.insert({
        name: "nightly",
        description: "",
        owner: "ops",
        tags: ["b", "a"],
        properties: { cron: "0 3 * * *" },
        assets: [
          { assetId: orders.id, role: "input" },
          { assetId: present(calendar).id, role: "input" },
          { assetId: revenue.id, role: "output" },
        ],
      });
      const second = await workflows.insertVersion({ name: "nightly", owner: null });
      await executions.insertOrGet({ workflowId: second.id, idempotencyKey: "2026-01-31" });
      const failed = await executions.insertOrGet({
        workflowId: present(load).id,
        idempotencyKey: "2026-01-31",
      });
      await executions.update(failed.execution.id, {
        state: "running",
        startedAt: new Date("2026-01-31T01:00:00Z"),
      });
      await executions.update(failed.execution.id, { state: "failed", errorMessage: "kaputt \u{1F4A5}" });
      await executions.insert({ workflowId: present(load).id });
    },
    { actor: "maker \u00fc" },
  );
  await endSome(party);
}

/** Leaves two spans of one edge behind, and one of an edge from a global asset. */
async function endSome({ run }: Party): Promise<void> {
  const [edge, fromGlobal] = await run(async ({ assets, dependencies }) => {
    const [report, revenue] = [await assets.findByName("report"), await assets.findByName("revenue")];
    const calendar = await assets.findByName("global calendar");
    const ends = { downstreamAssetId: present(report).id, dependencyType: "data" } as const;
    return [
      await dependencies.insert({ ...ends, upstreamAssetId: present(revenue).id }),
      await dependencies.insert({ ...ends, upstreamAssetId: present(calendar).id }),
    ];
  });
  for (const dependencyType of ["control", "data"] as const) {
    await delay(2); // no span is shorter than a millisecond
    await run(({ dependencies }) => dependencies.update(edge.id, { dependencyType }));
  }
  await run(({ dependencies }) => dependencies.remove(fromGlobal.id));
}
