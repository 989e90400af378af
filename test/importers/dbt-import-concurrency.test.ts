import { describe, expect, it } from "vitest";
import { BadUserInputError, ServoError, UnavailableError } from "../../src/errors.ts";
import type { ImportedCatalogue } from "../../src/importers/dbt/catalogue.ts";
import { readDbtManifest } from "../../src/importers/dbt/manifest.ts";
import { withClient } from "../setup/connection.ts";
import { terminateBackends, untilBlocked } from "../support/concurrency.ts";
import { importDbt, storedCatalogue } from "../support/dbt-import.ts";
import { type DbtManifestOptions, dbtManifest } from "../support/dbt-manifest.ts";
import { link } from "../support/factories.ts";
import { present } from "../support/present.ts";
import { refusal } from "../support/refusal.ts";
import { type Party, prepareStorage } from "../support/storage.ts";

const test = prepareStorage();

const chain = (...names: string[]): DbtManifestOptions => ({
  models: names.map((name, index) => ({
    name,
    dependsOn: names.slice(Math.max(0, index - 1), index).map((upstream) => `model.shop.${upstream}`),
  })),
});

/** Runs `work` while a table is locked against everybody; what reads it waits until then. */
function whileLocked<T>(table: string, work: () => Promise<T>): Promise<T> {
  return withClient(test.database.ownerUrl, async (owner) => {
    await owner.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
    const result = await work();
    await owner.query("COMMIT");
    return result;
  });
}

const idOf = ({ run }: Party, name: string) =>
  run(async ({ assets }) => present(await assets.findByName(name)).id);

describe("an import that fails in the middle", () => {
  it("leaves nothing of itself", async () => {
    const tenant = test.newTenant();
    await importDbt(test, tenant, chain("a", "b"));
    const before = await storedCatalogue(test, tenant);
    const sound = readDbtManifest(dbtManifest(chain("b", "c", "d")));
    const broken: ImportedCatalogue = {
      ...sound,
      dependencies: [...sound.dependencies, { upstream: "model.shop.nowhere", downstream: "model.shop.d" }],
    };
    const steps: string[] = [];
    await refusal(
      importDbt(test, tenant, broken, (step) => void steps.push(step)),
      BadUserInputError,
    );
    expect(steps).toEqual(["assets"]);
    expect(await storedCatalogue(test, tenant)).toEqual(before);
  });

  it("leaves nothing when its caller fails after the last step", async () => {
    const tenant = test.newTenant();
    const fail = (step: string) => {
      if (step === "removed assets") throw new Error("no terminal to write to");
    };
    await expect(importDbt(test, tenant, chain("a", "b"), fail)).rejects.toThrow("no terminal");
    expect(await storedCatalogue(test, tenant)).toEqual({ assets: [], edges: [] });
  });

  it("leaves nothing when its connection is lost", async () => {
    const tenant = test.newTenant();
    await importDbt(test, tenant, chain("a", "b"));
    const before = await storedCatalogue(test, tenant);
    const steps: string[] = [];
    await whileLocked("asset_dependencies", async () => {
      const failing = refusal(
        importDbt(test, tenant, chain("b", "c"), (step) => void steps.push(step)),
        UnavailableError,
      );
      await untilBlocked(test.database);
      expect(await terminateBackends(test.database, "/* dependency.")).toBe(1);
      expect((await failing).transient).toBe("interrupted");
    });
    expect(steps).toEqual(["assets"]);
    expect(await storedCatalogue(test, tenant)).toEqual(before);
  });
});

describe("two imports of the same project at once", () => {
  it("of the same manifest: one stores it, the other finds it stored", async () => {
    const names = Array.from({ length: 60 }, (_, index) => `m${index}`);
    for (const _ of ["first", "second", "third"]) {
      const tenant = test.newTenant();
      const [one, other] = await Promise.all([
        importDbt(test, tenant, chain(...names)),
        importDbt(test, tenant, chain(...names)),
      ]);
      expect([one.assets.created, other.assets.created].sort()).toEqual([0, 60]);
      expect([one.dependencies.created, other.dependencies.created].sort()).toEqual([0, 59]);
      expect(await tenant.run(({ assets }) => assets.count())).toBe(60);
      expect(await tenant.run(({ dependencies }) => dependencies.count())).toBe(59);
    }
  });

  it.each([
    ["that share assets", chain("a", "b", "c"), chain("c", "b", "d")],
    ["that share none", chain("a", "b"), chain("c", "d")],
  ])("of two manifests %s: the catalogue is that of one of them", async (_, one, other) => {
    const catalogueOf = async (manifest: DbtManifestOptions) => {
      const tenant = test.newTenant();
      await importDbt(test, tenant, manifest);
      return storedCatalogue(test, tenant);
    };
    const outcomes = [await catalogueOf(one), await catalogueOf(other)];
    const tenant = test.newTenant();
    await importDbt(test, tenant, one);
    for (let round = 0; round < 8; round += 1) {
      await Promise.all([importDbt(test, tenant, one), importDbt(test, tenant, other)]);
      expect(outcomes).toContainEqual(await storedCatalogue(test, tenant));
    }
  });
});

describe("while somebody else works on the same assets", () => {
  it("an asset that is deleted meanwhile is made again", async () => {
    const tenant = test.newTenant();
    await importDbt(test, tenant, chain("a", "b"));
    const before = await idOf(tenant, "model.shop.a");
    let importing: ReturnType<typeof importDbt> | undefined;
    await tenant.run(async ({ assets }) => {
      await assets.remove(before);
      importing = importDbt(test, tenant, chain("a", "b"));
      await untilBlocked(test.database);
    });
    expect(await importing).toMatchObject({
      assets: { created: 1, unchanged: 1 },
      dependencies: { created: 1 },
    });
    expect(await idOf(tenant, "model.shop.a")).not.toBe(before);
  });

  it("an obsolete asset cannot come to be used while it is being removed", async () => {
    const tenant = test.newTenant();
    await importDbt(test, tenant, chain("a", "b"));
    const [a, report] = await tenant.run(async ({ assets }) => [
      present(await assets.findByName("model.shop.a")).id,
      (await assets.insert({ name: "report", assetType: "dashboard" })).id,
    ]);
    // Held after it has looked for edges and before it has looked for workflows.
    const { importing, linking } = await whileLocked("workflow_assets", async () => {
      const held = importDbt(test, tenant, chain("b"));
      await untilBlocked(test.database);
      const refused = refusal(
        tenant.run((repositories) => link(repositories, a, report)),
        ServoError,
      );
      await untilBlocked(test.database, 2);
      return { importing: held, linking: refused };
    });
    expect(await importing).toMatchObject({ assets: { removed: 1 }, kept: [] });
    await linking;
    expect(await storedCatalogue(test, tenant)).toEqual({ assets: ["model.shop.b", "report"], edges: [] });
  });
});
