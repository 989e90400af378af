import { describe, expect, it } from "vitest";
import { searchKey } from "../../../src/modules/fields.ts";
import type { WorkflowOrderField } from "../../../src/modules/workflow/workflow.pages.ts";
import type { Workflow } from "../../../src/modules/workflow/workflow.select.ts";
import { newWorkflow, storeAssets, storeWorkflow } from "../../support/factories.ts";
import { describePaging } from "../../support/paging.ts";
import { present } from "../../support/present.ts";
import { prepareStorage } from "../../support/storage.ts";

const storage = prepareStorage();

describe("pages of workflows", () => {
  describePaging<Workflow, WorkflowOrderField>(["createdAt", "updatedAt", "name"], storage, {
    keys: {
      createdAt: ({ createdAt }) => createdAt.toISOString(),
      updatedAt: ({ updatedAt }) => updatedAt.toISOString(),
      name: ({ name }) => searchKey(name),
    },
    page: ({ workflows }, query) => workflows.page(query),
    list: ({ workflows }, query) => workflows.list(query),
    async seed(party, rows) {
      await party.run(async ({ workflows }) => {
        const first = await workflows.insert(newWorkflow());
        // Versions share their name, and a transaction's rows their `created_at`.
        for (let version = 2; version < rows; version += 1) {
          await (version % 2 === 0
            ? workflows.insertVersion({ name: first.name })
            : workflows.insert(newWorkflow({ name: `Ä${newWorkflow().name}` })));
        }
        await workflows.update(first.id, { owner: "somebody" });
      });
      await storeWorkflow(party);
    },
    remove: ({ workflows }, id) => workflows.remove(id),
  });
});

describe("pages of many assets' workflows", () => {
  it("are the same page of each asset, newest first, and counts agree", async () => {
    const tenant = storage.newTenant();
    const [a, b, c] = (await storeAssets(tenant, ["a", "b", "c"])).map(({ id }) => id);
    const [busy, quiet, unused] = [present(a), present(b), present(c)];
    const made: string[] = [];
    for (let count = 0; count < 5; count += 1) {
      const { id } = await storeWorkflow(tenant, {
        assets: [
          { assetId: busy, role: "input" },
          { assetId: busy, role: "output" },
          ...(count === 0 ? [{ assetId: quiet, role: "input" } as const] : []),
        ],
      });
      made.unshift(id);
    }
    const read = (request: object) =>
      tenant.run(({ workflows }) => workflows.pagesByAsset([busy, quiet, unused], request));
    const first = await read({ first: 2 });
    expect([...first.keys()].toSorted()).toEqual([busy, quiet].toSorted());
    const page = present(first.get(busy));
    expect(page.items.map(({ row }) => row.id)).toEqual(made.slice(0, 2));
    expect(page).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    expect(first.get(quiet)?.items.map(({ row }) => row.id)).toEqual(made.slice(4));
    const [oldest] = await tenant.run(({ workflows }) => workflows.findManyByIds(made.slice(4)));
    expect(first.get(quiet)?.items.map(({ row }) => row)).toEqual([oldest]);

    const after = present(page.items[1]).cursor;
    const rest = present((await read({ first: 10, after })).get(busy));
    expect(rest.items.map(({ row }) => row.id)).toEqual(made.slice(2));
    expect(rest).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    const last = present((await read({ last: 2 })).get(busy));
    expect(last.items.map(({ row }) => row.id)).toEqual(made.slice(3));

    const counts = await tenant.run(({ workflows }) => workflows.countsByAsset([busy, quiet, unused]));
    expect(counts).toEqual(
      new Map([
        [busy, 5],
        [quiet, 1],
      ]),
    );
  });

  it("of a global asset hold the tenant's own workflows and global ones", async () => {
    const [tenant, other] = [storage.newTenant(), storage.newTenant()];
    const [global] = await storeAssets(storage.system, ["global"]);
    const { id: assetId } = present(global);
    const assets = [{ assetId, role: "input" as const }];
    const own = await storeWorkflow(tenant, { assets });
    const shared = await storeWorkflow(storage.system, { assets });
    await storeWorkflow(other, { assets });
    const pages = await tenant.run(({ workflows }) => workflows.pagesByAsset([assetId], { first: 5 }));
    expect(pages.get(assetId)?.items.map(({ row }) => row.id)).toEqual([shared.id, own.id]);
    const counts = await tenant.run(({ workflows }) => workflows.countsByAsset([assetId]));
    expect(counts.get(assetId)).toBe(2);
  });
});
