import { Kind, parse, validate } from "graphql";
import { beforeAll, describe, expect, it } from "vitest";
import { schema } from "../../src/modules/schema.ts";
import { ASSETS, GLOBAL_ASSETS, WORKFLOWS } from "../../src/sample/catalogue.ts";
import { loadSample } from "../../src/sample/load.ts";
import { prepareApi } from "../support/graphql.ts";
import { mutate } from "../support/graphql-operations.ts";
import { present } from "../support/present.ts";

const api = prepareApi();

const BROWSER = { headers: { accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" } };

beforeAll(() => loadSample(api.database));

const page = async (path = "/graphql") => (await api.fetch(path, BROWSER)).text();

/** The tabs as the page has them. */
async function tabs() {
  const options = /"defaultTabs":(\[.*?\])(?:,"|\})/s.exec(await page())?.[1];
  const found: { query: string; headers: string; variables?: string }[] = JSON.parse(present(options));
  return found;
}

function operationNames(query: string) {
  return parse(query).definitions.map((each) =>
    each.kind === Kind.OPERATION_DEFINITION ? each.name?.value : undefined,
  );
}

describe("GraphiQL", () => {
  it("is a page for browsers, and the API for everybody else", async () => {
    const response = await api.fetch("/graphql", BROWSER);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(await response.text()).toMatch(/^\s*<!doctype html>/i);
    const other = await api.fetch("/graphql?query={__typename}", { headers: { accept: "*/*" } });
    expect(await other.json()).toEqual({ data: { __typename: "Query" } });
  });

  it("takes nothing from another host", async () => {
    const html = await page();
    const markup = html.replaceAll(/(<script\b[^>]*>).*?<\/script>/gs, "$1");
    const loaded = [
      ...markup.matchAll(
        /<(?:script|link|img|iframe|source|object|embed)\b[^>]*\s(?:src|href|data)\s*=\s*["']?([^"'\s>]+)/gi,
      ),
    ].map(([, address]) => address ?? "");
    const imported = [
      ...html.matchAll(/@import\s+(?:url\()?["']?([^"')\s]+)/gi),
      ...html.matchAll(/url\(\s*["']?((?:https?:)?\/\/[^"')\s]+)/gi),
      ...html.matchAll(/\bimport\s*\(\s*["'`]((?:https?:)?\/\/[^"'`]+)/g),
      ...html.matchAll(/\bfrom\s*["']((?:https?:)?\/\/[^"']+)/g),
      ...html.matchAll(/importScripts\(\s*["']([^"']+)/g),
      ...html.matchAll(/new Worker\(\s*["'`]((?:https?:)?\/\/[^"'`]+)/g),
    ].map(([, address]) => address ?? "");
    const elsewhere = [...loaded, ...imported].filter(
      (address) => !/^(?:data:|blob:|#|\/(?!\/))/.test(address),
    );
    expect(elsewhere).toEqual([]);
    expect(html).not.toMatch(
      /https?:\/\/[^"'`\s)]*(?:unpkg|jsdelivr|cdnjs|esm\.sh|skypack|googleapis|gstatic)/,
    );
  });

  it("opens as well without the sample, and while the database is away", async () => {
    const elsewhere = new URL(api.store.database.applicationUrl);
    elsewhere.port = "1";
    const { fetch } = api.open({ url: elsewhere.href, retry: { attempts: 1 } });
    const response = await fetch("/graphql", BROWSER);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('{\\n  \\"assetId\\": \\"\\"\\n}');
  });
});

describe("its tabs", () => {
  it("are five: browse assets, lineage, impact, recent executions, create and link", async () => {
    const found = await tabs();
    expect(found.map(({ query }) => operationNames(query))).toEqual([
      ["BrowseAssets"],
      ["Lineage"],
      ["Impact"],
      ["RecentExecutions"],
      ["CreateAssets", "Link"],
    ]);
    for (const { headers } of found) expect(JSON.parse(headers)).toEqual({ "x-tenant-id": "demo" });
  });

  it.each([0, 1, 2, 3, 4])("fit the schema: %i", async (index) => {
    const { query } = present((await tabs())[index]);
    expect(validate(schema, parse(query))).toEqual([]);
  });

  it("that read answer with what the sample has, as they stand", async () => {
    const [browse, lineage, impact, executions] = await tabs();
    const demo = api.asTenant("demo");
    const run = (tab: { query: string; variables?: string } | undefined) =>
      demo.query<Record<string, object>>(present(tab).query, JSON.parse(tab?.variables ?? "{}"));
    expect((await run(browse)).assets).toMatchObject({
      totalCount: ASSETS.length + GLOBAL_ASSETS.length,
      pageInfo: { hasNextPage: false },
    });
    expect((await run(lineage)).lineage).toMatchObject({
      completeness: "COMPLETE",
      nodes: expect.arrayContaining([
        expect.objectContaining({ depth: 0, asset: expect.objectContaining({ name: "shop.daily_revenue" }) }),
        expect.objectContaining({ depth: 1, asset: expect.objectContaining({ name: "report.revenue" }) }),
      ]),
    });
    expect(await run(impact)).toMatchObject({
      impact: { completeness: "COMPLETE", nodeCount: 2 },
      lineageCounts: { nodeCount: 3, byDepth: [{ count: 1 }, { count: 2 }] },
    });
    expect((await run(executions)).executions).toMatchObject({
      nodes: WORKFLOWS.flatMap(({ runs }) => runs.map(() => ({ workflow: { name: expect.any(String) } }))),
    });
  });

  it("that write create two assets once, and link them when their ids are put in", async () => {
    const { query } = present((await tabs())[4]);
    const demo = api.asTenant("demo");
    const create = () =>
      demo.send<{ upsertAssets: { assets: readonly { id: string; name: string }[] } }>(
        query,
        { upstream: "", downstream: "" },
        { operationName: "CreateAssets" },
      );
    const { data, errors } = await create();
    expect(errors).toEqual([]);
    expect(data).toMatchObject({
      upsertAssets: { createdCount: 2, assets: [{ name: "my.orders" }, { name: "my.report" }] },
    });
    expect(await create()).toMatchObject({ data: { upsertAssets: { createdCount: 0 } } });

    const [upstream, downstream] = (data?.upsertAssets.assets ?? []).map(({ id }) => id);
    const linked = await demo.send(query, { upstream, downstream }, { operationName: "Link" });
    const dependency = { upstream: { name: "my.orders" }, downstream: { name: "my.report" } };
    expect(linked).toMatchObject({ errors: [], data: { createAssetDependency: { dependency } } });
    for (const id of [upstream, downstream]) await mutate(demo, "deleteAsset", { id });
  });
});
