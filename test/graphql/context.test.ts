import { describe, expect, it, vi } from "vitest";
import { ConflictError, InternalError } from "../../src/errors.ts";
import { Context } from "../../src/graphql/context.ts";
import { silentLogger } from "../../src/logger.ts";
import type { Repositories } from "../../src/modules/repositories.ts";
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

  it("is not changed for once more, as long as nothing was read or done", async () => {
    const context = open();
    expect(context.again()).toBe(context);
    const count = await context.repositories.assets.count();
    const next = context.again();
    expect(next).not.toBe(context);
    expect(() => context.repositories).toThrow(InternalError);
    expect(await next.repositories.assets.count()).toBe(count);
    await next.close();
  });

  it("once more is told what was done, well or not, and does not do it again", async () => {
    const context = open();
    const { name } = newAsset();
    const create = vi.fn((repositories: Repositories) =>
      repositories.assets.insert({ name, assetType: "table" }),
    );
    const made = await context.mutate(create);
    const refused = await context.mutate(create).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ConflictError);
    const next = context.again();
    expect(next).toBe(context);
    expect(await next.mutate(create)).toBe(made);
    expect(await next.mutate(create).catch((error: unknown) => error)).toBe(refused);
    expect(create).toHaveBeenCalledTimes(2);
    expect(await next.loaders.assetById.load(made.id)).toEqual(made);
    // What comes after that is new.
    const { id } = await next.mutate(({ assets }) => assets.insert(newAsset()));
    expect(id).not.toBe(made.id);
    // What was read meanwhile is read anew, in another.
    expect(await next.loaders.assetById.load(id)).toMatchObject({ id });
    const last = next.again();
    expect(last).not.toBe(next);
    expect(await last.mutate(create)).toBe(made);
    await last.close();
  });
});
