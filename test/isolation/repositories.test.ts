import { beforeAll, describe, expect, it } from "vitest";
import type { Repositories } from "../../src/modules/repositories.ts";
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
} from "../support/isolation/holdings.ts";
import { storedRows, TABLES } from "../support/owner.ts";
import { present } from "../support/present.ts";
import { type Party, prepareStorage } from "../support/storage.ts";

const storage = prepareStorage();
const PARTIES: Readonly<Record<string, Party>> = {
  "tenant A": storage.newTenant(),
  "tenant B": storage.newTenant(),
  "the system": storage.system,
  nobody: storage.nobody,
};
const OWNERS = ["tenant A", "tenant B", "the system"] as const;
const VIEWERS = Object.keys(PARTIES);
const holdings = new Map<string, Holding>();

beforeAll(async () => {
  for (const owner of OWNERS)
    holdings.set(owner, await storeHolding(present(PARTIES[owner]), `maker for ${owner}`));
});

const holdingOf = (owner: string) => present(holdings.get(owner));
const pairs = VIEWERS.flatMap((viewer) => OWNERS.map((owner) => [viewer, owner] as const));

/** What an act comes to for a viewer. It is rolled back. */
async function tell(
  viewer: string,
  act: (from: Repositories, holding: Holding) => Promise<unknown>,
  holding: Holding,
): Promise<string> {
  const enough = new Error("enough");
  let told = "";
  await present(PARTIES[viewer])
    .run(async (from) => {
      told = await tellingOf(act(from, holding), holding);
      throw enough;
    })
    .catch((error: unknown) => expect(error).toBe(enough));
  return told;
}

/** Every row of everybody's, as one value a table. */
function everything(): Promise<unknown[]> {
  const digests = TABLES.map(
    (table) => `(SELECT md5(string_agg(row::text, '' ORDER BY row::text)) FROM ${table} AS row) AS ${table}`,
  );
  return storedRows(storage.database, `SELECT ${digests.join(", ")}`);
}

describe.each(pairs)("%s reads what %s has", (viewer, owner) => {
  it.each(Object.entries(READS))("%s", async (_, read) => {
    const told = await tell(viewer, read, holdingOf(owner));
    const ofNothing = await tell(viewer, read, NOTHING);
    if (viewer === owner || owner === "the system") expect(told).not.toBe(ofNothing);
    else expect(told).toBe(ofNothing);
  });

  it.each(Object.entries(OWN_READS))("%s", async (_, read) => {
    const told = await tell(viewer, read, holdingOf(owner));
    const ofNothing = await tell(viewer, read, NOTHING);
    if (viewer === owner) expect(told).not.toBe(ofNothing);
    else expect(told).toBe(ofNothing);
  });
});

describe.each(VIEWERS)("lists without a condition, of %s", (viewer) => {
  it("hold its own and global rows, and no others", async () => {
    const readable = new Set([present(PARTIES[viewer]).id, null]);
    await present(PARTIES[viewer]).run(async ({ assets, workflows, executions, dependencies }) => {
      for (const rows of [assets, workflows, executions, dependencies]) {
        const listed = await rows.list();
        expect(new Set(listed.map(({ tenantId }) => tenantId))).toEqual(readable);
        expect(await rows.count()).toBe(listed.length);
      }
      for (const rows of [assets, workflows, executions]) {
        const { items } = await rows.page();
        expect(new Set(items.map(({ row }) => row.tenantId))).toEqual(readable);
      }
    });
  });
});

describe.each(pairs)("%s changes what %s has", (viewer, owner) => {
  it.each(Object.entries(CHANGES))("%s", async (_, change) => {
    const told = await tell(viewer, change, holdingOf(owner));
    if (viewer === owner) expect(told).not.toMatch(/Error/);
    else if (viewer === "nobody" || owner === "the system") expect(told).toMatch(/^ForbiddenError: /);
    else {
      expect(told).toMatch(/^NotFoundError: /);
      expect(told).toBe(await tell(viewer, change, NOTHING));
    }
  });

  it.each(Object.entries(SWEEPS))("%s", async (_, sweep) => {
    const before = await everything();
    const holding = holdingOf(owner);
    if (viewer === owner) expect(await tell(viewer, sweep, holding)).not.toMatch(/Error/);
    else {
      const swept = present(PARTIES[viewer]).run((from) => sweep(from, holding));
      expect(await tellingOf(swept, holding)).toMatch(
        viewer === "nobody" ? /^ForbiddenError: / : /^(undefined|0|\[\])$/,
      );
    }
    expect(await everything()).toEqual(before);
  });
});

describe.each(OWNERS.flatMap((viewer) => OWNERS.map((owner) => [viewer, owner] as const)))(
  "%s refers to what %s has",
  (viewer, owner) => {
    it.each(Object.entries(REFERENCES))("%s", async (_, refer) => {
      const told = await tell(viewer, refer(holdingOf(viewer)), holdingOf(owner));
      if (viewer === owner || owner === "the system") expect(told).not.toMatch(/Error/);
      else {
        expect(told).toMatch(/^NotFoundError: /);
        expect(told).toBe(await tell(viewer, refer(holdingOf(viewer)), NOTHING));
      }
    });
  },
);

describe("nobody", () => {
  it.each(Object.entries(REFERENCES))("refers to nothing: %s", async (_, refer) => {
    const global = holdingOf("the system");
    expect(await tell("nobody", refer(global), global)).toMatch(/^ForbiddenError: /);
  });
});
