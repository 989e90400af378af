import { describe, expect, it } from "vitest";
import { ForbiddenError, NotFoundError } from "../../../src/errors.ts";
import { newWorkflow, storeAssets, storeWorkflow } from "../../support/factories.ts";
import { present } from "../../support/present.ts";
import { refusal } from "../../support/refusal.ts";
import { prepareStorage } from "../../support/storage.ts";

const storage = prepareStorage();

describe("a new version of a workflow", () => {
  it("takes over what is not given, also the assets in their order", async () => {
    const tenant = storage.newTenant();
    const [own] = await storeAssets(tenant, ["own"]);
    const [global] = await storeAssets(storage.system, ["global for versions"]);
    const first = await storeWorkflow(tenant, {
      description: "what it does",
      owner: "ada",
      tags: ["b", "a"],
      properties: { image: "x:1" },
      assets: [
        { assetId: present(own).id, role: "output" },
        { assetId: present(global).id, role: "input" },
      ],
    });
    const second = await tenant.run(({ workflows }) => workflows.insertVersion({ name: first.name }), {
      actor: "eve",
    });
    expect(second).toEqual({
      ...first,
      id: expect.not.stringContaining(first.id),
      version: 2,
      createdAt: expect.any(Date),
      updatedAt: second.createdAt,
      createdBy: "eve",
      updatedBy: "eve",
    });
    const links = await tenant.run(({ workflows }) => workflows.findLinks([first.id, second.id]));
    expect(links.get(second.id)).toEqual(
      links.get(first.id)?.map((link) => ({ ...link, workflowId: second.id })),
    );
    expect(links.get(second.id)).toHaveLength(2);
  });

  it("changes what is given, and null clears it", async () => {
    const tenant = storage.newTenant();
    const [asset] = await storeAssets(tenant, ["asset"]);
    const { name } = await storeWorkflow(tenant, {
      description: "old",
      owner: "ada",
      tags: ["old"],
      properties: { a: 1 },
      assets: [{ assetId: present(asset).id, role: "input" }],
    });
    const next = (fields: object) =>
      tenant.run(({ workflows }) => workflows.insertVersion({ name, ...fields }));
    const linksOf = async (id: string) =>
      (await tenant.run(({ workflows }) => workflows.findLinks([id]))).get(id) ?? [];

    const second = await next({ description: "new", properties: { b: 2 } });
    expect(second).toMatchObject({ description: "new", owner: "ada", tags: ["old"], properties: { b: 2 } });
    const third = await next({ description: null, owner: null, tags: null, properties: null, assets: null });
    expect(third).toMatchObject({ version: 3, description: null, owner: null, tags: [], properties: {} });
    expect(await linksOf(third.id)).toEqual([]);
    expect(await linksOf(second.id)).toHaveLength(1);
  });

  it("is the latest, and the one before is no more", async () => {
    const tenant = storage.newTenant();
    const first = await storeWorkflow(tenant);
    const second = await tenant.run(({ workflows }) => workflows.insertVersion({ name: first.name }));
    const latest = () => tenant.run(({ workflows }) => workflows.findByName(first.name));
    const isLatest = async (id: string) =>
      (await tenant.run(({ workflows }) => workflows.getById(id))).isLatest;
    expect(second.isLatest).toBe(true);
    expect(await isLatest(first.id)).toBe(false);
    expect(await latest()).toEqual(second);

    await tenant.run(({ workflows }) => workflows.remove(second.id));
    expect(await isLatest(first.id)).toBe(true);
    expect(await latest()).toMatchObject({ id: first.id, isLatest: true });

    const again = await tenant.run(({ workflows }) => workflows.insertVersion({ name: first.name }));
    expect(again).toMatchObject({ version: 2, isLatest: true });
    await tenant.run(({ workflows }) => workflows.remove(first.id));
    const third = await tenant.run(({ workflows }) => workflows.insertVersion({ name: first.name }));
    expect(third.version).toBe(3);
    const versions = await tenant.run(({ workflows }) => workflows.listVersions(first.name));
    expect(versions.map(({ version, isLatest: is }) => [version, is])).toEqual([
      [3, true],
      [2, false],
    ]);
  });

  it("ten at once are versions 2 to 11, each at the first attempt", async () => {
    const tenant = storage.newTenant();
    const { name } = await storeWorkflow(tenant);
    const impatient = storage.open({ retry: { attempts: 1 } });
    const next = () => impatient.withTenant(tenant.id, ({ workflows }) => workflows.insertVersion({ name }));
    // Some come while others are done already: what they find is not what the first found.
    const made = Array.from({ length: 5 }, async () => {
      const earlier = await next();
      return [earlier, await next()];
    });
    const versions = (await Promise.all(made)).flat().map(({ version }) => version);
    expect(versions.toSorted((a, b) => a - b)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    const stored = await tenant.run(({ workflows }) => workflows.listVersions(name));
    expect(stored.filter(({ isLatest }) => isLatest).map(({ version }) => version)).toEqual([11]);
  });

  it("of an unknown name is not found, of a global one forbidden, and nobody may make one", async () => {
    const [tenant, other] = [storage.newTenant(), storage.newTenant()];
    const { name } = await storeWorkflow(other);
    const global = await storeWorkflow(storage.system);
    const next = (of: string) => tenant.run(({ workflows }) => workflows.insertVersion({ name: of }));
    const error = await refusal(next("no such workflow"), NotFoundError);
    expect(error.message).toBe('No workflow is named "no such workflow".');
    const foreign = await refusal(next(name), NotFoundError);
    expect(foreign.message).toBe(`No workflow is named "${name}".`);
    await refusal(next(global.name), ForbiddenError);
    await refusal(
      storage.nobody.run(({ workflows }) => workflows.insertVersion(newWorkflow())),
      ForbiddenError,
    );
  });
});
