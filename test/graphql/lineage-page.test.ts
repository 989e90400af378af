import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { findExampleId, loadSample } from "../../src/sample/load.ts";
import { prepareApi } from "../support/graphql.ts";

const api = prepareApi();
const page = readFileSync(new URL("../../docs/lineage.md", import.meta.url), "utf8");
const queries = [...page.matchAll(/^```graphql\n(query (\w+).*?)^```$/gms)].map(
  ([, query = "", name = ""]) => [name, query] as const,
);

beforeAll(() => loadSample(api.database));

describe("docs/lineage.md", () => {
  it("has a query for each thing that it tells of", () => {
    expect(queries.map(([name]) => name)).toEqual([
      ...["Walk", "WithoutViews", "Paths", "Counts", "Impact", "AsItWas"],
    ]);
  });

  it.each(queries)("shows a query that answers: %s", async (_, query) => {
    const assetId = await findExampleId(api.database);
    const variables = { assetId, from: assetId, to: assetId, asOf: new Date().toISOString() };
    const data = await api.asTenant("demo").query<Record<string, unknown>>(query, variables);
    for (const answer of Object.values(data)) expect(answer).not.toBeNull();
  });
});
