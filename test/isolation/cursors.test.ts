import { describe, expect, it } from "vitest";
import { type Client, prepareApi } from "../support/graphql.ts";
import { createAssets } from "../support/graphql-operations.ts";

const api = prepareApi();

interface Page {
  readonly nodes: readonly { readonly id: string; readonly createdAt: string }[];
  readonly edges: readonly { readonly cursor: string }[];
}

async function page(client: Client, after: string | null = null): Promise<Page> {
  const data = await client.query<{ assets: Page }>(
    "query ($after: String) { assets(first: 100, after: $after) { nodes { id createdAt } edges { cursor } } }",
    { after },
  );
  return data.assets;
}

describe("a cursor", () => {
  it("tells its connection, order and place, and nothing else: not whose row it is", async () => {
    const tenant = api.newTenant();
    await createAssets(tenant, ["one", "two"]);
    await createAssets(api.system, ["global"]);
    const { nodes, edges } = await page(tenant);
    expect(nodes).toHaveLength(3);
    const expected = nodes.map(({ id, createdAt }) =>
      Buffer.from(JSON.stringify(["assets", "createdAt:desc", createdAt, id])).toString("base64url"),
    );
    expect(edges.map(({ cursor }) => cursor)).toEqual(expected);
  });

  it("of another tenant is a place and no right: from there on one's own rows come", async () => {
    const [one, other] = [api.newTenant(), api.newTenant()];
    await createAssets(one, ["a"]);
    await createAssets(other, ["a", "b"]);
    await createAssets(one, ["b"]);
    const own = await page(one);
    const [newest] = (await page(other)).edges;
    const after = await page(one, newest?.cursor);
    // Newest first: "b" of the one is younger than all of the other's.
    expect(after.nodes).toEqual(own.nodes.slice(1));
  });
});
