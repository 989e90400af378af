import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeFolder, removeFolder } from "../support/embedded-server.ts";
import { runInExample } from "../support/federation/example.ts";

let folder: string;

beforeAll(() => {
  folder = makeFolder();
});
afterAll(() => removeFolder(folder));

/** Composes `subgraph.graphql` with another subgraph as the example does. */
function composeWith(types: string): Promise<string> {
  const file = join(folder, "other.graphql");
  const link =
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])';
  writeFileSync(file, `${link}\n${types}`);
  const url = "http://127.0.0.1:4000/graphql";
  return runInExample("compose.js", `storage=${url},../../subgraph.graphql`, `other=${url},${file}`);
}

describe("the subgraph is composed", () => {
  it("with one that hangs fields on its types and shares its common ones", async () => {
    const supergraph = await composeWith(`
      type Query { boards: [Board!]! }
      type Board { asset: Asset dueAt: DateTime pages: PageInfo! }
      type Asset @key(fields: "name") { name: String! boards: [Board!]! }
      type Workflow @key(fields: "name version") { name: String! version: Int! boards: [Board!]! }
      type Execution @key(fields: "id") { id: ID! boards: [Board!]! }
      type AssetDependency @key(fields: "id") { id: ID! boards: [Board!]! }
      type PageInfo @shareable {
        hasNextPage: Boolean!
        hasPreviousPage: Boolean!
        startCursor: String
        endCursor: String
      }
      scalar DateTime
    `);
    expect(supergraph).toContain("type Board");
  });

  it.each([
    ["an error", "type Query { assets: Int }", 'Non-shareable field "Query.assets"'],
    ["a hint", 'type Asset @key(fields: "id") { "Not what the storage says." id: ID! }', "description"],
  ])("and %s fails it", async (_, types, told) => {
    await expect(composeWith(types)).rejects.toThrow(told);
  });
});
