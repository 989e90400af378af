import { describe, expect, it } from "vitest";
import { NotFoundError, type ServoError } from "../../../src/errors.ts";
import type { Repositories } from "../../../src/modules/repositories.ts";
import { newWorkflow, storeAsset, storeAssets, storeWorkflow, UNKNOWN_ID } from "../../support/factories.ts";
import { storedRows } from "../../support/owner.ts";
import { present } from "../../support/present.ts";
import { refusal } from "../../support/refusal.ts";
import { prepareStorage } from "../../support/storage.ts";

const storage = prepareStorage();

const input = (assetId: string) => ({ assetId, role: "input" as const });
const output = (assetId: string) => ({ assetId, role: "output" as const });

describe("the assets of a workflow version", () => {
  it("are read in the order given, own and global ones, in either role", async () => {
    const tenant = storage.newTenant();
    const [a, b] = await storeAssets(tenant, ["a", "b"]);
    const global = await storeAsset(storage.system);
    const given = [output(present(b).id), input(global.id), input(present(b).id), input(present(a).id)];
    const { id } = await storeWorkflow(tenant, { assets: given });
    const unlinked = await storeWorkflow(tenant);
    const links = await tenant.run(({ workflows }) => workflows.findLinks([unlinked.id, id, UNKNOWN_ID]));
    expect([...links.keys()]).toEqual([id]);
    expect(links.get(id)).toEqual(given.map((link, position) => ({ ...link, position, workflowId: id })));
  });

  it("are replaced as a whole by a change that gives them, and left alone by one that does not", async () => {
    const tenant = storage.newTenant();
    const stored = (await storeAssets(tenant, ["a", "b", "c"])).map(({ id }) => id);
    const [a, b, c] = [present(stored[0]), present(stored[1]), present(stored[2])];
    const { id } = await storeWorkflow(tenant, { assets: [input(a), output(b)] });
    const update = (patch: object) => tenant.run(({ workflows }) => workflows.update(id, patch));
    const links = async () =>
      ((await tenant.run(({ workflows }) => workflows.findLinks([id]))).get(id) ?? []).map(
        ({ assetId, role, position }) => [position, role, assetId],
      );
    await update({ owner: "ada" });
    expect(await links()).toEqual([
      [0, "input", a],
      [1, "output", b],
    ]);
    await update({ assets: [output(c), input(b), input(a)] });
    expect(await links()).toEqual([
      [0, "output", c],
      [1, "input", b],
      [2, "input", a],
    ]);
    await update({ assets: null });
    expect(await links()).toEqual([]);
  });

  it("may be a thousand", async () => {
    const tenant = storage.newTenant();
    const stored = await storeAssets(
      tenant,
      Array.from({ length: 1000 }, (_, index) => `${index}`),
    );
    const { id } = await storeWorkflow(tenant, { assets: stored.map((asset) => input(asset.id)) });
    const links = await tenant.run(({ workflows }) => workflows.findLinks([id]));
    expect(links.get(id)?.map(({ assetId }) => assetId)).toEqual(stored.map((asset) => asset.id));
  });

  it("must be there: an unknown one is not found, whoever it may belong to", async () => {
    const [tenant, other] = [storage.newTenant(), storage.newTenant()];
    const foreign = await storeAsset(other);
    for (const assetId of [UNKNOWN_ID, foreign.id]) {
      const attempt = storeWorkflow(tenant, { assets: [input(assetId)] });
      const error = await refusal(attempt, NotFoundError);
      expect(error.message).toBe(`No asset has the id ${assetId}.`);
    }
  });

  it("that are not there leave nothing behind, also where the caller goes on after the refusal", async () => {
    const tenant = storage.newTenant();
    const asset = await storeAsset(tenant);
    const workflow = await storeWorkflow(tenant, { owner: "ada", assets: [input(asset.id)] });
    const refused: ((from: Repositories) => Promise<unknown>)[] = [
      ({ workflows }) => workflows.insert(newWorkflow({ assets: [input(UNKNOWN_ID)] })),
      ({ workflows }) => workflows.insertVersion({ name: workflow.name, assets: [input(UNKNOWN_ID)] }),
      ({ workflows }) => workflows.update(workflow.id, { owner: "eve", assets: [input(UNKNOWN_ID)] }),
    ];
    for (const attempt of refused) {
      await tenant.run(async (repositories) => {
        const error = await attempt(repositories).catch((thrown: ServoError) => thrown);
        expect(error).toBeInstanceOf(NotFoundError);
      });
    }
    expect(await tenant.run(({ workflows }) => workflows.list())).toEqual([workflow]);
    const links = await storedRows(
      storage.database,
      "SELECT workflow_id AS id FROM workflow_assets WHERE tenant_id = $1",
      [tenant.id],
    );
    expect(links).toEqual([{ id: workflow.id }]);
  });
});
