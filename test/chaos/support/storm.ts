import pg from "pg";
import { expect } from "vitest";
import { UnavailableError } from "../../../src/errors.ts";
import { PostgresStorage, type StorageOptions } from "../../../src/storage.ts";
import { withClient } from "../../setup/connection.ts";
import type { HttpClient } from "./client.ts";

/** The tenant whose assets all are after. */
export const TENANT = "storm";
const NAMES = Array.from({ length: 60 }, (_, n) => `asset ${99 - n}`);

const UPSERT = `mutation ($assets: [CreateAssetInput!]!) {
  upsertAssets(input: { assets: $assets }) { updatedCount }
}`;
const REPLACE = `mutation ($id: ID!, $source: String!, $upstream: [UpstreamInput!]!) {
  replaceUpstreams(input: { assetId: $id, source: $source, upstream: $upstream }) { dependencies { id } }
}`;

/** What they are after. */
export interface Prey {
  /** Of the assets, in the opposite order of their names. */
  readonly ids: readonly string[];
  readonly workflowId: string;
}

export async function preparePrey(url: string): Promise<Prey> {
  const storage = new PostgresStorage(url);
  const prey = await storage.withTenant(TENANT, async ({ assets, workflows }) => {
    const ids: string[] = [];
    for (const name of NAMES) ids.push((await assets.insert({ name, assetType: "table" })).id);
    return { ids, workflowId: (await workflows.insert({ name: "stormy" })).id };
  });
  await storage.close();
  return prey;
}

/** Some of them in any order, which is that of their locks. */
const some = (count: number, all: readonly string[]) =>
  all.toSorted(() => Math.random() - 0.5).slice(0, count);

/** An embedding program, whose transactions change three assets, and store a row that tells how often they did. */
export function embed(url: string, options: StorageOptions, { ids, workflowId }: Prey) {
  const storage = new PostgresStorage(url, options);
  return {
    close: () => storage.close(),
    /** One transaction. Returns `OK` or the code of its failure. */
    async work(): Promise<string> {
      try {
        await storage.withTenant(TENANT, async ({ assets, executions }) => {
          for (const id of some(3, ids)) await assets.update(id, { description: "changed by the library" });
          await executions.insert({ workflowId });
        });
        return "OK";
      } catch (error) {
        if (!(error instanceof UnavailableError)) throw error;
        expect(error).toMatchObject({ transient: "serialization", retryable: true });
        return error.code;
      }
    },
  };
}

/** One mutation of the API: it locks ten assets by their names, or one and then those that it depends on. Returns its code. */
export async function mutate(client: HttpClient, { ids }: Prey): Promise<string> {
  const { code, answer } = await (Math.random() < 0.5 ? upsert(client) : replace(client, some(3, ids)));
  if (code !== "OK")
    expect(answer?.errors).toMatchObject([{ extensions: { code: "UNAVAILABLE", retryable: true } }]);
  return code;
}

function upsert(client: HttpClient) {
  const description = `changed ${Math.random()}`;
  const assets = some(10, NAMES).map((name) => ({ name, assetType: "table", description }));
  return client.send(UPSERT, { assets });
}

function replace(client: HttpClient, [id, ...upstreamIds]: readonly string[]) {
  const upstream = upstreamIds.map((assetId) => ({ assetId, dependencyType: "DATA" }));
  return client.send(REPLACE, { id, source: `source ${Math.random()}`, upstream });
}

/** Somebody at the database itself, who locks two assets in any order. */
export async function meddle(url: string, { ids }: Prey, isOver: () => boolean): Promise<void> {
  await withClient(url, async (client) => {
    while (!isOver()) {
      try {
        await client.query("BEGIN");
        for (const id of some(2, ids))
          await client.query("SELECT FROM assets WHERE id = $1 FOR UPDATE", [id]);
        await client.query("COMMIT");
      } catch (error) {
        if (!(error instanceof pg.DatabaseError && error.code === "40P01")) throw error;
        await client.query("ROLLBACK");
      }
    }
  });
}
