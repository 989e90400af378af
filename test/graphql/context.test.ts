import { describe, expect, it } from "vitest";
import { InternalError } from "../../src/errors.ts";
import { Context } from "../../src/graphql/context.ts";
import { silentLogger } from "../../src/logger.ts";
import { newAsset } from "../support/factories.ts";
import { prepareApi } from "../support/graphql.ts";

const api = prepareApi();

const PRINCIPAL = { tenantId: "acme", name: "acme", roles: ["admin"] } as const;
const open = () => new Context(api.database, { principal: PRINCIPAL, logger: silentLogger });

// A resolver whose field was given up runs on: what it then took, nobody would give back.
describe("an execution", () => {
  it("that has ended reads nothing more", async () => {
    const context = open();
    expect(await context.repositories.assets.count()).toBe(0);
    await context.close();
    expect(() => context.repositories).toThrow(InternalError);
    expect(() => context.loaders).toThrow(InternalError);
    await expect(context.mutate(({ assets }) => assets.count())).rejects.toThrow(InternalError);
  });

  it("that mutates reads nothing beside it, and anew after it", async () => {
    const context = open();
    expect(await context.repositories.assets.count({ scope: "own" })).toBe(0);
    const made = await context.mutate(async ({ assets }) => {
      expect(() => context.repositories).toThrow(InternalError);
      expect(() => context.loaders).toThrow(InternalError);
      return assets.insert(newAsset());
    });
    expect(await context.loaders.assetById.load(made.id)).toEqual(made);
    await context.close();
  });
});
